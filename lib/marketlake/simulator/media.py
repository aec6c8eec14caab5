"""What spending on a channel does: adstock, saturation, and which order was caused by which channel's touch.

The formulas are in the package's docstring.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws, place_in, running_sums
from marketlake.simulator.settings import Channel, Simulation

LONGEST_LAG = 14  # days after which a touch causes nothing any more
FLIGHT_DAYS = 14  # a budget is high for a fortnight, then low for another, as chance has it
PLAN = """day date, channel string, spend double, adstock double, saturation double, multiplier double,
    clicks double, lag_bounds array<double>"""


def spend(settings: Simulation, draws: Draws, days: Sequence[date]) -> np.ndarray:
    """Currency a person, by day and channel: the average budget, in flights, with noise of a fifth."""
    table = np.empty((len(days), len(settings.channels)))
    for row, day in enumerate(days):
        flight = draws.generator("flight", day.toordinal() // FLIGHT_DAYS).random(table.shape[1])
        noise = draws.generator("spend", day.toordinal()).normal(0, 0.2, table.shape[1])
        table[row] = np.where(flight < 0.5, 0.4, 1.6) * np.exp(noise - 0.02)
    return table * [channel.spend for channel in settings.channels.values()]


def lag_weights(carry_over: float) -> np.ndarray:
    """Share of a touch's effect that comes 0, 1, … `LONGEST_LAG` days later: geometric, cut and scaled to 1."""
    weights = carry_over ** np.arange(LONGEST_LAG + 1)
    return weights / weights.sum()


def adstock(spent: np.ndarray, carry_over: float) -> np.ndarray:
    """Spending as it still works: the weighted sum of a day's and the `LONGEST_LAG` days' before it.

    Args:
        spent: a value a day; the first `LONGEST_LAG` days only serve the later ones.

    Returns:
        as many values as there are days after the first `LONGEST_LAG`.
    """
    return np.convolve(spent, lag_weights(carry_over), "valid")


def hill(adstocked: np.ndarray, channel: Channel) -> np.ndarray:
    """Share of the channel's largest effect that is reached, from 0 to 1."""
    powered = adstocked**channel.steepness
    return powered / (powered + channel.half_saturation**channel.steepness)


def plan(spark: SparkSession, settings: Simulation, draws: Draws, first: date, last: date) -> DataFrame:
    """What every channel spends and adds on every day: `PLAN`, a row a day and channel.

    `spend` and `adstock` in currency a person, `saturation` from 0 to 1, `multiplier` is the share that the channel
    adds to the order rate, `clicks` a person that cause nothing, `lag_bounds` the rising bounds by which the day of
    the touch behind a caused order is drawn.
    """
    days = [first + timedelta(days=n) for n in range(-LONGEST_LAG, (last - first).days + 1)]
    spent = spend(settings, draws, days)
    rows = []
    for column, (name, channel) in enumerate(settings.channels.items()):
        each = spent[:, column]
        stock = adstock(each, channel.carry_over)
        saturation = hill(stock, channel) if channel.effect else np.zeros_like(stock)
        backwards = np.lib.stride_tricks.sliding_window_view(each, LONGEST_LAG + 1)[:, ::-1]
        parts = backwards * lag_weights(channel.carry_over)
        bounds = np.cumsum(parts, axis=1) / parts.sum(axis=1, keepdims=True)
        now = each[LONGEST_LAG:]
        columns = (now, stock, saturation, saturation * channel.effect, now / channel.cost_per_click)
        for day, values, lags in zip(days[LONGEST_LAG:], zip(*columns, strict=True), bounds[:, :-1], strict=True):
            rows.append((day, name, *map(float, values), lags.tolist()))
    return spark.createDataFrame(rows, PLAN).coalesce(1)


def by_day(plan: DataFrame, channels: Sequence[str]) -> DataFrame:
    """The plan with a row a day: arrays in the order of `channels`, and the sum of what they add.

    Returns:
        day, added, cause_bounds (running sums of what the channels add), clicks, lag_bounds.
    """
    ordered = F.sort_array(
        F.collect_list(
            F.struct(
                F.array_position(F.array(*map(F.lit, channels)), F.col("channel")).alias("place"),
                "multiplier",
                "clicks",
                "lag_bounds",
            )
        )
    )
    return (
        plan.groupBy("day")
        .agg(ordered.alias("each"), F.sum("multiplier").alias("added"))
        .select(
            "day",
            "added",
            running_sums("each.multiplier", [1.0] * len(channels)).alias("cause_bounds"),
            "each.clicks",
            "each.lag_bounds",
        )
    )


def caused(orders: DataFrame, days: DataFrame, channels: Sequence[str], draws: Draws) -> DataFrame:
    """Orders with what caused them.

    In a Poisson process whose rate is base x (1 + sum of what channels add), each event belongs to a part of the sum
    with that part's share, independently of all others: so the cause may be drawn after the order.

    Args:
        orders: with order_id and order_date.
        days: `by_day`; small, it is broadcast.
        channels: the order of its arrays.
        draws: the seed.

    Returns:
        the orders, with `cause` (a channel; missing when the order would have come anyway) and `lag_days` (from its
        touch to the order; missing without a cause).
    """
    uniform = draws.uniform("cause", "order_id") * (1 + F.col("added"))
    lag_uniform = draws.uniform("lag", "order_id")
    drawn = orders.join(F.broadcast(days), orders["order_date"] == days["day"], "inner")
    # The largest part is the base, and needs no look at the channels.
    place = F.when(uniform >= 1, place_in(uniform - 1, F.col("cause_bounds"), len(channels) - 1))
    lag = F.when(F.col("place").isNotNull(), place_in(lag_uniform, F.get("lag_bounds", F.col("place")), LONGEST_LAG))
    return (
        drawn.withColumn("place", place)
        .withColumns({"cause": F.get(F.array(*map(F.lit, channels)), F.col("place")), "lag_days": lag})
        .select(*orders.columns, "cause", "lag_days")
    )
