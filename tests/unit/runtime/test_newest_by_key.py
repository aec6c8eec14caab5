"""Which of two rows of a key is newer, decided alike on every run."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest
from pyspark.sql import SparkSession

from marketlake.runtime.writing import newest_by_key
from marketlake.tables.table import Column, Table

THINGS = Table(
    name="silver.things",
    summary="A thing.",
    write="merge",
    key=("id",),
    updated_at="updated_at",
    columns=(
        Column("id", "string", "Identity."),
        Column("left", "string", "One value."),
        Column("right", "string", "Another value."),
        Column("counts", "map<string,int>", "Values by name."),
        Column("updated_at", "timestamp", "Last change."),
    ),
)
OLD, NEW = datetime(2025, 3, 1), datetime(2025, 3, 2)


def newest(spark: SparkSession, rows: list[tuple], partitions: int = 1) -> list[tuple]:
    frame = spark.createDataFrame(rows, THINGS.schema).repartition(partitions)
    found = newest_by_key(THINGS, frame)
    assert found.columns == THINGS.column_names
    return sorted(tuple(row) for row in found.collect())


def test_the_newest_row_of_each_key_is_kept(spark: SparkSession) -> None:
    rows = [("a", "x", None, None, OLD), ("a", "y", None, None, NEW), ("b", "z", None, None, OLD)]
    assert newest(spark, rows) == [rows[1], rows[2]]


def test_a_row_without_a_time_is_older_than_any(spark: SparkSession) -> None:
    rows = [("a", "x", None, None, None), ("a", "y", None, None, datetime(1900, 1, 1))]
    assert newest(spark, rows) == [rows[1]]


TIES = [
    ("a", "x", None, None, OLD),
    ("a", None, "x", None, OLD),  # the same values in other columns: a hash that passes over nulls sees no difference
    ("a", "x", "x", {"k": 1}, OLD),
]


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_tie_is_decided_alike_whatever_the_order_and_the_partitions(spark: SparkSession, partitions: int) -> None:
    alone = newest(spark, TIES)
    assert len(alone) == 1
    found = [newest(spark, list(order), partitions) for order in permutations(TIES)]
    assert found == [alone] * 6


def test_of_equal_rows_one_is_left(spark: SparkSession) -> None:
    assert newest(spark, [TIES[0]] * 3, partitions=2) == [TIES[0]]


def test_no_rows_stay_no_rows(spark: SparkSession) -> None:
    assert newest(spark, []) == []
