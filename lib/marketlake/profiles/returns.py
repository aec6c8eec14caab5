"""Returns of each customer."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.tables.table import MONEY


def sum_returns(returns: DataFrame) -> DataFrame:
    """Refunds and lines of returns.

    Args:
        returns: silver.returns with a customer.

    Returns:
        customer_id, returns_amount (currency), return_count.
    """
    return returns.groupBy("customer_id").agg(
        F.sum("amount").cast(MONEY).alias("returns_amount"), F.count(F.lit(1)).alias("return_count")
    )
