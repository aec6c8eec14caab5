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
        """Reads the frame from its file, which the first call writes."""
        place = f"{self.folder}/{name.replace(' ', '_')}"
        if name not in self.names:
            frame.write.mode("overwrite").parquet(place)
            self.names.add(name)
        return self.spark.read.parquet(place)

    def reset(self) -> None:
        """Forgets all cached names, so the next use rewrites the files."""
        self.names.clear()

    def delete_files(self) -> None:
        """Deletes the cached files."""
        files, path = hadoop_path(self.spark, self.folder)
        files.delete(path, True)
