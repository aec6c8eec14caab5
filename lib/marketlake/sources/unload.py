"""Takes a load out of silver again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import functions as F

from marketlake.sources.write_load import TableWriter, pinned, plan_orders
from marketlake.tables.merge_plan import DaySpan, MergePlan
from marketlake.tables.merging import DELETED, OUTCOME
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.table import Table


def unload(context: TableWriter, tables: Sequence[Table], *, source: str, run_date: date) -> dict[str, int]:
    """Deletes the rows that a source last brought for a run date, and makes the orders of these lines again.

    What earlier loads had brought of the same keys is gone too: load them again from bronze afterwards.

    Args:
        context: of the run; holds the locks of the tables.
        tables: that the source fills.
        source: its name.
        run_date: of the load.

    Returns:
        table -> rows deleted.
    """
    plans = {table: _plan_deletion(context, table, source, run_date) for table in tables}
    try:
        for plan in plans.values():
            context.apply(plan)
        of_orders = [plans[table] for table in (ORDERS, ORDER_LINES) if table in plans]
        if of_orders:
            rebuilt = plan_orders(context, of_orders, None)
            try:
                context.apply(rebuilt)
            finally:
                rebuilt.close()
        return {table.name: plan.counts[DELETED] for table, plan in plans.items()}
    finally:
        for plan in plans.values():
            plan.close()


def _plan_deletion(context: TableWriter, table: Table, source: str, run_date: date) -> MergePlan:
    is_of_load = (F.col("source") == F.lit(source)) & (F.col("load_date") == F.lit(run_date))
    rows = pinned(context, table).where(is_of_load)
    span = DaySpan()
    if table.date_column in table.key:
        days = sorted(row[0] for row in rows.select(str(table.date_column)).distinct().collect())
        span = DaySpan(str(table.date_column), tuple(days))
    plan: MergePlan = context.writer.plan_decided(table, rows.withColumn(OUTCOME, F.lit(DELETED)), span)
    return plan
