"""Sums by customer in Arrow: ids become integers in the order of the ids, and pairs of them one integer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MONEY_DIGITS, QUANTITY_DIGITS = 4, 3  # of the lake's types


def map_customers(rows: DataFrame, reduce: Callable[[pa.Table], pa.RecordBatch], schema: str) -> DataFrame:
    """One row per customer, computed in Arrow from all rows of the customer at once.

    A worker holds one partition of the rows: more rows need more partitions (`spark.sql.shuffle.partitions`).

    Args:
        rows: with customer_id.
        reduce: turns the rows of whole customers into one row each.
        schema: of its result.
    """

    def reduce_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = list(batches)
        if received:
            yield reduce(pa.Table.from_batches(received))

    return rows.repartition("customer_id").mapInArrow(reduce_partition, schema)


def encode_values(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """An integer for each row (-1 for null), and the distinct values in order, to which it is the index."""
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order) + 1, dtype=np.int64)
    places[order] = np.arange(len(order))
    places[-1] = -1
    return places[pc.fill_null(encoded.indices, -1).to_numpy()], encoded.dictionary.take(pa.array(order))


def sum_pairs(
    customer: np.ndarray, other: np.ndarray, count: int, columns: Sequence[Any] = ()
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Distinct pairs of a customer and another integer below `count`, in order, with sums of NumPy or Arrow columns."""
    names = [f"sum of {number}" for number in range(len(columns))]
    rows = pa.table([pa.array(customer * count + other), *columns], ["pair", *names])
    # One thread, since Spark runs a worker a core.
    sums = rows.group_by("pair", use_threads=False).aggregate([(name, "sum") for name in names]).sort_by("pair")
    pair = sums["pair"].to_numpy()
    return pair // count, pair % count, [sums[f"{name}_sum"].to_numpy() for name in names]


def list_offsets(customer: np.ndarray, count: int) -> pa.Array:
    """Arrow list offsets: the start of each customer's rows, plus the total length."""
    return pa.array(np.searchsorted(customer, np.arange(count + 1)), pa.int32())


def to_integers(column: str, digits: int) -> Column:
    """A decimal as a whole number of its last digit: far cheaper to shuffle and to sum than decimals, and exact."""
    return (F.col(column) * 10**digits).cast("bigint").alias(column)


def to_decimals(integers: pa.Array, digits: int, precision: int) -> pa.Array:
    """Whole numbers of the last digit as decimals."""
    amounts = pc.multiply(integers.cast(pa.decimal128(19, 0)), pa.scalar(Decimal(1).scaleb(-digits)))
    return amounts.cast(pa.decimal128(precision, digits))


def to_money(integers: pa.Array) -> pa.Array:
    """Ten-thousandths as the lake's type for money."""
    return to_decimals(integers, MONEY_DIGITS, 20)


def to_quantity(integers: pa.Array) -> pa.Array:
    """Thousandths as the lake's type for quantities."""
    return to_decimals(integers, QUANTITY_DIGITS, 18)
