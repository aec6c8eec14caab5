"""Order lines less what came back."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.tables.table import QUANTITY

NAMED_LINE = ("order_source", "order_id", "line_id")


def without_returned_quantities(lines: DataFrame, returns: DataFrame, *, as_of: date) -> DataFrame:
    """Lines less the units that returns which name them took back; a line of which nothing is left is absent.

    A return names its line by numbering, order and line; a number that orders of several days have names no line.

    Args:
        lines: silver.order_lines.
        returns: silver.returns.
        as_of: first day that is not known (UTC).

    Returns:
        the columns of `lines`; amounts stay as sold.
    """
    names_line = returns.where((F.col("return_date") < F.lit(as_of)) & F.isnotnull("order_line_id"))
    taken = names_line.groupBy("order_source", "order_id", F.col("order_line_id").alias("line_id")).agg(
        F.sum("quantity").alias("_returned")
    )
    days = (
        lines.join(taken, [*NAMED_LINE], "left_semi")
        .groupBy(*NAMED_LINE)
        .agg(F.count_distinct("order_date").alias("_days"))
    )
    known = taken.join(days.where("_days = 1").select(*NAMED_LINE), [*NAMED_LINE], "inner")
    left = F.col("quantity") - F.coalesce("_returned", F.lit(0))
    joined = lines.join(known, [*NAMED_LINE], "left").where(F.isnull("_returned") | (left > 0))
    return joined.withColumn("quantity", left.cast(QUANTITY)).select(*lines.columns)


def without_returned_products(lines: DataFrame, returns: DataFrame, *, as_of: date) -> DataFrame:
    """Lines of products that the customer did not give back: of which fewer units were returned than bought.

    Args:
        lines: silver.order_lines; those of one product and customer stay or go together.
        returns: silver.returns.
        as_of: first day that is not known (UTC).

    Returns:
        the columns of `lines`.
    """
    pair = ("customer_id", "product_id")
    back = returns.where((F.col("return_date") < F.lit(as_of)) & F.isnotnull("customer_id") & F.isnotnull("product_id"))
    returned = back.groupBy(*pair).agg(F.sum("quantity").alias("_returned"))
    bought = lines.join(returned, [*pair], "left_semi").groupBy(*pair).agg(F.sum("quantity").alias("_bought"))
    gone = bought.join(returned, [*pair], "inner").where("_returned >= _bought and _returned > 0")
    return lines.join(gone.select(*pair), [*pair], "left_anti")
