"""Spark hands whole customers to NumPy, some hundreds at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import INPUT, CustomerBatch

MOST = 256  # customers of a batch
CELLS = 2**24  # at most, of a matrix of its customers and all products: 64 MB of scores


def map_customer_batches(
    pairs: DataFrame, catalogue: Catalogue, work: Callable[[CustomerBatch], pa.RecordBatch], schema: str
) -> DataFrame:
    """What a function makes of each batch of customers.

    A worker holds a partition of pairs: more pairs need more partitions (`spark.sql.shuffle.partitions`).

    Args:
        pairs: `INPUT`, all of a customer's.
        catalogue: the products that are sold; it goes to the workers with the function.
        work: rows for the customers of a batch.
        schema: of what it gives.
    """

    def of_partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = list(batches)
        if not received:
            return
        table = pa.Table.from_batches(received).sort_by("customer_id")
        for part in _cut(table, customers_per_batch(len(catalogue))):
            yield work(CustomerBatch.from_arrow(part, catalogue))

    return pairs.select(*INPUT).repartition("customer_id").mapInArrow(of_partition, schema)


def customers_per_batch(products: int) -> int:
    """How many customers are handled at a time: fewer where there are many products, so that memory does not grow.

    >>> customers_per_batch(20_000), customers_per_batch(1_000_000)
    (256, 16)
    """
    return min(MOST, max(1, CELLS // max(products, 1)))


def _cut(table: pa.Table, customers: int) -> Iterator[pa.Table]:
    """A sorted table cut between customers, so many at a time."""
    runs = pc.run_end_encode(table["customer_id"].combine_chunks())
    ends: Sequence[int] = runs.run_ends.to_pylist()
    starts = [0, *ends]
    for first in range(0, len(ends), customers):
        start, end = starts[first], ends[min(first + customers, len(ends)) - 1]
        yield table.slice(start, end - start)
