"""Builds a profile of every customer with an order: recency, frequency, spend, places, times, tastes, prices.

    spark-submit jobs/build_profiles.py --config conf/demo.yaml --run-date 2018-01-01

When an earlier profile exists and nothing before it has changed since, only the days after it are read: the result
is the same, and one more day costs what that day brought, not what the history weighs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import chain, islice

from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.profiles.prices import mean_prices
from marketlake.profiles.profile import profiles
from marketlake.profiles.purchases import TOTALS, add, totals
from marketlake.runtime.command import main
from marketlake.runtime.job import Context, Job
from marketlake.runtime.lake import Commit
from marketlake.runtime.logs import log
from marketlake.settings import Settings
from marketlake.tables.campaigns import COUPON_REDEMPTIONS
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.profiles import CUSTOMER_PROFILES

LOOKED_AT = 100  # commits
SAME_ROWS = ("OPTIMIZE", "VACUUM START", "VACUUM END")  # operations of Delta


@dataclass(frozen=True)
class Made:
    """Profiles of a day that is done.

    Attributes:
        run_date: the day.
        version: of gold.customer_profiles, in which they lie.
        inputs: versions of the tables that they were made from.
    """

    run_date: date
    version: int
    inputs: Mapping[str, int]


class ProfileSettings(Settings):
    """How profiles are built."""

    incremental: bool = Field(
        True, description="Start from the last profile and read only later rows, where the result is the same."
    )
    tier_cuts: tuple[float, float] = Field(
        (0.9, 1.1), description="Price index below the first is the tier budget, above the second premium."
    )


def run(context: Context) -> None:
    """Adds the days after the last profile to it, or builds all anew, and writes the run date's profiles."""
    settings = context.settings(ProfileSettings)
    made = newest_made(context) if settings.incremental else None
    later = totals_since(context, made.run_date if made else None).persist()
    try:
        bought, by_category = later, later.select("by_category")
        if made:
            log.info("build_profiles: profiles of %s, and the days after it", made.run_date)
            earlier = context.lake.read(CUSTOMER_PROFILES.name, made.version)
            earlier = earlier.where(F.col("run_date") == F.lit(made.run_date))
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


def newest_made(context: Context) -> Made | None:
    """The newest earlier profiles that would come out the same today; None when there are none.

    They would come out otherwise when orders or lines of their days, or any product, have changed since the versions
    that they were made from.
    """
    made = _newest_written(context)
    for table in (ORDERS, ORDER_LINES, PRODUCTS):
        context.read(table)  # pins the versions that the decision is about: none older than what was read then
    changed = _changed_since(context, made) if made else None
    if made and changed:
        log.info("build_profiles: %s has changed before %s; all is built anew", changed, made.run_date)
    return None if changed else made


def _newest_written(context: Context) -> Made | None:
    """The profiles of the newest day before the run date, as far as the table's log is this job's alone.

    Whoever else wrote, brought an older version back or erased somebody: what was there before is not looked at.
    """
    if not context.lake.exists(CUSTOMER_PROFILES.name):
        return None
    commits = islice(context.lake.commits(CUSTOMER_PROFILES.name), LOOKED_AT)
    latest = next(commits)
    written: dict[date, Commit] = {}
    for commit in chain([latest], commits):
        if commit.operation in SAME_ROWS:
            continue
        if commit.operation != "WRITE" or commit.metadata.get("job") != JOB.name or "inputs" not in commit.metadata:
            break
        day = date.fromisoformat(commit.metadata["run_date"])
        written.setdefault(day, commit)
        if day == context.run_date - timedelta(days=1):
            break  # there is no newer one
    days = [day for day, commit in written.items() if day < context.run_date and commit.rows]
    if not days:
        return None
    newest = max(days)
    return Made(newest, latest.version, written[newest].metadata["inputs"])


def _changed_since(context: Context, made: Made) -> str | None:
    """The name of a table that has changed, in the days of some profiles, since they were made."""
    frames = []
    for table in (ORDERS, ORDER_LINES, PRODUCTS):
        changes = context.lake.changes(table.name, made.inputs[table.name], context.inputs[table.name])
        if changes is None:
            continue
        if table.date_column:
            changes = changes.where(F.col(table.date_column) <= F.lit(made.run_date))
        frames.append(changes.select(F.lit(table.name).alias("name")))
    found = reduce(DataFrame.unionByName, frames).first() if frames else None
    return found.name if found else None


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
