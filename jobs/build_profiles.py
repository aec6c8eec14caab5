"""Builds a profile of every customer with an order: recency, frequency, spend, places, times, tastes, prices.

    spark-submit jobs/build_profiles.py --config conf/demo.yaml --run-date 2018-01-01

When an earlier profile exists and nothing before it has changed since, only the days after it are read: the result
is the same, and one more day costs what that day brought, not what the history weighs.
"""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.profiles.prices import mean_prices
from marketlake.profiles.profile import profiles
from marketlake.profiles.purchases import TOTALS, add, totals
from marketlake.runtime.command import main
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.strict import Strict
from marketlake.tables.gold import CUSTOMER_PROFILES
from marketlake.tables.ops import JOB_RUNS
from marketlake.tables.silver import COUPON_REDEMPTIONS, CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS


class ProfileSettings(Strict):
    """How profiles are built."""

    incremental: bool = True
    tier_cuts: tuple[float, float] = (0.9, 1.1)


def run(context: Context) -> None:
    """Adds the days after the last profile to it, or builds all anew, and writes the run date's profiles."""
    settings = context.settings(ProfileSettings)
    start = start_date(context) if settings.incremental else None
    later = totals_since(context, start).persist()
    try:
        bought, by_category = later, later.select("by_category")
        if start:
            log.info("build_profiles: profiles of %s, and the days after it", start)
            earlier = _profiles(context, start)
            bought = add(earlier.select(*TOTALS), later)
            by_category = by_category.unionAll(earlier.select("by_category"))
        rows = profiles(
            bought,
            context.read(CUSTOMERS),
            context.read(COUPON_REDEMPTIONS),
            run_date=context.run_date,
            mean_prices=mean_prices(by_category),
            tier_cuts=settings.tier_cuts,
        )
        context.replace_day(CUSTOMER_PROFILES, rows)
    finally:
        later.unpersist()


def totals_since(context: Context, start: date | None) -> DataFrame:
    """Totals of the days after `start` up to the run date; of all days when there is no start."""
    orders, lines = context.read(ORDERS), context.read(ORDER_LINES)
    if start:
        later = F.col("order_date") > F.lit(start)
        orders, lines = orders.where(later), lines.where(later)
    return totals(orders, lines, context.read(PRODUCTS))


def start_date(context: Context) -> date | None:
    """The day of the newest earlier profile that would come out the same today; None when there is none.

    It would come out otherwise when orders or lines of its days, or any product, have changed since the versions
    that it was made from.
    """
    for table in (ORDERS, ORDER_LINES, PRODUCTS):
        context.read(table)  # pins the versions that the decision is about
    newest, made_from = _last_run(context)
    if not newest or _profiles(context, newest).isEmpty():
        return None
    for table in (ORDERS, ORDER_LINES, PRODUCTS):
        changes = context.lake.changes(table.name, made_from[table.name], context.inputs[table.name])
        if changes is None:
            continue
        if table.date_column:
            changes = changes.where(F.col(table.date_column) <= F.lit(newest))
        if not changes.isEmpty():
            log.info("build_profiles: %s has changed before %s; all is built anew", table.name, newest)
            return None
    return newest


def _last_run(context: Context) -> tuple[date | None, dict[str, int]]:
    """The newest earlier day with profiles, and what its last run read.

    A run is entered after its write, so never with more than was read.
    """
    if not context.lake.exists(JOB_RUNS.name):
        return None, {}
    done = (F.col("job") == JOB.name) & (F.col("status") == "done") & (F.col("run_date") < F.lit(context.run_date))
    runs = context.lake.read(JOB_RUNS.name).where(done).orderBy(F.desc("run_date"), F.desc("started_at"))
    found = runs.select("run_date", "input_versions").first()
    return (found.run_date, dict(found.input_versions)) if found else (None, {})


def _profiles(context: Context, run_date: date) -> DataFrame:
    return context.lake.read(CUSTOMER_PROFILES.name).where(F.col("run_date") == F.lit(run_date))


JOB = Job(
    name="build_profiles",
    summary="Builds the profile of every customer: recency, frequency, spend, places, times, tastes, prices.",
    run=run,
    reads=(ORDERS, ORDER_LINES, PRODUCTS, CUSTOMERS, COUPON_REDEMPTIONS),
    writes=(CUSTOMER_PROFILES,),
    settings=ProfileSettings,
)

if __name__ == "__main__":
    main(JOB)
