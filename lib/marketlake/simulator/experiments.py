"""Randomised trials over orders that are already there: campaigns with a holdout, and coupons given by chance.

A trial gives each customer two answers: would she order in the period without the treatment, and with it? Orders are
given, and who is treated is drawn after them, by Bayes' rule, so that assignment and answers are distributed as
if the coin had been thrown first. The treatment multiplies the odds of an order by `odds`:

    q = p p1 + (1 - p) p0,   p1 / (1 - p1) = odds p0 / (1 - p0)

with q the share who ordered in a customer's stratum, p the share that is treated; p0 is the positive root of a
quadratic. Treated are p p1 / q of those who ordered, and p (1 - p1) / (1 - q) of those who did not. Of treated
customers with an order a share (p1 - p0) / p1 would not have ordered without; of untreated ones without an
order a share (p1 - p0) / (1 - p0) would have ordered with it; nobody is put off (monotone response).
"""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.consents import may_send
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.world import PERIOD_DAYS, World

CAMPAIGN_CHANNELS = ("email", "sms", "push")
COUPONS = ("first_order", "threshold", "wake_up")
TRIAL = """trial_id, kind, customer_id, customer_type, start_date, end_date, is_treated, ordered, ordered_without,
    ordered_with, order_id, ordered_at"""


def assign(units: DataFrame, strata: list[str], odds: Column, treated: float, draws: Draws) -> DataFrame:
    """Who is treated, and what each customer would have done with and without.

    Args:
        units: trial_id, customer_id, `ordered` (boolean, as observed), and the columns of the strata.
        strata: columns within which assignment is independent of everything else.
        odds: factor of the odds, a function of the strata.
        treated: share of treated units, between 0 and 1.
        draws: the seed.

    Returns:
        the units, with is_treated, ordered_without and ordered_with; the one of the two that belongs to
        `is_treated` equals `ordered`.
    """
    share = units.groupBy(*strata).agg(F.avg(F.col("ordered").cast("double")).alias("q"))
    p, q = F.lit(treated), F.col("q")
    a, b = (1 - p) * (odds - 1), p * odds + (1 - p) - q * (odds - 1)
    without = F.when(F.abs(a) < 1e-12, q / b).otherwise((F.sqrt(b * b + 4 * a * q) - b) / (2 * F.when(a != 0, a)))
    p0, p1 = F.col("p0"), F.col("p1")
    key = ("trial_id", "customer_id")
    chance_treated = F.try_divide(
        p * F.when(F.col("ordered"), p1).otherwise(1 - p1), F.when(F.col("ordered"), q).otherwise(1 - q)
    )
    moved = F.try_divide(p1 - p0, F.when(F.col("is_treated"), p1).otherwise(1 - p0))
    changes = draws.chance(moved, "moved", *key) & (F.col("is_treated") == F.col("ordered"))
    other = F.col("ordered") != changes
    return (
        units.join(F.broadcast(share), strata, "inner")
        .withColumn("p0", without)
        .withColumn("p1", odds * p0 / (1 - p0 + odds * p0))
        .withColumn("is_treated", draws.chance(chance_treated, "treated", *key))
        .withColumns(
            {
                "ordered_without": F.when(F.col("is_treated"), other).otherwise(F.col("ordered")),
                "ordered_with": F.when(F.col("is_treated"), F.col("ordered")).otherwise(other),
            }
        )
        .select(*units.columns, "is_treated", "ordered_without", "ordered_with")
    )


def periods(world: World) -> list[tuple[int, date, date]]:
    """Number, first and last day of the periods of campaigns and coupons that touch the batch's days."""
    start = world.settings.first_day
    low = (world.earliest - start).days // PERIOD_DAYS
    high = (world.last - start).days // PERIOD_DAYS
    numbered = ((n, start + timedelta(days=PERIOD_DAYS * n)) for n in range(max(low, 0), high + 1))
    return [(n, day, day + timedelta(days=PERIOD_DAYS - 1)) for n, day in numbered]


def campaign_channel(number: int) -> str:
    """Campaigns take the owned channels in turn."""
    return CAMPAIGN_CHANNELS[number % len(CAMPAIGN_CHANNELS)]


def campaigns(world: World) -> DataFrame:
    """Every customer in reach of a period's campaign, treated or held out: the columns `TRIAL`."""
    trials, number = world.settings.trials, F.col("period")
    channel = F.get(F.array(*map(F.lit, CAMPAIGN_CHANNELS)), number % len(CAMPAIGN_CHANNELS))
    units = (
        history(world)
        .where(
            (F.col("member_from") <= F.col("start_date"))
            & may_send(world.draws, world.settings, channel, F.col("start_date"))
        )
        .withColumns({"trial_id": F.format_string("sim-campaign-%02d", number), "kind": channel})
        .withColumn("ordered", F.col("orders") > 0)
    )
    drawn = assign(units, ["trial_id", "recent"], F.lit(trials.campaign_odds), 1 - trials.holdout, world.draws)
    return drawn.withColumns({"order_id": F.col("first.order_id"), "ordered_at": F.col("first.ordered_at")}).select(
        *_names(TRIAL)
    )


def coupons(world: World) -> DataFrame:
    """Every customer whom a period's draw considers for a coupon, issued or not: the columns `TRIAL`.

    `first_order` for those who never ordered, `wake_up` for those without an order in the period before, `threshold`
    for all others; only an order above the threshold counts for that.
    """
    trials, types = world.settings.trials, world.settings.types
    never = F.col("first_order_date").isNull() | (F.col("first_order_date") >= F.col("start_date"))
    kind = F.when(never, "first_order").when(F.col("recent") == 0, "wake_up").otherwise("threshold")
    odds = F.lit(1.0)
    for name, each in types.items():
        for coupon, factor in each.coupon_odds.items():
            odds = F.when((F.col("customer_type") == name) & (F.col("kind") == coupon), factor).otherwise(odds)
    key = ("customer_id", "period")
    large = F.col("kind") == "threshold"
    # Those who are to order in this period or the next are known already, by an account without an order.
    known = F.col("member_from") < F.date_add("start_date", 2 * PERIOD_DAYS)
    units = (
        history(world)
        .where(known & world.draws.chance(trials.coupon_share, "considered", *key))
        .withColumn("kind", kind)
        .withColumn("trial_id", F.format_string("sim-coupon-%02d-%s", "period", "kind"))
        .withColumn("counted", F.when(large, F.col("first_large")).otherwise(F.col("first")))
        .withColumn("ordered", F.col("counted").isNotNull())
    )
    drawn = assign(units, ["trial_id", "kind", "customer_type", "recent"], odds, trials.coupon_issued, world.draws)
    return drawn.withColumns({"order_id": F.col("counted.order_id"), "ordered_at": F.col("counted.ordered_at")}).select(
        *_names(TRIAL)
    )


def history(world: World) -> DataFrame:
    """Every customer in every period: what she ordered in it, and how much in the one before.

    Returns:
        customer_id, customer_type, member_from, first_order_date, period, start_date, end_date, orders, recent
        (orders of the period before: 0, 1 or 2 for more), first and first_large (order_id and ordered_at of the
        first order, and of the first above the threshold).
    """
    start = F.lit(world.settings.first_day)
    which = F.floor(F.date_diff("order_date", start) / PERIOD_DAYS).cast("int")
    order = F.struct("ordered_at", "order_id")
    by_period = (
        world.orders.withColumn("period", which)
        .groupBy("customer_id", "period")
        .agg(
            F.count(F.lit(1)).alias("orders"),
            F.min(order).alias("first"),
            F.min(F.when(F.col("net_amount") >= world.settings.trials.threshold, order)).alias("first_large"),
        )
    )
    before = by_period.select(
        "customer_id", (F.col("period") + 1).alias("period"), F.col("orders").alias("orders_before")
    )
    spans = F.array(
        *(
            F.struct(F.lit(n).alias("period"), F.lit(day).alias("start_date"), F.lit(end).alias("end_date"))
            for n, day, end in periods(world)
        )
    )
    known = ("customer_id", "customer_type", "member_from", "first_order_date")
    each = world.customers.select(*known, F.explode(spans).alias("span"))
    return (
        each.select(*known, "span.*")
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


def _names(columns: str) -> list[str]:
    return [name.strip() for name in columns.split(",")]
