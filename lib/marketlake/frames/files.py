"""Files through Hadoop, which knows every file system that Spark can read or write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

MAX_DIGEST_BYTES = 1_000_000_000


def hadoop_path(spark: SparkSession, place: str) -> tuple[Any, Any]:
    """The file system that a place is on, as the session is set up for it, and the place as Hadoop's path."""
    # There is no JVM only under Spark Connect, which has no Delta handles either.
    path = spark._jvm.org.apache.hadoop.fs.Path(place)  # type: ignore[union-attr]
    return path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()), path


class FileInfo(NamedTuple):
    """A file: its path, its size in bytes and when it was changed (UTC)."""

    path: str
    size: int
    changed: datetime


def list_files(spark: SparkSession, place: str) -> list[FileInfo]:
    """The files at a path or glob, and those in folders there, by path; without hidden ones (`_` or `.` first).

    The names of a listing cost a call each; Spark's own listing (`binaryFile`) costs two Spark jobs.
    """
    files, path = hadoop_path(spark, place)
    found = [file for status in files.globStatus(path) or [] for file in _files_of(files, status)]
    return sorted(found, key=lambda file: file.path)


def file_digests(spark: SparkSession, paths: Sequence[str]) -> dict[str, str]:
    """Path -> SHA-256 of the file's bytes; files that are gone, or larger than a gigabyte, are absent.

    Each file is read whole by one worker.
    """
    there = [path for path in paths if 0 <= _length(spark, path) <= MAX_DIGEST_BYTES]
    if not there:
        return {}
    content = spark.read.format("binaryFile").load(there).select("path", F.sha2("content", 256).alias("digest"))
    return {row.path: row.digest for row in content.collect()}


def _length(spark: SparkSession, place: str) -> int:
    files, path = hadoop_path(spark, place)
    return int(files.getFileStatus(path).getLen()) if files.exists(path) else -1


def _files_of(files: Any, status: Any) -> Iterator[FileInfo]:
    path = status.getPath()
    if path.getName().startswith(("_", ".")):
        return
    if status.isDirectory():
        for below in files.listStatus(path):
            yield from _files_of(files, below)
        return
    changed = datetime.fromtimestamp(status.getModificationTime() / 1000, timezone.utc)
    yield FileInfo(path.toString(), status.getLen(), changed)
