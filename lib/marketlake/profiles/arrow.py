"""Arithmetic on Arrow columns by customer: names become numbers in the order of the names, and pairs one number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame


def by_customer(rows: DataFrame, reduce: Callable[[pa.Table], pa.RecordBatch], schema: str) -> DataFrame:
    """A row a customer, made in Arrow of all her rows at once.

    A worker holds a partition of the rows: more rows need more partitions (`spark.sql.shuffle.partitions`).

    Args:
        rows: with customer_id.
        reduce: the rows of whole customers as one row each.
        schema: of what it gives.
    """

    def reduce_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = list(batches)
        if received:
            yield reduce(pa.Table.from_batches(received))

    return rows.repartition("customer_id").mapInArrow(reduce_partition, schema)


def numbered(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """The number of each value, -1 for none, and the values in order."""
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order) + 1, dtype=np.int64)
    places[order] = np.arange(len(order))
    places[-1] = -1
    return places[pc.fill_null(encoded.indices, -1).to_numpy()], encoded.dictionary.take(pa.array(order))


def summed(
    customer: np.ndarray, other: np.ndarray, count: int, columns: Sequence[Any] = ()
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """The distinct pairs of a customer and another number below `count`, in order, and sums of columns for each.

    Columns are of NumPy or Arrow.
    """
    names = [f"sum of {number}" for number in range(len(columns))]
    rows = pa.table([pa.array(customer * count + other), *columns], ["pair", *names])
    # One thread, since Spark runs a worker a core.
    sums = rows.group_by("pair", use_threads=False).aggregate([(name, "sum") for name in names]).sort_by("pair")
    pair = sums["pair"].to_numpy()
    return pair // count, pair % count, [sums[f"{name}_sum"].to_numpy() for name in names]


def starts(customer: np.ndarray, count: int) -> pa.Array:
    """Where the rows of each of so many customers begin, and where the last one's end; as lists and maps want it."""
    return pa.array(np.searchsorted(customer, np.arange(count + 1)), pa.int32())


def money(cents: pa.Array) -> pa.Array:
    """Whole cents as the lake's type for money."""
    amounts = pc.multiply(cents.cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.01")))
    return amounts.cast(pa.decimal128(18, 2))
