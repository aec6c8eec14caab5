"""Rules on a small lake: mined in processes and by MLlib, run again, and served without Spark."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession
from tests.helpers.rows import table_rows
from tests.helpers.small_shop import Shop

import mine_baskets
from marketlake.tables.orders import ORDER_LINES
from marketlake.tables.products import PRODUCTS
from marketlake.tables.segments import CUSTOMER_SEGMENTS

FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 2, 28)
SMALL = (
    "jobs.mine_baskets.window_days=60",
    "jobs.mine_baskets.holdout_days=14",
    "jobs.mine_baskets.min_support={product: 0.02, product_type: 0.02, category: 0.05}",
    "jobs.mine_baskets.min_baskets=50",
    "jobs.mine_baskets.min_count=5",
    "jobs.mine_baskets.max_basket_size=20",
)
PER_DAY, GIANT = 12, "o-giant"


def lines() -> list[dict[str, Any]]:
    """silver.order_lines: a dozen pairs, as buns and sausages, and the rest by chance; one order has everything."""
    chance = random.Random(4)
    rows = []
    days = [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]
    orders = [(f"o{day}-{n}", day, f"c{n}", f"s{n % 2}") for day in days for n in range(PER_DAY)]
    for order, day, customer, store in [*orders, (GIANT, days[3], "c1", "s1")]:
        basket = {f"p{min(int(chance.expovariate(0.15)), 29):02}" for _ in range(chance.randint(1, 4))}
        if chance.random() < 0.7:
            first = 30 + 2 * chance.randrange(12)
            basket |= {f"p{first}", f"p{first + 1}"} if chance.random() < 0.85 else {f"p{first}"}
        if order == GIANT:
            basket = {f"p{n:02}" for n in range(60)}
        when = datetime.combine(day, datetime.min.time(), timezone.utc)
        for product in sorted(basket):
            rows.append({
                "order_id": order, "order_source": "test", "line_id": product, "customer_id": customer,
                "store_id": store, "product_id": product, "ordered_at": when, "order_date": day, "booked_date": day,
                "quantity": Decimal(1), "updated_at": when, "source": "test",
                **dict.fromkeys(("list_amount", "discount_amount", "net_amount", "coupon_amount"), Decimal(0)),
            })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def mined(bare: Shop, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A lake with baskets, products and one segment, and its rules."""
    shop = bare.copy_to(tmp_path_factory.mktemp("baskets"))
    context = shop.context(mine_baskets.JOB, LAST_DAY)
    context.merge(ORDER_LINES, table_rows(spark, ORDER_LINES, lines()))
    now = datetime(2025, 1, 1, tzinfo=timezone.utc)
    products = [{"product_id": f"p{n:02}", "category": "Food", "product_type": f"type {n % 30}"} for n in range(60)]
    priced: dict[str, Any] = {"cost": Decimal(1), "list_price": Decimal(3), "updated_at": now, "source": "test"}
    context.merge(PRODUCTS, table_rows(spark, PRODUCTS, products, **priced))
    schemes = {"rfm": "Champions", "other": "Elsewhere"}
    segments = [(LAST_DAY, scheme, f"c{n}", name) for scheme, name in schemes.items() for n in range(6)]
    context.replace_day(CUSTOMER_SEGMENTS, spark.createDataFrame(segments, CUSTOMER_SEGMENTS.schema))
    outcome = shop.run(mine_baskets.JOB, LAST_DAY, *SMALL)
    assert outcome["exit_code"] == 0, outcome["cause"]
    return shop


def of(shop: Shop, **chosen: str) -> dict[tuple[tuple[str, ...], str], dict[str, Any]]:
    rows = (
        row for row in shop.rows("gold.association_rules") if all(row[name] == value for name, value in chosen.items())
    )
    return {(tuple(row["antecedent"]), row["consequent"]): row for row in rows}


def test_what_goes_together_is_found_and_holds(mined: Shop) -> None:
    every = of(mined, level="product", scope_type="all")
    rule = every[("p51",), "p50"]
    bought = [(row["order_id"], row["product_id"], row["order_date"]) for row in lines()]
    days = LAST_DAY - timedelta(days=14)
    earlier, later = ({order for order, _, day in bought if (day <= days) == first} for first in (True, False))
    bun, sausage = "p50", "p51"
    with_bun, with_sausage = ({order for order, item, _ in bought if item == name} for name in (bun, sausage))
    # The giant keeps its twenty most common products, and sausages are not among them.
    with_sausage -= {GIANT}
    assert rule["baskets"] == len(earlier)
    assert rule["count"] == rule["antecedent_count"] == len(with_sausage & earlier)
    assert rule["consequent_count"] == len(with_bun & earlier - {GIANT})
    assert (rule["confidence"], rule["holdout_confidence"], rule["is_replicated"]) == (1.0, 1.0, True)
    assert rule["holdout_baskets"] == len(later)
    assert rule["holdout_count"] == len(with_sausage & later)
    assert of(mined, level="product_type", scope_type="all")[("type 21",), "type 20"]["is_replicated"]


def test_parts_are_mined_by_themselves(mined: Shop) -> None:
    rows = mined.rows("gold.association_rules")
    assert {(row["scope_type"], row["scope_value"]) for row in rows} == {
        ("all", "all"), ("segment", "Champions"), ("store", "s0"), ("store", "s1"),
    }  # fmt: skip
    # The only channel has the baskets of all customers, and is not mined again.
    parts = [of(mined, level="product", scope_value=value)[("p51",), "p50"] for value in ("s0", "s1", "all")]
    assert parts[0]["count"] + parts[1]["count"] == parts[2]["count"]


def test_mllib_ends_in_the_same_rules(mined: Shop, tmp_path: Path) -> None:
    shop = mined.copy_to(tmp_path)
    only = ("jobs.mine_baskets.scope_types=[]", "jobs.mine_baskets.min_support={product: 0.02}")
    outcome = shop.run(mine_baskets.JOB, LAST_DAY, *SMALL, *only, "jobs.mine_baskets.max_items_in_memory=1")
    assert outcome["exit_code"] == 0, outcome["cause"]
    every = of(mined, level="product", scope_type="all")
    assert len(every) > 1
    assert of(shop) == every


def test_a_run_again_ends_in_the_same_rules(mined: Shop, tmp_path: Path) -> None:
    shop = mined.copy_to(tmp_path)
    outcome = shop.run(mine_baskets.JOB, LAST_DAY, *SMALL)
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert shop.contents("gold.association_rules") == mined.contents("gold.association_rules")


def test_too_few_baskets_are_said(mined: Shop) -> None:
    outcome = mined.run(mine_baskets.JOB, FIRST_DAY + timedelta(days=15), *SMALL)
    assert outcome["exit_code"] == 3
    assert "no scope has 50 baskets" in outcome["cause"]
    outcome = mined.run(mine_baskets.JOB, LAST_DAY, *SMALL, "jobs.mine_baskets.min_support={shelf: 0.1}")
    assert (outcome["exit_code"], "shelf" in outcome["cause"]) == (2, True)


def test_the_scorer_offers_without_spark(mined: Shop, tmp_path: Path) -> None:
    program = f"""
import sys
sys.modules["pyspark"] = None
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///{mined.config().path("var/mlflow.db")}")
model = mlflow.pyfunc.load_model("models:/{mine_baskets.MODEL}@champion")
mine = pd.DataFrame({{"basket": ["mine"], "product_id": ["p51"]}})
offers = model.predict(mine)
print(offers["product_id"][0], offers["margin"][0], len(offers), len(model.predict(mine, params={{"length": 2}})))
"""
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == "p50 2.0 5 2"
