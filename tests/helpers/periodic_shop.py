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
from tests.helpers.rows import table_rows
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


def bought_line(order: str, line: str, customer: str, product: str, *, day: date, price: Decimal) -> dict[str, Any]:
    """A row of silver.order_lines."""
    when = datetime.combine(day, datetime.min.time(), timezone.utc)
    return {
        "order_id": order, "order_source": "test", "line_id": line, "customer_id": customer, "store_id": "s1",
        "product_id": product, "ordered_at": when, "order_date": day, "booked_date": day, "quantity": Decimal(1),
        "list_amount": price, "discount_amount": Decimal(0), "net_amount": price, "coupon_amount": Decimal(0),
        "flags": [], "updated_at": when, "source": "test",
    }  # fmt: skip


def lines() -> list[dict[str, Any]]:
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
            when = FIRST_DAY + timedelta(days=day)
            for product in sorted(bought):
                price = Decimal(chance.randint(100, 900)) / 100
                order = f"o{customer}-{day}"
                rows.append(
                    bought_line(order, f"{product}", f"c{customer:02}", f"p{product:02}", day=when, price=price)
                )
    return rows


def fill(shop: Shop, spark: SparkSession) -> None:
    """Purchases, a product out of stock, one that ended, and a customer who objected.

    Twenty customers are 19-24. `new young`, `new` and `new objected` never bought, `past` only a product that ended.
    """
    context = shop.context(train_recommender.JOB, LAST_DAY)
    bought = lines()
    past = next(row for row in bought if row["product_id"] == "p01") | {"order_id": "o past", "customer_id": "past"}
    context.merge(ORDER_LINES, table_rows(spark, ORDER_LINES, [*bought, past]))
    now = datetime(2025, 5, 1, tzinfo=timezone.utc)
    ages = {f"c{n:02}": "19-24" for n in range(20)} | {"new young": "19-24", "new": None, "new objected": "19-24"}
    same: dict[str, Any] = {"updated_at": now, "source": "test"}
    people = [{"customer_id": name, "age_band": age} for name, age in ages.items()]
    context.merge(CUSTOMERS_TABLE, table_rows(spark, CUSTOMERS_TABLE, people, **same))
    said = [("c01", True), ("c02", False), ("new", True)]
    consents = [{"customer_id": name, "is_granted": granted} for name, granted in said]
    asked: dict[str, Any] = {"purpose": "marketing", "channel": "email", "changed_at": now}
    context.merge(CONSENTS, table_rows(spark, CONSENTS, consents, **asked, **same))
    ended = {1: LAST_DAY - timedelta(days=1)}
    products = [
        {"product_id": f"p{n:02}", "category": "Food", "product_type": f"type {n % 9}", "end_date": ended.get(n)}
        for n in range(CYCLES + RARE)
    ]
    context.merge(PRODUCTS, table_rows(spark, PRODUCTS, products, **same))
    stock = [{"product_id": "p02", "units": 0}, {"product_id": "p03", "units": 4}]
    context.merge(STOCK_LEVELS, table_rows(spark, STOCK_LEVELS, stock, store_id="s1", stock_date=LAST_DAY, **same))
    refused = [("r1", "c05", "objection"), ("r2", "c06", "access"), ("r3", "new objected", "erasure")]
    requests = [{"request_id": name, "customer_id": customer, "kind": kind} for name, customer, kind in refused]
    context.merge(PRIVACY_REQUESTS, table_rows(spark, PRIVACY_REQUESTS, requests, requested_at=now, **same))


def lists_of(shop: Shop, day: date = LAST_DAY, campaign: str = "everyday") -> dict[str, list[dict[str, Any]]]:
    """The lists of a day and campaign by customer."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(shop.rows("gold.recommendations"), key=lambda row: row["rank"]):
        if (row["run_date"], row["campaign"]) == (day, campaign):
            found.setdefault(row["customer_id"], []).append(row)
    return found


def products(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["product_id"], row["list_type"]) for row in found]
