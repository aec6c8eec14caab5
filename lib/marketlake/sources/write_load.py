"""Writes a load: lines and returns first, then every order that it names, then the customers and stores of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any, Protocol

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.sources.orders import CHANGED, EXISTS, GONE, REBOOKED, build_orders, rebooked_lines
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.merge_plan import DaySpan, MergePlan
from marketlake.tables.merging import COLLIDED, DELETED, INSERTED, OUTCOME, REFRESHED, REJECTED, SAME, UPDATED, Arrival
from marketlake.tables.orders import ORDER_LINES, ORDERS, RETURNS, SALES
from marketlake.tables.products import STORES
from marketlake.tables.table import Table

NAMED = {CUSTOMERS: "customer_id", STORES: "store_id"}  # added by the loader where a row of sales names them


class TableWriter(Protocol):
    """The part of a run's context that a load needs."""

    lake: Any
    writer: Any

    def apply(self, plan: MergePlan) -> Any:
        """Writes a plan."""

    def merge(self, table: Table, rows: DataFrame, arrival: Arrival | None = None) -> Any:
        """Merges rows into a table."""


def loaded_tables(mapped: Iterable[Table]) -> set[Table]:
    """The tables that a load may write: those that it maps, and with sales the orders, customers and stores."""
    tables = set(mapped)
    return tables | {*SALES, *NAMED} if tables & set(SALES) else tables


def write_load(context: TableWriter, plans: Mapping[Table, MergePlan], *, run_date: date, source: str) -> None:
    """Writes the plans of one load; the tables are locked.

    Args:
        context: of the run.
        plans: of each mapped table; that of orders holds their own records, and is written with the sums of the lines.
        run_date: of the load.
        source: its name.
    """
    for table, plan in plans.items():
        if table is not ORDERS:
            context.apply(plan)
    named = [plans[RETURNS].rows.where(_is_taken())] if RETURNS in plans else []
    of_orders = [plans[table] for table in (ORDERS, ORDER_LINES) if table in plans]
    if not of_orders:
        _add_named(context, named, run_date=run_date, source=source)
        return
    rebuilt = plan_orders(context, of_orders, plans.get(ORDERS))
    try:
        context.apply(rebuilt)
        if not rebuilt.rows.where(REBOOKED).isEmpty():
            _rebook_lines(context, rebuilt)
        _add_named(context, [*named, rebuilt.rows.where(_is_taken())], run_date=run_date, source=source)
    finally:
        rebuilt.close()


def plan_orders(context: TableWriter, plans: Sequence[MergePlan], of_headers: MergePlan | None) -> MergePlan:
    """Makes every order again that a load names, changed or not, so that a repeated load mends a killed one."""
    span = DaySpan.over(plan.span for plan in plans)
    is_named = _is_taken() | (F.col(OUTCOME) == DELETED)
    named = reduce(DataFrame.unionByName, (plan.rows.where(is_named).select(*ORDERS.key) for plan in plans))
    orders, lines = (span.of(pinned(context, table)) for table in (ORDERS, ORDER_LINES))
    is_newer = F.col(OUTCOME).isin(INSERTED, UPDATED, REFRESHED)
    headers = of_headers.rows.where(is_newer).select(*ORDERS.column_names) if of_headers else orders.limit(0)
    outcome = (
        F.when(F.col(GONE), F.lit(DELETED))
        .when(~F.col(EXISTS), F.lit(INSERTED))
        .when(F.col(CHANGED), F.lit(UPDATED))
        .otherwise(F.lit(SAME))
    )
    built = build_orders(named, headers, lines, orders)
    plan: MergePlan = context.writer.plan_decided(ORDERS, built.withColumn(OUTCOME, outcome), span)
    return plan


def orders_of_days(context: TableWriter, plans: Iterable[MergePlan]) -> DataFrame:
    """silver.orders of the days of plans of sales."""
    return DaySpan.over(plan.span for plan in plans).of(pinned(context, ORDERS))


def pinned(context: TableWriter, table: Table) -> DataFrame:
    """A table as it is now; what is kept of it stays so when the table is written."""
    rows: DataFrame = context.lake.read(table.name, context.lake.version(table.name))
    return rows


def _rebook_lines(context: TableWriter, rebuilt: MergePlan) -> None:
    """Moves lines to the day from which their order counts."""
    lines = rebuilt.span.of(pinned(context, ORDER_LINES))
    moved = rebooked_lines(lines, rebuilt.rows).withColumn(OUTCOME, F.lit(UPDATED))
    plan = context.writer.plan_decided(ORDER_LINES, moved, rebuilt.span)
    try:
        context.apply(plan)
    finally:
        plan.close()


def _add_named(context: TableWriter, sales: Sequence[DataFrame], *, run_date: date, source: str) -> None:
    """Adds the customers and stores that rows of sales name, where they are missing."""
    if not sales:
        return
    each = F.explode(F.array(*(F.struct(F.lit(t.name).alias("table"), F.col(c).alias("id")) for t, c in NAMED.items())))
    named = reduce(DataFrame.unionByName, (rows.select(each.alias("_named")).select("_named.*") for rows in sales))
    known = reduce(DataFrame.unionByName, (_identities(context, table, name) for table, name in NAMED.items()))
    missing = named.where("id is not null").distinct().join(known, ["table", "id"], "left_anti").persist()
    tables = {row["table"] for row in missing.select("table").distinct().collect()}
    for table, name in NAMED.items():
        if table.name in tables:
            # Without a load date: whatever a source tells of them is newer.
            values = {"source": F.lit(source), name: F.col("id")}
            columns = [values.get(c.name, F.lit(None).cast(c.type)).alias(c.name) for c in table.columns]
            rows = missing.where(F.col("table") == table.name).select(*columns)
            context.merge(table, rows, Arrival(run_date=run_date, source=source, only_new=True))
    missing.unpersist()


def _identities(context: TableWriter, table: Table, name: str) -> DataFrame:
    """The rows that a table has, with its name."""
    return pinned(context, table).select(F.lit(table.name).alias("table"), F.col(name).alias("id"))


def _is_taken() -> Column:
    """Rows that are in the table, whichever load brought them."""
    return ~F.col(OUTCOME).isin(REJECTED, COLLIDED)
