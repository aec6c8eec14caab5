"""Files by Hadoop, which knows every file system that Spark can write to."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession


def hadoop_path(spark: SparkSession, place: str) -> tuple[Any, Any]:
    """The file system that a place is on, as the session is set up for it, and the place as Hadoop's path."""
    # There is no JVM only under Spark Connect, which has no Delta handles either.
    path = spark._jvm.org.apache.hadoop.fs.Path(place)  # type: ignore[union-attr]
    return path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()), path
