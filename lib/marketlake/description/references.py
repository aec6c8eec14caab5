"""References between tables: how many rows name something that the other table does not have."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def unknown_references(rows: DataFrame, others: DataFrame, *, column: str, key: str) -> DataFrame:
    """Rows whose reference is not found; a row without a reference is none of them.

    A reference is counted and not enforced, since the row that it names may come later.

    Args:
        rows: the referring table.
        others: the table that is referred to, `key` unique in it.
        column: the reference in `rows`.
        key: the column of `others` that it names.

    Returns:
        one row: referring_rows (with a value), unknown_rows, unknown_values (distinct).
    """
    by_value = rows.where(F.col(column).isNotNull()).groupBy(F.col(column).alias("value")).count()
    known = others.select(F.col(key).alias("value"), F.lit(True).alias("known"))
    unknown = F.col("known").isNull()
    return by_value.join(known, "value", "left").agg(
        F.coalesce(F.sum("count"), F.lit(0)).alias("referring_rows"),
        F.coalesce(F.sum(F.when(unknown, F.col("count"))), F.lit(0)).alias("unknown_rows"),
        F.count_if(unknown).alias("unknown_values"),
    )
