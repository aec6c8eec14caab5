"""Randomised experiments over given orders: campaigns with a holdout, and coupons at random.

Each customer has two potential outcomes in a period: an order without the treatment, and with it. The orders are given,
so the treatment is drawn after them by Bayes' rule: assignment and outcomes are distributed as if the treatment had
been randomised first. The treatment multiplies the odds of an order by `odds`:

    q = p p1 + (1 - p) p0,   p1 / (1 - p1) = odds p0 / (1 - p0)

with q the share of a stratum that ordered and p the treated share; p0 is the positive root of a quadratic. Of the
customers who ordered, p p1 / q are treated; of the others, p (1 - p1) / (1 - q). Of treated customers with an order a
share (p1 - p0) / p1 would not have ordered without the treatment; of untreated customers without an order a share
(p1 - p0) / (1 - p0) would have ordered with it. The treatment stops no order (monotone response).
"""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.consents import is_contactable
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.world import PERIOD_DAYS, World

CAMPAIGN_CHANNELS = ("email", "sms", "push")
COUPON_TYPES = ("first_order", "threshold", "wake_up")
EXPERIMENT_COLUMNS = (
    "experiment_id", "kind", "customer_id", "customer_type", "start_date", "end_date", "is_treated", "ordered",
    "ordered_without", "ordered_with", "order_id", "ordered_at",
)  # fmt: skip


def assign_treatment(units: DataFrame, strata: list[str], odds: Column, treated: float, draws: Draws) -> DataFrame:
    """Treatment and both potential outcomes of each customer.

    Args:
        units: experiment_id, customer_id, `ordered` (boolean, as observed), and the columns of the strata.
        strata: columns within which the assignment is independent of everything else.
        odds: odds ratio of the treatment, a function of the strata.
        treated: share of treated units, between 0 and 1.
        draws: the seed.

    Returns:
        the units with is_treated, ordered_without and ordered_with; the outcome that belongs to `is_treated` equals
        `ordered`.
    """
    share = units.groupBy(*strata).agg(F.avg(F.col("ordered").cast("double")).alias("q"))
    p, q = F.lit(treated), F.col("q")
    a, b = (1 - p) * (odds - 1), p * odds + (1 - p) - q * (odds - 1)
    without = F.when(F.abs(a) < 1e-12, q / b).otherwise((F.sqrt(b * b + 4 * a * q) - b) / (2 * F.when(a != 0, a)))
    p0, p1 = F.col("p0"), F.col("p1")
    key = ("experiment_id", "customer_id")
    chance_treated = F.try_divide(
        p * F.when(F.col("ordered"), p1).otherwise(1 - p1), F.when(F.col("ordered"), q).otherwise(1 - q)
    )
    moved = F.try_divide(p1 - p0, F.when(F.col("is_treated"), p1).otherwise(1 - p0))
    changes = draws.bernoulli(moved, "moved", *key) & (F.col("is_treated") == F.col("ordered"))
    other = F.col("ordered") != changes
    return (
        units.join(F.broadcast(share), strata, "inner")
        .withColumn("p0", without)
        .withColumn("p1", odds * p0 / (1 - p0 + odds * p0))
        .withColumn("is_treated", draws.bernoulli(chance_treated, "treated", *key))
        .withColumns(
            {
                "ordered_without": F.when(F.col("is_treated"), other).otherwise(F.col("ordered")),
                "ordered_with": F.when(F.col("is_treated"), F.col("ordered")).otherwise(other),
            }
        )
        .select(*units.columns, "is_treated", "ordered_without", "ordered_with")
    )


def list_periods(world: World) -> list[tuple[int, date, date]]:
    """Number, first and last day of each period that overlaps the days of the batch."""
    start = world.settings.first_day
    low = (world.earliest - start).days // PERIOD_DAYS
    high = (world.last - start).days // PERIOD_DAYS
    numbered = ((n, start + timedelta(days=PERIOD_DAYS * n)) for n in range(max(low, 0), high + 1))
    return [(n, day, day + timedelta(days=PERIOD_DAYS - 1)) for n, day in numbered]


def get_campaign_channel(number: int) -> str:
    """Channel of a period's campaign: the owned channels in turn."""
    return CAMPAIGN_CHANNELS[number % len(CAMPAIGN_CHANNELS)]


def simulate_campaigns(world: World) -> DataFrame:
    """Customers in reach of each period's campaign, treated or held out: `EXPERIMENT_COLUMNS`."""
    settings, number = world.settings.experiments, F.col("period")
    channel = F.get(F.array(*map(F.lit, CAMPAIGN_CHANNELS)), number % len(CAMPAIGN_CHANNELS))
    units = (
        build_history(world)
        .where(
            (F.col("member_from") <= F.col("start_date"))
            & is_contactable(world.draws, world.settings, channel, F.col("start_date"))
        )
        .withColumns({"experiment_id": F.format_string("sim-campaign-%02d", number), "kind": channel})
        .withColumn("ordered", F.col("orders") > 0)
    )
    odds, treated = F.lit(settings.campaign_odds_ratio), 1 - settings.holdout_share
    drawn = assign_treatment(units, ["experiment_id", "recent"], odds, treated, world.draws)
    return drawn.withColumns({"order_id": F.col("first.order_id"), "ordered_at": F.col("first.ordered_at")}).select(
        *EXPERIMENT_COLUMNS
    )


def simulate_coupons(world: World) -> DataFrame:
    """Customers considered for a coupon in each period, issued or not: `EXPERIMENT_COLUMNS`.

    `first_order` for customers without an order, `wake_up` for those without an order in the period before, `threshold`
    for all others, where only orders of at least the threshold amount count.
    """
    settings, types = world.settings.experiments, world.settings.types
    never = F.col("first_order_date").isNull() | (F.col("first_order_date") >= F.col("start_date"))
    kind = F.when(never, "first_order").when(F.col("recent") == 0, "wake_up").otherwise("threshold")
    odds = F.lit(1.0)
    for name, each in types.items():
        for coupon, factor in each.coupon_odds_ratios.items():
            odds = F.when((F.col("customer_type") == name) & (F.col("kind") == coupon), factor).otherwise(odds)
    key = ("customer_id", "period")
    large = F.col("kind") == "threshold"
    # Customers who join in this period or the next have an account without an order.
    has_account = F.col("member_from") < F.date_add("start_date", 2 * PERIOD_DAYS)
    units = (
        build_history(world)
        .where(has_account & world.draws.bernoulli(settings.coupon_pool_share, "considered", *key))
        .withColumn("kind", kind)
        .withColumn("experiment_id", F.format_string("sim-coupon-%02d-%s", "period", "kind"))
        .withColumn("counted", F.when(large, F.col("first_large")).otherwise(F.col("first")))
        .withColumn("ordered", F.col("counted").isNotNull())
    )
    strata = ["experiment_id", "kind", "customer_type", "recent"]
    drawn = assign_treatment(units, strata, odds, settings.coupon_issue_share, world.draws)
    return drawn.withColumns({"order_id": F.col("counted.order_id"), "ordered_at": F.col("counted.ordered_at")}).select(
        *EXPERIMENT_COLUMNS
    )


def build_history(world: World) -> DataFrame:
    """Orders of each customer in each period, and in the period before.

    Returns:
        customer_id, customer_type, member_from, first_order_date, period, start_date, end_date, orders, recent
        (orders of the period before, at most 2), first and first_large (order_id and ordered_at of the
        first order, and of the first above the threshold).
    """
    start = F.lit(world.settings.first_day)
    period = F.floor(F.date_diff("order_date", start) / PERIOD_DAYS).cast("int")
    order, threshold = F.struct("ordered_at", "order_id"), world.settings.experiments.threshold_amount
    by_period = (
        world.orders.withColumn("period", period)
        .groupBy("customer_id", "period")
        .agg(
            F.count(F.lit(1)).alias("orders"),
            F.min(order).alias("first"),
            F.min(F.when(F.col("net_amount") >= threshold, order)).alias("first_large"),
        )
    )
    before = by_period.select(
        "customer_id", (F.col("period") + 1).alias("period"), F.col("orders").alias("orders_before")
    )
    spans = F.array(
        *(
            F.struct(F.lit(n).alias("period"), F.lit(day).alias("start_date"), F.lit(end).alias("end_date"))
            for n, day, end in list_periods(world)
        )
    )
    columns = ("customer_id", "customer_type", "member_from", "first_order_date")
    each = world.customers.select(*columns, F.explode(spans).alias("span"))
    return (
        each.select(*columns, "span.*")
        .join(by_period, ["customer_id", "period"], "left")
        .join(before, ["customer_id", "period"], "left")
        .withColumns(
            {
                "orders": F.coalesce("orders", F.lit(0)),
                "recent": F.least(F.coalesce("orders_before", F.lit(0)), F.lit(2)).cast("int"),
            }
        )
        .drop("orders_before")
    )
