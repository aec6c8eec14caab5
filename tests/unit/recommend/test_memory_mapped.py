"""Factors that workers read from a file."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from marketlake.recommend.methods import memory_mapped
from marketlake.recommend.methods.memory_mapped import MemoryMappedMatrix, _open, share_with_workers

ROWS = np.random.default_rng(5).random((300, 4)).astype(np.float32)


def test_workers_read_the_rows_that_they_ask_for(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_mapped, "LARGE", ROWS.nbytes)
    there = share_with_workers(ROWS, spark)
    assert isinstance(there, MemoryMappedMatrix)
    assert len(pickle.dumps(there)) < ROWS.nbytes / 10

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            found = there[batch["id"].to_numpy()]
            kind = type(_open(there.file)).__name__
            yield pa.RecordBatch.from_pydict({"kind": [kind] * len(found), "row": list(found)})

    asked = [7, 299, 0, 7]
    places = spark.createDataFrame([(place,) for place in asked], "id int")
    found = places.mapInArrow(work, "kind string, row array<float>").collect()
    assert [row.kind for row in found] == ["memmap"] * 4
    np.testing.assert_array_equal([row.row for row in found], ROWS[asked])


def test_the_same_rows_are_one_file(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_mapped, "LARGE", 1)
    first, again, other = (share_with_workers(rows, spark) for rows in (ROWS, ROWS.copy(), ROWS[::-1].copy()))
    assert first == again != other
    assert share_with_workers(first, spark) is first
    files = [file.rpartition("/")[2] for file in spark.sparkContext.listFiles]
    for each in (first, other):
        assert isinstance(each, MemoryMappedMatrix)
        assert files.count(each.file) == 1


def test_small_ones_go_along_with_the_function(spark: SparkSession) -> None:
    assert share_with_workers(ROWS, spark) is ROWS
