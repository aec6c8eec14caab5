"""Pairs of customers and products, handed to NumPy by Spark some hundreds of customers at a time."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyspark.sql import DataFrame

from marketlake.frames.customer_batches import map_customer_batches
from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import INPUT, CustomerBatch

MAX_CUSTOMERS = 256  # of a batch
MAX_CELLS = 2**24  # of a matrix of its customers and all products: 64 MB of scores


def map_pairs(
    pairs: DataFrame, catalogue: Catalogue, work: Callable[[CustomerBatch], pa.RecordBatch], schema: str
) -> DataFrame:
    """The results of a function for each batch of customers.

    Args:
        pairs: `INPUT`, all pairs of each customer.
        catalogue: the products that are sold; it goes to the workers with the function.
        work: rows for the customers of a batch.
        schema: of its result.
    """

    def work_on_table(table: pa.Table) -> pa.RecordBatch:
        return work(CustomerBatch.from_arrow(table, catalogue))

    customers = customers_per_batch(len(catalogue))
    return map_customer_batches(pairs.select(*INPUT), work_on_table, schema, customers=customers)


def customers_per_batch(products: int) -> int:
    """Customers of a batch: fewer where there are many products, so that memory does not grow.

    >>> customers_per_batch(20_000), customers_per_batch(1_000_000)
    (256, 16)
    """
    return min(MAX_CUSTOMERS, max(1, MAX_CELLS // max(products, 1)))
