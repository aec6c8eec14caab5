"""Files through Hadoop: globs, folders, hidden files, and names that need care."""

from __future__ import annotations

from datetime import timezone
from pathlib import Path

from pyspark.sql import SparkSession

from marketlake.frames.files import list_files


def put(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)


def test_a_glob_gives_its_files_with_size_and_time(spark: SparkSession, tmp_path: Path) -> None:
    put(tmp_path, "b/two words.csv", "a/ä=1.csv", "a/one.json", "a/.one.csv.crc")
    found = list_files(spark, f"{tmp_path}/*/*.csv")
    assert [file.path for file in found] == [f"file:{tmp_path}/a/ä=1.csv", f"file:{tmp_path}/b/two words.csv"]
    assert found[1].size == len("b/two words.csv")
    changed = (tmp_path / "b/two words.csv").stat().st_mtime
    assert found[1].changed.tzinfo == timezone.utc
    assert abs(found[1].changed.timestamp() - changed) < 0.002


def test_a_folder_gives_all_its_files_but_hidden_ones(spark: SparkSession, tmp_path: Path) -> None:
    put(tmp_path, "part-1.parquet", "day=1/part-2.parquet", "_SUCCESS", ".part-1.parquet.crc", "_tmp/part-3.parquet")
    assert [Path(file.path).name for file in list_files(spark, str(tmp_path))] == ["part-2.parquet", "part-1.parquet"]


def test_a_path_or_glob_without_a_file_gives_none(spark: SparkSession, tmp_path: Path) -> None:
    assert list_files(spark, f"{tmp_path}/missing.csv") == []
    assert list_files(spark, f"{tmp_path}/missing/*.csv") == []
