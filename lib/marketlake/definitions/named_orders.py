"""Orders that other records name by their number alone."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def unambiguous_orders(orders: DataFrame, *columns: str) -> DataFrame:
    """Numbers that only one order has: a record that names another number names no order.

    Args:
        orders: rows with order_date, order_source and order_id; an order may have several.
        columns: of the order to be returned; any row's value.

    Returns:
        order_id and `columns`.
    """
    identity = F.struct("order_date", "order_source")
    by_number = orders.groupBy("order_id").agg(
        F.min(identity).alias("_first"), F.max(identity).alias("_last"), *(F.max(name).alias(name) for name in columns)
    )
    return by_number.where("_first = _last").select("order_id", *columns)
