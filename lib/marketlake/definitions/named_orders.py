"""Orders that other records name: by their number alone, or by number and numbering."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

NAME = "order_name"


def order_name() -> Column:
    """The name of the order in a record with order_id and order_source, which may be missing; null without a number."""
    return F.when(F.isnotnull("order_id"), F.struct("order_source", "order_id")).alias(NAME)


def order_names(orders: DataFrame, *columns: str) -> DataFrame:
    """All names of orders; a record that gives one which several orders have names none of them.

    Args:
        orders: rows with order_date, order_source and order_id; an order may have several.
        columns: of the order to be returned; any row's value.

    Returns:
        order_name (as `order_name`), is_unique (one order has it), order_date, order_source, order_id and `columns`;
        one row a name.
    """
    sources = F.array(F.lit(None).cast("string"), F.col("order_source"))
    named = orders.withColumn("_named", F.explode(sources))
    identity = F.struct("order_date", "order_source")
    found = named.groupBy("_named", "order_id").agg(
        F.min(identity).alias("_first"), F.max(identity).alias("_last"), *(F.max(name).alias(name) for name in columns)
    )
    return found.select(
        F.struct(F.col("_named").alias("order_source"), "order_id").alias(NAME),
        (F.col("_first") == F.col("_last")).alias("is_unique"),
        "_first.order_date",
        "_first.order_source",
        "order_id",
        *columns,
    )
