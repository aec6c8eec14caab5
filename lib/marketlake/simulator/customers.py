"""Customers of the base with their rates, and the persons behind public households."""

from __future__ import annotations

from datetime import date

import numpy as np
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy import special

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings

DAYS_BEFORE_START, DAYS_AFTER_START = (
    730,
    365,
)  # customers of the base joined so long before the first day, or join so long after
# Ten neighbours as households: for each person the position of the first member of their household.
HOUSEHOLD_PATTERNS = ("0113336666", "0122446666", "0022446688", "0123336666", "0113355555")
PERSON_COLUMNS = ("person_id", "household_id", "customer_id", "is_holder", "customer_type", "member_from")


def simulate_customers(
    spark: SparkSession, count: int, settings: SimulatorSettings, draws: Draws, partitions: int
) -> DataFrame:
    """Customers of the base, one person each.

    Returns:
        `PERSON_COLUMNS`, `first_order_date` (the day of joining), `rate` (orders a day before season and media; gamma
        over customers), `drop_out_rate` (a day; gamma over customers) and `left_on` (first day without orders;
        exponential).

    Source: the Pareto/NBD model, Schmittlein, Morrison and Colombo, Management Science 33 (1987); Fader and Hardie,
    "A Note on Deriving the Pareto/NBD Model" (2005).
    """
    buys = settings.purchases
    spread = _compute_gamma_quantiles(buys.rate_shape) / buys.rate_shape
    # The mean of 1 / rate is scale / (shape - 1), so that the mean lifetime is what the settings say.
    leaving = _compute_gamma_quantiles(buys.lifetime_shape) / (buys.mean_lifetime_days * (buys.lifetime_shape - 1))
    block = F.floor(F.col("n") / 10)
    starts = draws.choice(dict.fromkeys(HOUSEHOLD_PATTERNS, 1.0), "households", block)
    housemate = block * 10 + F.substring(starts, (F.col("n") % 10 + 1).cast("int"), F.lit(1)).cast("int")
    joined = F.date_add(
        F.lit(settings.first_day),
        draws.integer(DAYS_BEFORE_START + DAYS_AFTER_START, "joined", "n") - DAYS_BEFORE_START,
    )
    people = spark.range(0, count, 1, partitions).withColumnRenamed("id", "n")
    return people.select(
        F.format_string("p%d", "n").alias("person_id"),
        F.format_string("h%d", housemate).alias("household_id"),
        F.format_string("c%d", "n").alias("customer_id"),
        F.lit(True).alias("is_holder"),
        _draw_customer_type(settings, draws, "n").alias("customer_type"),
        joined.alias("member_from"),
        (draws.from_quantiles(spread, "rate", "n") * buys.orders_per_year / 365.25).alias("rate"),
        draws.from_quantiles(leaving, "drop-out rate", "n").alias("drop_out_rate"),
        "n",
    ).select(
        *PERSON_COLUMNS,
        F.col("member_from").alias("first_order_date"),
        "rate",
        "drop_out_rate",
        F.date_add(
            "member_from",
            F.least(draws.exponential(1 / F.col("drop_out_rate"), "lifetime", "n") + 1, F.lit(200_000.0)).cast("int"),
        ).alias("left_on"),
    )


def simulate_household_members(households: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """One to four persons behind each customer of a retailer whose customers are households: `PERSON_COLUMNS`.

    Args:
        households: with customer_id; each is a loyalty card that a household shares.
    """
    sizes = {"1": 0.3, "2": 0.35, "3": 0.2, "4": 0.15}
    size = draws.choice(sizes, "household size", "customer_id").cast("int")
    joined = F.date_sub(F.lit(settings.first_day), draws.integer(DAYS_BEFORE_START, "joined", "customer_id"))
    each = households.select(
        "customer_id", F.explode(F.sequence(F.lit(1), size)).alias("place"), joined.alias("joined")
    )
    return each.select(
        F.format_string("p%s-%d", "customer_id", "place").alias("person_id"),
        F.format_string("h%s", "customer_id").alias("household_id"),
        "customer_id",
        (F.col("place") == 1).alias("is_holder"),
        _draw_customer_type(settings, draws, "customer_id").alias("customer_type"),
        F.col("joined").alias("member_from"),
    )


def expand_days(first: Column | date, last: Column | date) -> Column:
    """Array of the days from the first to the last; null when the first is after the last."""
    first, last = (F.lit(day) if isinstance(day, date) else day for day in (first, last))
    return F.when(first <= last, F.sequence(first, last))


def _draw_customer_type(settings: SimulatorSettings, draws: Draws, key: str) -> Column:
    return draws.choice({name: kind.share for name, kind in settings.types.items()}, "type", key)


def _compute_gamma_quantiles(shape: float, size: int = 4096) -> np.ndarray:
    """Equally likely values of a gamma distribution with scale 1."""
    return special.gammaincinv(shape, (np.arange(size) + 0.5) / size)
