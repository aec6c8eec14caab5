"""Whole customers in Arrow: Spark hands a function all rows of some customers at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame


def map_customer_batches(
    rows: DataFrame, work: Callable[[pa.Table], pa.RecordBatch], schema: str, *, customers: int
) -> DataFrame:
    """The results of a function for each batch of customers.

    A worker holds a partition of the rows: more rows need more partitions (`spark.sql.shuffle.partitions`).

    Args:
        rows: with customer_id.
        work: of the rows of whole customers, sorted by customer_id.
        schema: of its result.
        customers: at most, in a batch.
    """

    def map_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = list(batches)
        if not received:
            return
        table = pa.Table.from_batches(received).sort_by("customer_id")
        for part in cut_between_customers(table, customers):
            yield work(part)

    return rows.repartition("customer_id").mapInArrow(map_partition, schema)


def cut_between_customers(table: pa.Table, customers: int) -> Iterator[pa.Table]:
    """Parts of a table that is sorted by customer_id, of so many customers each."""
    runs = pc.run_end_encode(table["customer_id"].combine_chunks())
    ends: Sequence[int] = runs.run_ends.to_pylist()
    starts = [0, *ends]
    for first in range(0, len(ends), customers):
        start, end = starts[first], ends[min(first + customers, len(ends)) - 1]
        yield table.slice(start, end - start)
