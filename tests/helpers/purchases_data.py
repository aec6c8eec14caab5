"""Purchases by chance, from a seed, with what is odd in real ones, and what they add up to by pandas."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

DAYS = [date(2025, 3, 1) + timedelta(days=n) for n in range(8)]
HOURS, WEEKDAYS = range(24), range(1, 8)

ORDERS = """order_id string, customer_id string, store_id string, booked_date date, local_hour int, local_weekday int,
    quantity bigint, net_amount decimal(18,2), discount_amount decimal(18,2), coupon_amount decimal(18,2)"""
LINES = """order_id string, customer_id string, product_id string, booked_date date, quantity bigint,
    net_amount decimal(18,2)"""
RETURNS = "customer_id string, return_date date, amount decimal(18,2)"
PRODUCTS = "product_id string, category string, brand string, is_private_label boolean"

# One product without a category and a brand; p9 is bought and not among them.
KNOWN_PRODUCTS = [
    ("p1", "Bread", "Miller", False),
    ("p2", "Milk", "Own", True),
    ("p3", "Bread", "Own", True),
    ("p4", None, None, None),
    ("p5", "Apples", "Garden", False),
]


@dataclass
class Purchases:
    """The frames that totals are made from, and the same rows for pandas."""

    orders: DataFrame
    lines: DataFrame
    products: DataFrame
    returns: DataFrame
    order_rows: pd.DataFrame
    line_rows: pd.DataFrame
    return_rows: pd.DataFrame


def purchases(spark: SparkSession, seed: int = 7, count: int = 70) -> Purchases:
    """Some orders of a dozen customers over eight days.

    By hand: `new` comes on the last day only, `gone` on the first only, `bare` has an order without any line and
    nothing known of it, an order has no customer, and
    `back` brings something back and buys nothing.
    """
    chance = random.Random(seed)
    orders, lines = [], []
    fixed = [("new", DAYS[-1]), ("gone", DAYS[0]), (None, DAYS[1]), ("bare", DAYS[0]), ("bare", DAYS[-1])]
    drawn = [(f"c{chance.randint(1, 9)}", chance.choice(DAYS)) for _ in range(count)]
    for number, (customer, day) in enumerate([*fixed, *drawn]):
        bought = [] if customer == "bare" else _lines(chance, f"o{number}", customer, day)
        orders.append(_order(chance, f"o{number}", customer, day, bought))
        lines += bought
    returns = [(f"c{chance.randint(1, 9)}", chance.choice(DAYS), _money(chance)) for _ in range(count // 5)]
    returns += [("back", DAYS[2], Decimal("4.50")), (None, DAYS[2], Decimal("1.00"))]
    order_rows, line_rows, return_rows = (
        pd.DataFrame(rows, columns=[part.split()[0] for part in schema.replace("18,2", "").split(",")], dtype=object)
        for rows, schema in ((orders, ORDERS), (lines, LINES), (returns, RETURNS))
    )
    return Purchases(
        spark.createDataFrame(orders, ORDERS).coalesce(2).cache(),
        spark.createDataFrame(lines, LINES).coalesce(2).cache(),
        spark.createDataFrame(KNOWN_PRODUCTS, PRODUCTS).coalesce(1).cache(),
        spark.createDataFrame(returns, RETURNS).coalesce(2).cache(),
        order_rows,
        line_rows,
        return_rows,
    )


def _lines(chance: random.Random, order: str, customer: str | None, day: date) -> list[tuple]:
    products = chance.sample(["p1", "p2", "p3", "p4", "p5", "p9"], chance.randint(1, 4))
    return [(order, customer, p, day, chance.choice([0, 1, 1, 2, 5]), _money(chance)) for p in products]


def _order(chance: random.Random, order: str, customer: str | None, day: date, lines: list[tuple]) -> tuple:
    if not lines:
        return (order, customer, None, day, None, None, None, Decimal("0.00"), None, None)
    store = chance.choice(["s1", "s2", "s3", None])
    discount = chance.choice([Decimal("0.00"), _money(chance)])
    coupon = chance.choice([None, Decimal("0.00"), _money(chance)])
    quantity, net = sum(line[4] for line in lines), sum((line[5] for line in lines), Decimal("0.00"))
    when = (day, chance.choice([9, 12, 18, None]), day.isoweekday())
    return (order, customer, store, *when, quantity, net, discount, coupon)


def _money(chance: random.Random) -> Decimal:
    return Decimal(chance.randint(1, 900)) / 100


def expected_profile(data: Purchases, customer: str, as_of: date) -> dict[str, Any]:
    """A customer's profile by plain Python over pandas' rows, written without a look at the Spark code."""
    orders = data.order_rows[data.order_rows["customer_id"] == customer]
    lines = data.line_rows[data.line_rows["customer_id"] == customer]
    returns = data.return_rows[data.return_rows["customer_id"] == customer]["amount"]
    known = {product[0]: product for product in KNOWN_PRODUCTS}
    bought = zip(lines["product_id"], lines["quantity"], lines["net_amount"], strict=True)
    named = [(known.get(name, (name, None, None, None)), units, paid) for name, units, paid in bought]
    by_category: dict[str, dict[str, Any]] = {}
    for product, quantity, net in named:
        entry = by_category.setdefault(product[1] or "UNKNOWN", {"net_amount": Decimal(0), "quantity": 0})
        entry["net_amount"] += net
        entry["quantity"] += quantity
    stores = orders["store_id"].fillna("UNKNOWN").value_counts().to_dict()
    hours = [int((orders["local_hour"] == hour).sum()) for hour in HOURS]
    weekdays = [int((orders["local_weekday"] == day).sum()) for day in WEEKDAYS]
    net, discount = _sum(orders["net_amount"]), _sum(orders["discount_amount"])
    own = sum((n for product, _, n in named if product[3]), Decimal(0)) if named else None
    brands = sorted({product[2] for product, _, _ in named if product[2]})
    products = sorted(set(lines["product_id"]))
    first, last = (min(orders["booked_date"]), max(orders["booked_date"])) if len(orders) else (None, None)
    if first is None:
        net = Decimal(0)
    back = sum(returns, Decimal(0))
    return {
        "customer_id": customer,
        "first_order_date": first,
        "last_order_date": last,
        "recency_days": (as_of - last).days if last else None,
        "tenure_days": (as_of - first).days if first else None,
        "order_count": len(orders),
        "active_days": orders["booked_date"].nunique(),
        "quantity": _sum(orders["quantity"]) if len(orders) else 0,
        "gross_sales": net,
        "returns_amount": back,
        "net_sales": net - back,
        "return_count": len(returns),
        "discount_amount": discount,
        "coupon_amount": _sum(orders["coupon_amount"]),
        "average_order_amount": (net / len(orders)).quantize(Decimal("0.0001"), "ROUND_HALF_UP") if first else None,
        "discount_share": float(discount) / float(net + discount) if discount is not None else None,
        "coupon_order_count": int((orders["coupon_amount"].fillna(Decimal(0)) > 0).sum()),
        "private_label_amount": own,
        "private_label_share": float(own) / float(net) if named else None,
        "orders_by_hour": hours,
        "orders_by_weekday": weekdays,
        "orders_by_store": stores,
        "store_count": len(stores),
        "favourite_hour": _first_most(dict(zip(HOURS, hours, strict=True))),
        "favourite_weekday": _first_most(dict(zip(WEEKDAYS, weekdays, strict=True))),
        "favourite_store_id": _first_most(stores),
        "by_category": by_category or None,
        "category_count": len(by_category) or None,
        "favourite_category": _first_most({name: entry["net_amount"] for name, entry in by_category.items()}),
        "brands": brands if named else None,
        "brand_count": len(brands) if named else None,
        "products": products or None,
        "product_count": len(products) or None,
    }


def _sum(column: pd.Series) -> Any:
    present = [value for value in column if value is not None]
    return sum(present[1:], present[0]) if present else None


def _first_most(counts: dict[Any, Any]) -> Any:
    """The key with the largest value, the first of equals; none when nothing was counted."""
    most = max(counts.values(), default=0)
    return min((key for key, value in counts.items() if value == most), default=None) if most else None
