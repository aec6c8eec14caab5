"""Order numbers that one source tells with the store and another without: the two would be counted as two orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.sources.write_load import TableWriter, orders_of_days
from marketlake.tables.merge_plan import MergePlan, count_outcomes
from marketlake.tables.merging import COLLIDED, DELETED, OUTCOME, REJECTED
from marketlake.tables.orders import ORDER_KEY, ORDER_LINES, ORDERS
from marketlake.tables.table import Table

HAS_LINES = "has_lines"
NUMBER = ("order_date", "order_id", "folder")


def mismatched_numbers(orders: DataFrame) -> DataFrame:
    """Numbers of which the lines stand with a store (`shop/s1`) and the record without (`shop`), or the reverse.

    Args:
        orders: order_date, order_source, order_id, has_lines; an order may have several rows.

    Returns:
        order_date, order_id and folder (the part of the numbering before the store).
    """
    is_alone = F.col("order_source") == F.col("folder")
    numbers = orders.withColumn("folder", _folder()).groupBy(*NUMBER)
    sides = numbers.agg(
        F.max(F.when(is_alone, F.col(HAS_LINES))).alias("_alone"),
        F.max(F.when(~is_alone, F.col(HAS_LINES))).alias("_with_store"),
    )
    return sides.where("_alone <> _with_store").select(*NUMBER)


def collide_mismatched(
    context: TableWriter, plans: Mapping[Table, MergePlan], *, run_date: date
) -> dict[Table, MergePlan]:
    """The plans of a load, in which rows of mismatched orders collide; orders and lines are locked.

    A record without lines may still get them in the run that brought it. Rejected lines are lines too.
    """
    of_orders = {table: plans[table] for table in (ORDERS, ORDER_LINES) if table in plans}
    if not of_orders:
        return dict(plans)
    named = [
        plan.rows.where(F.lit(table is ORDER_LINES) | (F.col(OUTCOME) != REJECTED)).select(
            *ORDER_KEY, F.lit(table is ORDER_LINES).alias(HAS_LINES)
        )
        for table, plan in of_orders.items()
    ]
    has_lines = F.col("line_count") > 0
    known = orders_of_days(context, of_orders.values()).where(has_lines | (F.col("load_date") < F.lit(run_date)))
    all_orders = reduce(DataFrame.unionByName, named, known.select(*ORDER_KEY, has_lines.alias(HAS_LINES)))
    mismatched = mismatched_numbers(all_orders)
    if mismatched.isEmpty():
        return dict(plans)
    return {**plans, **{table: _collide(plan, mismatched) for table, plan in of_orders.items()}}


def _collide(plan: MergePlan, numbers: DataFrame) -> MergePlan:
    """The plan, in which rows with these numbers collide unless they were rejected or are to be deleted."""
    marked = plan.rows.withColumn("folder", _folder()).join(
        numbers.withColumn("_collides", F.lit(True)), [*NUMBER], "left"
    )
    outcome = F.when(F.col("_collides") & ~F.col(OUTCOME).isin(REJECTED, DELETED), COLLIDED).otherwise(F.col(OUTCOME))
    rows = marked.withColumn(OUTCOME, outcome).select(*plan.rows.columns).persist()
    return replace(plan, rows=rows, counts=count_outcomes(rows), held=[rows, *plan.held])


def _folder() -> Column:
    return F.substring_index("order_source", "/", 1)
