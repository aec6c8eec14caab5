"""Every touch of a customer by a channel: those that caused an order, and those that caused none."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.consents import may_send
from marketlake.simulator.customers import PERSON, days_between
from marketlake.simulator.keyed_random import Draws, place_in, running_sums
from marketlake.simulator.orders import moment
from marketlake.simulator.world import World

TOUCH = (*PERSON, "touch_id", "channel", "touched_at", "touch_date", "is_click", "order_id")
# Of messages that cause nothing, one in three is opened, and one in three of those clicked.
OPENED, CLICKED = 1 / 3, 1 / 9


def touches(world: World) -> DataFrame:
    """The touches of the batch's days and the few days before them that may be delivered late.

    A touch that caused an order lies before it by the lag that was drawn with the cause. The others come at a rate of
    spend / cost per click, whatever is bought. By the displacement theorem (Kingman, Poisson Processes, 1993, ch. 5)
    both together are what touches and orders look like when touches come first.

    Returns:
        the columns `TOUCH`; `order_id` is the order that the touch caused, `is_click` whether it led to a visit.
    """
    both = _that_caused(world).unionByName(_that_did_not(world))
    return both.where(F.col("touch_date").between(F.lit(world.earliest), F.lit(world.last)))


def _that_caused(world: World) -> DataFrame:
    draws = world.draws
    day = F.expr("date_sub(order_date, lag_days)")
    # On the day of the order a few minutes to hours before it; on an earlier day at any waking hour.
    before = F.timestamp_seconds(F.unix_seconds("ordered_at") - 120 - draws.below(7_000, "minutes before", "order_id"))
    at = F.when(F.col("lag_days") == 0, before).otherwise(moment(day, draws, "order_id"))
    return world.orders.where("cause is not null").select(
        *PERSON,
        F.concat(F.lit("t"), "order_id").alias("touch_id"),
        F.col("cause").alias("channel"),
        at.alias("touched_at"),
        at.cast("date").alias("touch_date"),
        F.lit(True).alias("is_click"),
        "order_id",
    )


def _that_did_not(world: World) -> DataFrame:
    """At most one a person and day, of whichever channel."""
    draws, channels = world.draws, world.settings.channels
    scales = [1 / CLICKED if channel.kind == "owned" else 1.0 for channel in channels.values()]
    days = F.explode(days_between(F.greatest("member_from", F.lit(world.earliest)), world.last)).alias("touch_date")
    # Few persons may lie in one file, and are many persons and days.
    each = world.people.repartition("person_id").select(*PERSON, days)
    uniform = draws.uniform("touch", "person_id", "touch_date")
    bounds = world.days.select(F.col("day").alias("touch_date"), running_sums("clicks", scales).alias("bounds"))
    most = bounds.select("touch_date", F.element_at("bounds", -1).alias("most"))
    # Two joins, so that Spark can not draw channels and consents of the many days without a touch.
    touched = each.join(F.broadcast(most), "touch_date", "inner").where(uniform < F.col("most"))
    place = place_in(uniform, F.col("bounds"), len(channels) - 1)
    drawn = (
        touched.join(F.broadcast(bounds), "touch_date", "inner")
        .withColumn("channel", F.get(F.array(*map(F.lit, channels)), place))
        .where(may_send(draws, world.settings, F.col("channel"), F.col("touch_date")))
        .withColumn("touch_id", F.concat(F.lit("t"), "person_id", F.date_format("touch_date", "-yyMMdd")))
    )
    owned = F.col("channel").isin([name for name, channel in channels.items() if channel.kind == "owned"])
    return drawn.select(
        *PERSON,
        "touch_id",
        "channel",
        moment(F.col("touch_date"), draws, "touch_id").alias("touched_at"),
        "touch_date",
        (~owned | draws.chance(CLICKED, "depth", "touch_id")).alias("is_click"),
        F.lit(None).cast("string").alias("order_id"),
    )


def always_on(channel: Column, day: Column) -> Column:
    """The campaign of a channel that runs all month."""
    return F.concat(F.lit("sim-"), channel, F.date_format(day, "-yyyyMM"))


def is_opened(draws: Draws) -> Column:
    """Whether a message was opened: all that were clicked, and some of the others."""
    return F.col("is_click") | (draws.uniform("depth", "touch_id") < OPENED)
