"""Payments, cancellations and returns of the simulated shop, as its files tell them, against the truth."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.frames.cache import FrameCache
from marketlake.simulator import data_errors, raw_files, returns
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.orders import MONEY, draw_time_of_day
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.systems import SYSTEMS
from marketlake.simulator.world import DAYS_BEFORE, MAX_DELAY_DAYS

SETTINGS = SimulatorSettings(
    catalogue={"categories": 6},
    returns={"line_share": 0.1},
    data_errors={"duplicate_share": 0.05, "wrong_type_share": 0.0, "broken_line_share": 0.0},
)
FIRST = SETTINGS.first_day
LAST = FIRST + timedelta(days=89)
DRAWS, CUSTOMERS, ORDERS = Draws(8), 500, 6_000
MAX_DAYS = returns.MAX_INVOICE_DAYS + 1 + returns.MAX_RETURN_DAYS
ERRORS = 4  # standard errors between an estimate and the truth


@dataclass(frozen=True)
class Files:
    """Lines of the systems as delivered, with the truth and the lines that were bought."""

    sent: dict[str, DataFrame]
    truth: dict[str, DataFrame]
    lines: DataFrame

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Web orders of the files, each once."""
        rows = pd.DataFrame([json.loads(row.value) for row in self.sent["shop_orders"].collect()])
        rows = rows.drop_duplicates("order_id").set_index("order_id")
        return rows.assign(**{name: pd.to_datetime(rows[name]) for name in ("ordered_at", "paid_at", "cancelled_at")})

    @cached_property
    def returned(self) -> pd.DataFrame:
        """Rows of the returns files, as often as they were sent."""
        rows = self.sent["returns"].toPandas()
        return rows.astype({"line_no": int, "quantity": int, "refund_amount": float})

    @cached_property
    def true_returns(self) -> pd.DataFrame:
        return self.truth["returns"].toPandas().astype({"refund_amount": float})

    @cached_property
    def bought(self) -> pd.DataFrame:
        """Order lines, with the status of their order and what came back of them."""
        payments = self.truth["payments"].drop("order_date").toPandas()
        lines = self.lines.toPandas().merge(payments, on="order_id", how="left")
        back = self.true_returns.set_index(["order_id", "order_line_no"])[["quantity", "refund_amount", "reason"]]
        return lines.join(back.add_prefix("returned_"), on=["order_id", "line_no"])


def make_lines(spark: SparkSession) -> DataFrame:
    """Order lines as `orders.simulate_lines` makes them: a third of the orders online, days and lines at random."""
    person = DRAWS.integer(CUSTOMERS, "person", "id")
    days = (LAST - FIRST).days + 1
    orders = spark.range(ORDERS).select(
        F.format_string("p%d", person).alias("person_id"),
        F.format_string("c%d", person).alias("customer_id"),
        F.format_string("o%d", "id").alias("order_id"),
        DRAWS.bernoulli(1 / 3, "online", "id").alias("is_online"),
        F.date_add(F.lit(FIRST), DRAWS.integer(days, "day", "id")).alias("order_date"),
        F.explode(F.sequence(F.lit(1), 1 + DRAWS.integer(4, "lines", "id"))).alias("line_no"),
    )
    key, shape = ("order_id", "line_no"), SETTINGS.catalogue
    category = F.floor(F.pow(DRAWS.uniform("category", *key), 1.5) * shape.categories).cast("int")
    price = (F.lit(100) + DRAWS.integer(900, "price", *key)) / 100
    quantity = 1 + DRAWS.geometric(0.5, "quantity", *key)
    return (
        orders.withColumn("ordered_at", draw_time_of_day(F.col("order_date"), DRAWS, "order_id"))
        .withColumn("store_id", F.when(F.col("is_online"), "web").otherwise("s1"))
        .withColumns({"product_id": F.format_string("%03d-%03d", category, F.lit(1)), "quantity": quantity})
        .withColumn("net_amount", (price * F.col("quantity")).cast(MONEY))
        .withColumns({"list_amount": F.col("net_amount"), "discount_amount": F.lit(0).cast(MONEY)})
    )


@pytest.fixture(scope="module")
def files(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Files:
    cache, shop = FrameCache(spark, str(tmp_path_factory.mktemp("returns"))), (SETTINGS, DRAWS)
    lines = cache("lines", make_lines(spark))
    returned = cache("returned", returns.simulate_returns(lines, *shop))
    rows = {
        "shop_orders": raw_files.export_web_orders(lines, *shop),
        "returns": returns.export_returns(returned, *shop),
    }
    sent = {
        name: data_errors.deliver_with_errors(rows[name], SYSTEMS[name], SETTINGS.data_errors, DRAWS) for name in rows
    }
    people = lines.select("person_id", "customer_id").distinct()
    known = {
        "payments": returns.simulate_payments(lines, *shop),
        "returns": returned,
        "return_rates": returns.build_return_rates(people, *shop),
    }
    columns = ("order_id", "line_no", "customer_id", "product_id", "order_date", F.col("quantity").alias("units"))
    return Files(sent, known, lines.select(*columns, F.col("net_amount").cast("double")))


def is_near(found: pd.Series, share: float) -> bool:
    """True when the share of true values is within its standard errors."""
    return abs(found.mean() - share) < ERRORS * math.sqrt(share * (1 - share) / len(found))


def test_a_web_order_is_paid_or_cancelled(files: Files) -> None:
    orders, rates = files.orders, SETTINGS.returns
    assert (orders["paid_at"].isna() == orders["cancelled_at"].notna()).all()
    assert is_near(orders["cancelled_at"].notna(), rates.cancelled_share)
    paid = orders[orders["paid_at"].notna()]
    wait = paid["paid_at"] - paid["ordered_at"]
    assert is_near(wait > pd.Timedelta(0), rates.invoice_share)
    assert wait[wait > pd.Timedelta(0)].between(pd.Timedelta(days=1), pd.Timedelta(days=14)).all()
    after = (orders["cancelled_at"] - orders["ordered_at"]).dropna()
    assert after.between(pd.Timedelta(hours=1), pd.Timedelta(hours=12)).all()


def test_the_truth_of_payments_is_that_of_the_files(files: Files) -> None:
    known = files.truth["payments"].toPandas().set_index("order_id")
    told = files.orders
    assert set(known.index) == set(told.index)
    both = told.join(known, rsuffix="_true", how="inner")
    for name in ("paid_at", "cancelled_at"):
        assert both[name].equals(both[f"{name}_true"].astype(both[name].dtype))


def test_returns_of_the_files_add_up_to_the_truth(files: Files) -> None:
    known, told = files.true_returns, files.returned
    assert told.duplicated(["return_id", "line_no"]).mean() > 0.01, "no row was sent twice"
    told = told.drop_duplicates(["return_id", "line_no"])
    assert len(told) == len(known) > 500
    assert told["quantity"].sum() == known["quantity"].sum()
    assert told["refund_amount"].sum() == pytest.approx(known["refund_amount"].sum(), abs=0.001)
    keys = ["return_id", "line_no", "product_id", "quantity", "refund_amount", "reason"]
    assert sorted(told[keys].itertuples(index=False)) == sorted(known[keys].itertuples(index=False))


def test_no_more_is_returned_than_was_bought(files: Files) -> None:
    known, bought = files.true_returns, files.bought
    assert not known.duplicated(["order_id", "order_line_no"]).any()
    back = bought[bought["returned_quantity"].notna()]
    assert len(back) == len(known), "a return of a line that nobody bought"
    assert (back["returned_quantity"] >= 1).all()
    assert (back["returned_quantity"] <= back["units"]).all()
    assert (back["returned_refund_amount"] <= back["net_amount"]).all()
    whole = back["returned_quantity"] == back["units"]
    assert np.array_equal(whole, back["returned_refund_amount"] == back["net_amount"])
    assert (~whole).any()
    both = known.merge(bought, left_on=["order_id", "order_line_no"], right_on=["order_id", "line_no"])
    days = (pd.to_datetime(both["return_date"]) - pd.to_datetime(both["order_date"])).dt.days
    assert 20 < days.max() <= MAX_DAYS < DAYS_BEFORE - MAX_DELAY_DAYS


def test_of_a_cancelled_order_nothing_comes_back_and_of_a_refunded_one_all(files: Files) -> None:
    bought = files.bought
    assert bought[bought["cancelled_at"].notna()]["returned_quantity"].isna().all()
    ended = bought["refunded_at"].notna()
    assert ended.sum() > 5
    assert (bought[ended]["returned_quantity"] == bought[ended]["units"]).all()
    assert np.array_equal(bought["returned_reason"] == returns.CANCELLED, ended)


def test_a_return_without_its_receipt_names_no_order_and_no_customer(files: Files) -> None:
    told = files.returned.drop_duplicates(["return_id", "line_no"])
    at_tills = told[told["store_id"] != "web"]
    unnamed = at_tills["order_id"].isna()
    assert at_tills[unnamed][["order_line_no", "customer_id"]].isna().all(axis=None)
    assert is_near(~at_tills[~at_tills["return_id"].duplicated()]["order_id"].notna(), 0.1)
    online = told[told["store_id"] == "web"]
    assert online["order_id"].isin(files.bought["order_id"]).all()
    assert online.merge(files.orders, on="order_id").eval("customer_id == account_id").all()
    assert at_tills[~unnamed]["customer_id"].str.startswith("c").mean() > 0.7


def test_rates_by_category_and_customer_are_those_of_the_truth(files: Files) -> None:
    rates = files.truth["return_rates"].toPandas().set_index(["kind", "id"])["return_rate"]
    bought = files.bought
    bought = bought[bought["cancelled_at"].isna() & bought["refunded_at"].isna()]
    category = "Category " + bought["product_id"].str.split("-").str[0].astype(int).astype(str)
    share = SETTINGS.returns.line_share
    expected = category.map(rates["category"]) * bought["customer_id"].map(rates["customer"]) / share
    expected = expected.clip(upper=returns.MAX_RATE)
    came_back = bought["returned_quantity"].notna()
    often = bought["customer_id"].map(rates["customer"]) > 2 * share
    groups = [came_back.index == came_back.index, often, *(category == name for name in category.unique())]
    for group in groups:
        chance = expected[group]
        error = math.sqrt((chance * (1 - chance)).sum())
        assert abs(came_back[group].sum() - chance.sum()) < ERRORS * error
    assert came_back[often].mean() > 2 * came_back[~often].mean()
    customers = rates["customer"]
    assert abs(customers.mean() - share) < ERRORS * share / math.sqrt(len(customers))
