"""A small shop whose customers buy by the clock: what is in its tables, how it is trained on, and its lists."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from pyspark.sql import SparkSession

import train_recommender
from marketlake.tables.customers import CUSTOMERS as CUSTOMERS_TABLE
from marketlake.tables.identity import CONSENTS, PRIVACY_REQUESTS
from marketlake.tables.market import STOCK_LEVELS
from marketlake.tables.orders import ORDER_LINES
from marketlake.tables.products import PRODUCTS
from tests.helpers.small_shop import Shop

FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 5, 20)
CUSTOMERS, CYCLES, RARE = 60, 40, 40
SMALL = (
    "jobs.train_recommender.period_days=14",
    "jobs.train_recommender.als={rank: 4, iterations: 3, warm_iterations: 1}",
    "jobs.train_recommender.ranker={trees: 25}",
    "jobs.train_recommender.fallback={columns: [age_band], min_customers: 5}",
)
ASKED = ("jobs.recommend_products.length=6", "jobs.recommend_products.explore_slots=2")


def cycles() -> list[dict[int, tuple[int, int]]]:
    """Of each customer twelve products that she buys by the clock: every so many days, first on a day."""
    chance = random.Random(7)
    return [
        {product: (chance.randint(20, 40), chance.randint(0, 39)) for product in chance.sample(range(CYCLES), 12)}
        for _ in range(CUSTOMERS)
    ]


def lines() -> list[tuple[Any, ...]]:
    """silver.order_lines: what is bought by the clock, and now and then something by chance.

    How often says little of the next fortnight; how long ago says all: a ranker can be better than own frequency.
    """
    chance = random.Random(11)
    rows = []
    for customer, cycle in enumerate(cycles()):
        for day in range((LAST_DAY - FIRST_DAY).days + 1):
            bought = {product for product, (gap, start) in cycle.items() if day % gap == start % gap}
            if chance.random() < 0.2:
                bought.add(CYCLES + min(int(chance.expovariate(0.1)), RARE - 1))
            when = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), timezone.utc)
            for product in sorted(bought):
                price = Decimal(chance.randint(100, 900)) / 100
                rows.append((
                    f"o{customer}-{day}", f"{product}", f"c{customer:02}", "s1", f"p{product:02}", when, when.date(), 1,
                    price, Decimal(0), price, Decimal(0), [], when, "test",
                ))  # fmt: skip
    return rows


def fill(shop: Shop, spark: SparkSession) -> None:
    """Purchases, a product out of stock, one that ended, and a customer who objected.

    Twenty customers are 19-24. `new young`, `new` and `new objected` never bought, `past` only a product that ended.
    """
    context = shop.context(train_recommender.JOB, LAST_DAY)
    bought = lines()
    past = list(next(row for row in bought if row[4] == "p01"))
    past[0], past[2] = "o past", "past"
    context.merge(ORDER_LINES, spark.createDataFrame([*bought, tuple(past)], ORDER_LINES.schema))
    now = datetime(2025, 5, 1, tzinfo=timezone.utc)
    ages = {f"c{n:02}": "19-24" for n in range(20)} | {"new young": "19-24", "new": None, "new objected": "19-24"}
    people = [(name, age, None, None, None, None, None, None, now, "test") for name, age in ages.items()]
    context.merge(CUSTOMERS_TABLE, spark.createDataFrame(people, CUSTOMERS_TABLE.schema))
    said = [("c01", True), ("c02", False), ("new", True)]
    consents = [(name, "marketing", "email", granted, now, now, "test") for name, granted in said]
    context.merge(CONSENTS, spark.createDataFrame(consents, CONSENTS.schema))
    products = [
        (f"p{n:02}", None, "Food", f"type {n % 9}", None, None, None, None, None, None, LAST_DAY - timedelta(days=1)
         if n == 1 else None, now, "test") for n in range(CYCLES + RARE)
    ]  # fmt: skip
    context.merge(PRODUCTS, spark.createDataFrame(products, PRODUCTS.schema))
    stock = [("p02", "s1", LAST_DAY, 0, now, "test"), ("p03", "s1", LAST_DAY, 4, now, "test")]
    context.merge(STOCK_LEVELS, spark.createDataFrame(stock, STOCK_LEVELS.schema))
    refused = [("r1", "c05", "objection", now, now, "test"), ("r2", "c06", "access", now, now, "test")]
    refused.append(("r3", "new objected", "erasure", now, now, "test"))
    context.merge(PRIVACY_REQUESTS, spark.createDataFrame(refused, PRIVACY_REQUESTS.schema))


def lists_of(shop: Shop, day: date = LAST_DAY, campaign: str = "everyday") -> dict[str, list[dict[str, Any]]]:
    """The lists of a day and campaign by customer."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(shop.rows("gold.recommendations"), key=lambda row: row["rank"]):
        if (row["run_date"], row["campaign"]) == (day, campaign):
            found.setdefault(row["customer_id"], []).append(row)
    return found


def products(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["product_id"], row["list_type"]) for row in found]
