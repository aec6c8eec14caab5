"""Frames on their way: computed once, and kept in files until the work is done."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession

from marketlake.frames.files import hadoop_path


class FrameCache:
    """Frames by name: the first use writes one below a folder, each later use reads it from there.

    Files and not Spark's cache: they take no memory, outlive an executor, and cut the plan of what is built upon them.
    """

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self.spark, self.folder = spark, folder
        self.names: set[str] = set()

    def __call__(self, name: str, frame: DataFrame) -> DataFrame:
        """The frame from its file, written now if it was not yet."""
        place = f"{self.folder}/{name.replace(' ', '_')}"
        if name not in self.names:
            frame.write.mode("overwrite").parquet(place)
            self.names.add(name)
        return self.spark.read.parquet(place)

    def forget(self) -> None:
        """Names stand for other frames from now on."""
        self.names.clear()

    def remove(self) -> None:
        """Nothing is built upon them any more."""
        files, path = hadoop_path(self.spark, self.folder)
        files.delete(path, True)
