"""Files through Hadoop, which knows every file system that Spark can read or write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple

from pyspark.sql import SparkSession


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
