"""Purchases of customers with habits, from a seed: frames for Spark, and the same rows for pandas."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

FIRST_DAY = date(2025, 1, 1)
LINES = """customer_id string, product_id string, booked_date date, quantity bigint, net_amount decimal(18,2),
    discount_amount decimal(18,2)"""


def habits(customers: int = 40, products: int = 30, days: int = 90, seed: int = 5) -> pd.DataFrame:
    """A row a line. Each customer buys some products every few days, and now and then one by chance."""
    chance = random.Random(seed)
    rows = []
    for customer in range(customers):
        usual = {product: chance.randint(3, 25) for product in chance.sample(range(products), 5)}
        for day in range(days):
            bought = {product for product, gap in usual.items() if chance.random() < 1 / gap}
            if chance.random() < 0.15:
                bought.add(min(int(chance.expovariate(0.2)), products - 1))
            for product in sorted(bought):
                price, discount = Decimal(chance.randint(50, 900)) / 100, Decimal(chance.choice([0, 0, 25])) / 100
                when = FIRST_DAY + timedelta(days=day)
                rows.append((f"c{customer:02}", f"p{product:02}", when, chance.randint(1, 3), price, discount))
    return pd.DataFrame(rows, columns=[part.split()[0] for part in LINES.replace("18,2", "").split(",")])
