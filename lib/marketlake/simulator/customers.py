"""Who there is: the base's customers with their rates, and the persons behind public households."""

from __future__ import annotations

from datetime import date

import numpy as np
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy import special

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import Simulation

KNOWN_DAYS, JOINING_DAYS = 730, 365  # customers of the base joined so long before the first day, or join so long after
# Ten neighbours as households: the place of each person's first housemate.
HOUSEHOLDS = ("0113336666", "0122446666", "0022446688", "0123336666", "0113355555")
PERSON = ("person_id", "household_id", "customer_id", "is_holder", "customer_type", "member_from")


def customers(spark: SparkSession, count: int, settings: Simulation, draws: Draws, partitions: int) -> DataFrame:
    """The base's customers, each one person.

    Returns:
        the columns `PERSON`, `first_order_date` (the day on which she becomes a customer), `rate` (orders a day while a
        customer, before season and media; gamma over customers), `drop_out_rate` (a day; gamma) and `left_on` (first
        day on which she orders no more; exponential).

    Source: the Pareto/NBD model, Schmittlein, Morrison and Colombo, Management Science 33 (1987); Fader and Hardie,
    "A Note on Deriving the Pareto/NBD Model" (2005).
    """
    buys = settings.purchases
    spread = _gamma(buys.rate_shape) / buys.rate_shape
    # The mean of 1 / rate is scale / (shape - 1), so that the mean lifetime is what the settings say.
    leaving = _gamma(buys.lifetime_shape) / (buys.mean_lifetime_days * (buys.lifetime_shape - 1))
    block = F.floor(F.col("n") / 10)
    starts = draws.choice(dict.fromkeys(HOUSEHOLDS, 1.0), "households", block)
    housemate = block * 10 + F.substring(starts, (F.col("n") % 10 + 1).cast("int"), F.lit(1)).cast("int")
    joined = F.date_add(F.lit(settings.first_day), draws.below(KNOWN_DAYS + JOINING_DAYS, "joined", "n") - KNOWN_DAYS)
    people = spark.range(0, count, 1, partitions).withColumnRenamed("id", "n")
    return people.select(
        F.format_string("p%d", "n").alias("person_id"),
        F.format_string("h%d", housemate).alias("household_id"),
        F.format_string("c%d", "n").alias("customer_id"),
        F.lit(True).alias("is_holder"),
        _type(settings, draws, "n").alias("customer_type"),
        joined.alias("member_from"),
        (draws.quantile(spread, "rate", "n") * buys.orders_per_year / 365.25).alias("rate"),
        draws.quantile(leaving, "drop-out rate", "n").alias("drop_out_rate"),
        "n",
    ).select(
        *PERSON,
        F.col("member_from").alias("first_order_date"),
        "rate",
        "drop_out_rate",
        F.date_add(
            "member_from",
            F.least(draws.exponential(1 / F.col("drop_out_rate"), "lifetime", "n") + 1, F.lit(200_000.0)).cast("int"),
        ).alias("left_on"),
    )


def persons(households: DataFrame, settings: Simulation, draws: Draws) -> DataFrame:
    """One to four persons behind each customer of a retailer who knows households: the columns `PERSON`.

    Args:
        households: with customer_id; each is a loyalty card that her household shares.
    """
    sizes = {"1": 0.3, "2": 0.35, "3": 0.2, "4": 0.15}
    size = draws.choice(sizes, "household size", "customer_id").cast("int")
    joined = F.date_sub(F.lit(settings.first_day), draws.below(KNOWN_DAYS, "joined", "customer_id"))
    each = households.select(
        "customer_id", F.explode(F.sequence(F.lit(1), size)).alias("place"), joined.alias("joined")
    )
    return each.select(
        F.format_string("p%s-%d", "customer_id", "place").alias("person_id"),
        F.format_string("h%s", "customer_id").alias("household_id"),
        "customer_id",
        (F.col("place") == 1).alias("is_holder"),
        _type(settings, draws, "customer_id").alias("customer_type"),
        F.col("joined").alias("member_from"),
    )


def days_between(first: Column | date, last: Column | date) -> Column:
    """All days from the first to the last; none when there is none between."""
    first, last = (F.lit(day) if isinstance(day, date) else day for day in (first, last))
    return F.when(first <= last, F.sequence(first, last))


def _type(settings: Simulation, draws: Draws, key: str) -> Column:
    return draws.choice({name: kind.share for name, kind in settings.types.items()}, "type", key)


def _gamma(shape: float, size: int = 4096) -> np.ndarray:
    """Equally likely values of a gamma distribution of scale 1."""
    return special.gammaincinv(shape, (np.arange(size) + 0.5) / size)
