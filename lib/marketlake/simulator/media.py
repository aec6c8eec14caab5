"""Effect of media spend: adstock, saturation, and the channel and lag that caused an order.

Formulas: docs/simulator.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws, compute_running_sums, find_interval
from marketlake.simulator.settings import ChannelSettings, SimulatorSettings

MAX_LAG_DAYS = 14  # a touch has no effect after so many days
FLIGHT_DAYS = 14  # each flight has a high or a low budget at random
PLAN_SCHEMA = """day date, channel string, spend double, adstock double, saturation double, multiplier double,
    clicks double, lag_bounds array<double>"""


def draw_spend(settings: SimulatorSettings, draws: Draws, days: Sequence[date]) -> np.ndarray:
    """Spend by day and channel, currency a person: the mean budget in flights, with 20 % noise."""
    table = np.empty((len(days), len(settings.channels)))
    for row, day in enumerate(days):
        flight = draws.generator("flight", day.toordinal() // FLIGHT_DAYS).random(table.shape[1])
        noise = draws.generator("spend", day.toordinal()).normal(0, 0.2, table.shape[1])
        table[row] = np.where(flight < 0.5, 0.4, 1.6) * np.exp(noise - 0.02)
    return table * [channel.spend for channel in settings.channels.values()]


def compute_lag_weights(carry_over: float) -> np.ndarray:
    """Share of a touch's effect by lag of 0 to `MAX_LAG_DAYS` days: geometric, truncated and scaled to 1."""
    weights = carry_over ** np.arange(MAX_LAG_DAYS + 1)
    return weights / weights.sum()


def compute_adstock(spent: np.ndarray, carry_over: float) -> np.ndarray:
    """Adstock: weighted sum of the spend of a day and of the `MAX_LAG_DAYS` days before it.

    Args:
        spent: one value a day; the first `MAX_LAG_DAYS` days only serve the later ones.

    Returns:
        one value for each day after the first `MAX_LAG_DAYS`.
    """
    return np.convolve(spent, compute_lag_weights(carry_over), "valid")


def compute_saturation(adstocked: np.ndarray, channel: ChannelSettings) -> np.ndarray:
    """Hill curve: share of the channel's largest effect, from 0 to 1."""
    powered = adstocked**channel.steepness
    return powered / (powered + channel.half_saturation**channel.steepness)


def plan_media(spark: SparkSession, settings: SimulatorSettings, draws: Draws, first: date, last: date) -> DataFrame:
    """Spend and effect by day and channel: the columns of `PLAN_SCHEMA`.

    `spend` and `adstock` are currency a person, `saturation` is from 0 to 1, `multiplier` is the share that the channel
    adds to the order rate, `clicks` a person are those without an effect, `lag_bounds` are the cumulative shares of the
    lags between a touch and the order that it causes.
    """
    days = [first + timedelta(days=n) for n in range(-MAX_LAG_DAYS, (last - first).days + 1)]
    spent = draw_spend(settings, draws, days)
    rows = []
    for column, (name, channel) in enumerate(settings.channels.items()):
        each = spent[:, column]
        stock = compute_adstock(each, channel.carry_over)
        saturation = compute_saturation(stock, channel) if channel.effect else np.zeros_like(stock)
        backwards = np.lib.stride_tricks.sliding_window_view(each, MAX_LAG_DAYS + 1)[:, ::-1]
        parts = backwards * compute_lag_weights(channel.carry_over)
        bounds = np.cumsum(parts, axis=1) / parts.sum(axis=1, keepdims=True)
        now = each[MAX_LAG_DAYS:]
        columns = (now, stock, saturation, saturation * channel.effect, now / channel.cost_per_click)
        for day, values, lags in zip(days[MAX_LAG_DAYS:], zip(*columns, strict=True), bounds[:, :-1], strict=True):
            rows.append((day, name, *map(float, values), lags.tolist()))
    return spark.createDataFrame(rows, PLAN_SCHEMA).coalesce(1)


def group_by_day(plan: DataFrame, channels: Sequence[str]) -> DataFrame:
    """The plan with one row a day: arrays in the order of `channels`, and the sum of the multipliers.

    Returns:
        day, added, cause_bounds (cumulative multipliers), clicks, lag_bounds.
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
            compute_running_sums("each.multiplier", [1.0] * len(channels)).alias("cause_bounds"),
            "each.clicks",
            "each.lag_bounds",
        )
    )


def draw_causes(orders: DataFrame, days: DataFrame, channels: Sequence[str], draws: Draws) -> DataFrame:
    """Orders with their cause.

    In a Poisson process with rate base x (1 + sum of multipliers), each event belongs to a term of the sum with the
    term's share, independently of all others, so the cause can be drawn after the order.

    Args:
        orders: with order_id and order_date.
        days: `group_by_day`; small, it is broadcast.
        channels: the order of its arrays.
        draws: the seed.

    Returns:
        the orders with `cause` (a channel; null for an organic order) and `lag_days` (from the touch to the order; null
        without a cause).
    """
    uniform = draws.uniform("cause", "order_id") * (1 + F.col("added"))
    lag_uniform = draws.uniform("lag", "order_id")
    drawn = orders.join(F.broadcast(days), orders["order_date"] == days["day"], "inner")
    # Most orders are organic and skip the channels.
    place = F.when(uniform >= 1, find_interval(uniform - 1, F.col("cause_bounds"), len(channels) - 1))
    lag = F.when(
        F.col("place").isNotNull(), find_interval(lag_uniform, F.get("lag_bounds", F.col("place")), MAX_LAG_DAYS)
    )
    return (
        drawn.withColumn("place", place)
        .withColumns({"cause": F.get(F.array(*map(F.lit, channels)), F.col("place")), "lag_days": lag})
        .select(*orders.columns, "cause", "lag_days")
    )
