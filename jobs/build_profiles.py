"""Builds a profile of every customer with an order: recency, frequency, spend, stores, times, preferences, prices.

    spark-submit jobs/build_profiles.py --config conf/demo.yaml --run-date 2018-01-01

When an earlier profile exists and nothing before it has changed since, only the days after it are read: the result is
the same, and one more day costs what that day brought, however long the history.
"""

from pyspark.sql import functions as F

from marketlake.definitions.sales import booked
from marketlake.profiles.incremental import PreviousProfiles, TableCommit, Watched, find_changed_table, find_previous
from marketlake.profiles.orders import AMOUNTS
from marketlake.profiles.prices import mean_prices
from marketlake.profiles.profile import build_profiles
from marketlake.profiles.purchases import TOTALS, add_totals, sum_purchases
from marketlake.profiles.settings import ProfileSettings
from marketlake.runtime.command import main
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.campaigns import COUPON_REDEMPTIONS
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.orders import ORDER_LINES, ORDERS, RETURNS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.profiles import CUSTOMER_PROFILES

# Earlier profiles are reusable while these have not changed.
WATCHED = (
    Watched(
        ORDERS,
        ("booked_date", "customer_id", "store_id", "local_hour", "local_weekday", "quantity", *AMOUNTS.values()),
        "booked_date",
    ),
    Watched(ORDER_LINES, ("customer_id", "product_id", "net_amount", "quantity"), "booked_date"),
    Watched(PRODUCTS, ("product_id", "category", "brand", "is_private_label")),
    Watched(RETURNS, ("customer_id", "amount"), "return_date"),
)
HISTORY = tuple(watched.table for watched in WATCHED)


def run(context: Context) -> None:
    """Adds the days after the last profiles to them, or builds from all days, and writes the run date's profiles."""
    settings = context.settings(ProfileSettings)
    orders, lines, products, returns = (context.read(table) for table in HISTORY)
    orders, lines = booked(orders, as_of=context.as_of), booked(lines, as_of=context.as_of)
    customers, redemptions = context.read(CUSTOMERS), context.read(COUPON_REDEMPTIONS)
    previous = reusable_profiles(context) if settings.incremental else None
    if previous:
        log.info("build_profiles: from the profiles of %s and the days after it", previous.run_date)
        is_later = F.col("booked_date") > F.lit(previous.run_date)
        orders, lines = orders.where(is_later), lines.where(is_later)
        returns = returns.where(F.col("return_date") > F.lit(previous.run_date))
    later = sum_purchases(orders, lines, products, returns).persist()
    try:
        totals, by_category = later, later.select("by_category")
        if previous:
            earlier = context.lake.read(CUSTOMER_PROFILES.name, previous.version)
            earlier = earlier.where(F.col("run_date") == F.lit(previous.run_date))
            totals = add_totals(earlier.select(*TOTALS), later)
            by_category = by_category.unionAll(earlier.select("by_category"))
        rows = build_profiles(
            totals,
            customers,
            redemptions,
            run_date=context.run_date,
            mean_prices=mean_prices(by_category),
            tier_cuts=settings.tier_cuts,
        )
        context.replace_day(CUSTOMER_PROFILES, rows)
    finally:
        later.unpersist()


def reusable_profiles(context: Context) -> PreviousProfiles | None:
    """The newest earlier profiles that a rebuild would reproduce; None when there are none.

    A rebuild would differ when orders or lines of their days, or any product, have changed since they were built. The
    context has read the tables of `HISTORY`: their versions are those that the run sees.
    """
    if not context.lake.exists(CUSTOMER_PROFILES.name):
        return None
    commits = (
        TableCommit(c.version, c.operation, c.rows, c.metadata) for c in context.lake.commits(CUSTOMER_PROFILES.name)
    )
    inputs = {table.name: context.inputs[table.name] for table in HISTORY}
    previous = find_previous(commits, job=JOB.name, run_date=context.run_date, inputs=inputs)
    if previous is None:
        return None
    changes = [
        (watched, rows)
        for watched in WATCHED
        if (rows := context.lake.changes(name := watched.table.name, previous.inputs[name], inputs[name])) is not None
    ]
    changed = find_changed_table(changes, until=previous.run_date)
    if changed:
        log.info("build_profiles: %s has changed before %s; rebuilding from all days", changed, previous.run_date)
    return None if changed else previous


JOB = Job(
    name="build_profiles",
    summary="Builds the profile of every customer: recency, frequency, spend, stores, times, preferences, prices.",
    run=run,
    reads=(*HISTORY, CUSTOMERS, COUPON_REDEMPTIONS),
    writes=(CUSTOMER_PROFILES,),
    settings=ProfileSettings,
)

if __name__ == "__main__":
    main(JOB)
