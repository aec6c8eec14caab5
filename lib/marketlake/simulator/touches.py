"""Touches of customers by channels: those that caused an order, and all others."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.consents import is_contactable
from marketlake.simulator.customers import PERSON_COLUMNS, expand_days
from marketlake.simulator.keyed_random import Draws, compute_running_sums, find_interval
from marketlake.simulator.orders import draw_time_of_day
from marketlake.simulator.world import World

TOUCH_COLUMNS = (*PERSON_COLUMNS, "touch_id", "channel", "touched_at", "touch_date", "is_click", "order_id")
# Of messages without an effect one in three is opened, and of those one in three clicked.
OPEN_SHARE, CLICK_SHARE = 1 / 3, 1 / 9


def simulate_touches(world: World) -> DataFrame:
    """Touches of the days of the batch and of the few days before it whose rows may be delivered late.

    A touch that caused an order precedes it by the lag that was drawn with the cause. The others occur at a rate of
    spend / cost per click, independently of orders. By the displacement theorem (Kingman, Poisson Processes, 1993,
    ch. 5) both together are distributed as if touches came first and caused orders.

    Returns:
        `TOUCH_COLUMNS`; `order_id` is the order that the touch caused, `is_click` is true when it led to a visit.
    """
    both = _build_causing_touches(world).unionByName(_draw_other_touches(world))
    return both.where(F.col("touch_date").between(F.lit(world.earliest), F.lit(world.last)))


def _build_causing_touches(world: World) -> DataFrame:
    draws = world.draws
    day = F.expr("date_sub(order_date, lag_days)")
    # On the day of the order a few minutes to hours before it; on an earlier day at any waking hour.
    before = F.timestamp_seconds(
        F.unix_seconds("ordered_at") - 120 - draws.integer(7_000, "minutes before", "order_id")
    )
    at = F.when(F.col("lag_days") == 0, before).otherwise(draw_time_of_day(day, draws, "order_id"))
    return world.orders.where("cause is not null").select(
        *PERSON_COLUMNS,
        F.concat(F.lit("t"), "order_id").alias("touch_id"),
        F.col("cause").alias("channel"),
        at.alias("touched_at"),
        at.cast("date").alias("touch_date"),
        F.lit(True).alias("is_click"),
        "order_id",
    )


def _draw_other_touches(world: World) -> DataFrame:
    """At most one touch per person and day, over all channels."""
    draws, channels = world.draws, world.settings.channels
    scales = [1 / CLICK_SHARE if channel.kind == "owned" else 1.0 for channel in channels.values()]
    days = F.explode(expand_days(F.greatest("member_from", F.lit(world.earliest)), world.last)).alias("touch_date")
    # People may be few enough for one file, but people x days are many.
    each = world.people.repartition("person_id").select(*PERSON_COLUMNS, days)
    uniform = draws.uniform("touch", "person_id", "touch_date")
    bounds = world.media_by_day.select(
        F.col("day").alias("touch_date"), compute_running_sums("clicks", scales).alias("bounds")
    )
    highest = bounds.select("touch_date", F.element_at("bounds", -1).alias("highest"))
    # Two joins, so that Spark draws no channels and consents for the many days without a touch.
    touched = each.join(F.broadcast(highest), "touch_date", "inner").where(uniform < F.col("highest"))
    place = find_interval(uniform, F.col("bounds"), len(channels) - 1)
    drawn = (
        touched.join(F.broadcast(bounds), "touch_date", "inner")
        .withColumn("channel", F.get(F.array(*map(F.lit, channels)), place))
        .where(is_contactable(draws, world.settings, F.col("channel"), F.col("touch_date")))
        .withColumn("touch_id", F.concat(F.lit("t"), "person_id", F.date_format("touch_date", "-yyMMdd")))
    )
    owned = F.col("channel").isin([name for name, channel in channels.items() if channel.kind == "owned"])
    return drawn.select(
        *PERSON_COLUMNS,
        "touch_id",
        "channel",
        draw_time_of_day(F.col("touch_date"), draws, "touch_id").alias("touched_at"),
        "touch_date",
        (~owned | draws.bernoulli(CLICK_SHARE, "depth", "touch_id")).alias("is_click"),
        F.lit(None).cast("string").alias("order_id"),
    )


def name_always_on_campaign(channel: Column, day: Column) -> Column:
    """Name of a channel's campaign that runs all month."""
    return F.concat(F.lit("sim-"), channel, F.date_format(day, "-yyyyMM"))


def is_opened(draws: Draws) -> Column:
    """True when a message was opened: all that were clicked, and some of the others."""
    return F.col("is_click") | (draws.uniform("depth", "touch_id") < OPEN_SHARE)
