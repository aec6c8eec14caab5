"""Catalogue of the base: products, stores, prices by zone and week, and the choice of a product within a category."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings

DEPARTMENTS = ("Grocery", "Fresh", "Household", "Fashion", "Electronics", "Home", "Beauty", "Toys")
WEB, WEB_ZONE = "web", 0  # the web shop is a store, without doors
CHOICE_SCHEMA = (
    """category int, zone int, week int, bounds array<double>, price array<double>, list_price array<double>"""
)


def compute_week(day: date, settings: SimulatorSettings) -> int:
    """Number of the price week of a day; week 0 begins on the first day, earlier weeks are negative."""
    return (day - settings.first_day).days // 7


def build_products(settings: SimulatorSettings, draws: Draws) -> pd.DataFrame:
    """All products, one row each, with the hidden columns `sensitivity` and `attractiveness`.

    On the driver: one row a product.
    """
    shape = settings.catalogue
    random = draws.generator("catalogue")
    category = np.repeat(np.arange(shape.categories), shape.products_per_category)
    count = len(category)
    level = np.exp(random.normal(1.5, 0.7, shape.categories))[category]
    list_price = np.round(level * np.exp(random.normal(0, 0.25, count)) + 0.5, 2)
    launched = random.integers(-900, 330, count)
    # One in ten is new in the year; all others were there before. One in twenty ends within two years.
    launched = np.where(random.random(count) < 0.1, np.maximum(launched, 0), -np.abs(launched) - 100)
    ends = np.where(random.random(count) < 0.05, launched + random.integers(200, 730, count), np.nan)
    sensitivity = random.uniform(shape.min_sensitivity, shape.max_sensitivity, shape.categories)
    place = np.arange(count) % shape.products_per_category
    return pd.DataFrame(
        {
            "product_id": [f"{c:03d}-{j:03d}" for c, j in zip(category, place, strict=True)],
            "department": [DEPARTMENTS[c % len(DEPARTMENTS)] for c in category],
            "category": [f"Category {c}" for c in category],
            "product_type": [f"Type {c}-{j % 5}" for c, j in zip(category, place, strict=True)],
            "brand": [f"Brand {b}" for b in random.integers(0, max(2, count // 8), count)],
            "is_private_label": random.random(count) < 0.2,
            "package_size": [f"{s} g" for s in random.choice([100, 250, 500, 1000], count)],
            "cost": np.round(list_price * random.uniform(0.45, 0.75, count), 2),
            "list_price": list_price,
            "launch_date": [_add_days(settings, days) for days in launched],
            "end_date": [_add_days(settings, days) for days in ends],
            "category_number": category,
            "sensitivity": sensitivity[category],
            "attractiveness": random.normal(0, 0.6, count),
        }
    )


def draw_prices(
    catalogue: pd.DataFrame, settings: SimulatorSettings, draws: Draws, first: date, last: date
) -> pd.DataFrame:
    """Price of each product by zone and week: the list price times a random step.

    Prices are randomised in every zone and week, so that elasticities can be recovered.
    """
    steps = settings.catalogue.price_steps
    factors, shares = np.array(list(map(float, steps))), np.array(list(steps.values()))
    weeks = []
    for week in range(compute_week(first, settings), compute_week(last, settings) + 1):
        for zone in range(settings.catalogue.price_zones):
            random = draws.generator("prices", week + 10_000, zone)
            factor = random.choice(factors, len(catalogue), p=shares / shares.sum())
            starts = settings.first_day + timedelta(days=7 * week)
            weeks.append(
                pd.DataFrame(
                    {
                        "product_id": catalogue["product_id"],
                        "price_zone": zone,
                        "valid_from": starts,
                        "valid_until": starts + timedelta(days=6),
                        "price": np.round(catalogue["list_price"].to_numpy() * factor, 2),
                        "week": week,
                    }
                )
            )
    return pd.concat(weeks, ignore_index=True)


def compute_choice_shares(attractiveness: np.ndarray, sensitivity: np.ndarray, prices: np.ndarray) -> np.ndarray:
    """Share of each product in its category's sales (multinomial logit).

    Args:
        attractiveness: utility of each product at a price of 1.
        sensitivity: utility lost for each unit of the log price; the category's.
        prices: currency; nan for a product that is not on sale.

    Source: McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior" (1974).
    """
    weights = np.exp(attractiveness - sensitivity * np.log(prices))
    weights = np.where(np.isnan(weights), 0, weights)
    return weights / weights.sum(axis=-1, keepdims=True)


def build_choice_table(
    spark: SparkSession, catalogue: pd.DataFrame, priced: pd.DataFrame, settings: SimulatorSettings
) -> DataFrame:
    """The columns of `CHOICE_SCHEMA`: per category, zone and week the cumulative choice shares and the prices."""
    per = settings.catalogue.products_per_category
    count = len(catalogue)
    sold = priced["price"].to_numpy().reshape(-1, count).copy()
    starts = priced["valid_from"].to_numpy().reshape(-1, count)
    launched, ended = (pd.to_datetime(catalogue[name]).to_numpy() for name in ("launch_date", "end_date"))
    on = pd.to_datetime(starts.ravel()).to_numpy().reshape(starts.shape)
    # A product that is launched or ends within a week is not sold in that week.
    missing = (on < launched) | ~(pd.isna(ended) | (on + np.timedelta64(7, "D") <= ended))
    sold[missing] = np.nan
    hidden = {name: catalogue[name].to_numpy().reshape(-1, per) for name in ("attractiveness", "sensitivity")}
    by_category = sold.reshape(len(sold), -1, per)
    # Prices relative to the list price, so that an expensive product is not less attractive as such.
    relative = by_category / catalogue["list_price"].to_numpy().reshape(-1, per)
    bounds = np.cumsum(compute_choice_shares(hidden["attractiveness"], hidden["sensitivity"], relative), axis=2)
    listed = catalogue["list_price"].to_numpy().reshape(-1, per).tolist()
    keys = priced[["price_zone", "week"]].to_numpy()[::count].tolist()
    rows = [
        (
            category,
            zone,
            week,
            bounds[row, category, :-1].tolist(),
            by_category[row, category].tolist(),
            prices,
        )
        for row, (zone, week) in enumerate(keys)
        for category, prices in enumerate(listed)
    ]
    return spark.createDataFrame(rows, CHOICE_SCHEMA).coalesce(1)


def compute_elasticities(catalogue: pd.DataFrame) -> pd.DataFrame:
    """Own price elasticity of each product, and cross elasticity of the others of its category to its price.

    At list prices and all products sold: own = -sensitivity x (1 - share), cross = sensitivity x share.

    Returns:
        product_id, sensitivity, share, own_elasticity, cross_elasticity.
    """
    weights = np.exp(catalogue["attractiveness"])
    share = weights / weights.groupby(catalogue["category_number"]).transform("sum")
    return pd.DataFrame(
        {
            "product_id": catalogue["product_id"],
            "sensitivity": catalogue["sensitivity"],
            "share": share,
            "own_elasticity": -catalogue["sensitivity"] * (1 - share),
            "cross_elasticity": catalogue["sensitivity"] * share,
        }
    )


def export_products(spark: SparkSession, catalogue: pd.DataFrame, settings: SimulatorSettings) -> DataFrame:
    """Product list as the shop sends it, once and before the first day; without hidden columns."""
    visible = catalogue.drop(columns=["category_number", "sensitivity", "attractiveness"])
    types = {"is_private_label": "boolean", "cost": "double", "list_price": "double"}
    typed = ", ".join(f"{name} {types.get(name, 'string')}" for name in visible.columns)
    rows = visible.assign(**{name: visible[name].map(_format_day) for name in ("launch_date", "end_date")})
    frame = spark.createDataFrame(rows.astype(object).where(rows.notna(), None).values.tolist(), typed).coalesce(1)
    return frame.withColumn("updated_at", _first_moment(settings))


def export_stores(spark: SparkSession, settings: SimulatorSettings) -> DataFrame:
    """Raw stores with the web shop: store_id, price_zone, time_zone, updated_at."""
    zones = settings.catalogue.price_zones
    numbers = spark.range(-1, settings.catalogue.stores).coalesce(1)
    is_web = F.col("id") < 0
    return numbers.select(
        F.when(is_web, WEB).otherwise(F.format_string("s%d", "id")).alias("store_id"),
        F.format_string("z%d", F.when(is_web, WEB_ZONE).otherwise(F.col("id") % zones)).alias("price_zone"),
        F.lit("UTC").alias("time_zone"),
        _first_moment(settings).alias("updated_at"),
    )


def export_prices(spark: SparkSession, priced: pd.DataFrame) -> DataFrame:
    """Price list as the shop sends it: product_id, price_zone, valid_from, valid_until, price."""
    rows = spark.createDataFrame(priced.drop(columns="week"))
    zone = F.format_string("z%d", F.col("price_zone"))
    return rows.select("product_id", zone.alias("price_zone"), "valid_from", "valid_until", "price")


def _first_moment(settings: SimulatorSettings) -> Column:
    return F.lit(settings.first_day).cast("timestamp")


def _format_day(day: date | None) -> str | None:
    return day.isoformat() if isinstance(day, date) else None


def _add_days(settings: SimulatorSettings, days: float) -> date | None:
    return None if np.isnan(days) else settings.first_day + timedelta(days=int(days))
