"""A customer's profile: every column against pandas, prices by hand, ties and edges."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from tests.helpers.purchases_data import DAYS, Purchases, expected_profile, purchases

from marketlake.profiles.orders import sum_orders
from marketlake.profiles.prices import mean_prices, price_index
from marketlake.profiles.profile import build_profiles
from marketlake.profiles.purchases import sum_purchases
from marketlake.tables.customers import DEMOGRAPHICS
from marketlake.tables.profiles import CUSTOMER_PROFILES

RUN_DATE = DAYS[-1] + timedelta(days=3)
PEOPLE = ["customer_id", *(column.name for column in DEMOGRAPHICS)]
CUTS = (0.9, 1.1)


@pytest.fixture(scope="module")
def data(spark: SparkSession) -> Purchases:
    return purchases(spark)


@pytest.fixture(scope="module")
def found(data: Purchases, spark: SparkSession) -> dict[str, dict[str, Any]]:
    """The profiles by customer; c1 and one without orders have demographics, c1 used two coupons."""
    people = [("c1", *(f"{name} of c1" for name in PEOPLE[1:])), ("idle", *PEOPLE[1:])]
    bought = sum_purchases(data.orders, data.lines, data.products, data.returns)
    rows = build_profiles(
        bought,
        spark.createDataFrame(people, PEOPLE),
        spark.createDataFrame([("c1",), ("c1",), ("idle",)], "customer_id string"),
        run_date=RUN_DATE,
        mean_prices=mean_prices(bought),
        tier_cuts=CUTS,
    )
    assert rows.columns == CUSTOMER_PROFILES.column_names
    return {row.customer_id: row.asDict(recursive=True) for row in rows.collect()}


def test_every_customer_with_an_order_or_a_return_has_one_profile(found: dict, data: Purchases) -> None:
    assert set(found) == {*data.order_rows["customer_id"].dropna(), *data.return_rows["customer_id"].dropna()}


ELSEWHERE = {"run_date", "coupon_redemption_count", "price_index", "price_tier", *PEOPLE[1:]}


@pytest.mark.parametrize("column", [name for name in CUSTOMER_PROFILES.column_names if name not in ELSEWHERE])
def test_a_column_is_what_pandas_makes_of_it(found: dict, data: Purchases, column: str) -> None:
    as_of = RUN_DATE + timedelta(days=1)
    expected = {customer: expected_profile(data, customer, as_of)[column] for customer in found}
    assert {customer: profile[column] for customer, profile in found.items()} == expected


def test_a_profile_has_the_customers_demographics_and_coupons_and_missing_ones_drop_no_customer(found: dict) -> None:
    assert {name: found["c1"][name] for name in PEOPLE[1:]} == {name: f"{name} of c1" for name in PEOPLE[1:]}
    assert {found["c2"][name] for name in PEOPLE[1:]} == {None}
    assert (found["c1"]["coupon_redemption_count"], found["c2"]["coupon_redemption_count"]) == (2, 0)
    assert {profile["run_date"] for profile in found.values()} == {RUN_DATE}


def test_the_price_tier_follows_from_the_index(found: dict) -> None:
    def tier(index: float | None) -> str | None:
        if index is None:
            return None
        return "budget" if index < CUTS[0] else "premium" if index > CUTS[1] else "middle"

    assert {c: p["price_tier"] for c, p in found.items()} == {c: tier(p["price_index"]) for c, p in found.items()}
    assert {"budget", "middle", "premium"} <= {profile["price_tier"] for profile in found.values()}


def test_an_average_weighted_by_what_was_expected_is_the_average_customer(found: dict) -> None:
    """Indirect standardisation: paid and expected are the same in total, so the weighted mean index is 1."""
    indexed = [profile for profile in found.values() if profile["price_index"]]
    paid = [paid_for_units(profile) for profile in indexed]
    expected = [amount / profile["price_index"] for amount, profile in zip(paid, indexed, strict=True)]
    assert sum(paid) == pytest.approx(sum(expected))


def paid_for_units(profile: dict) -> float:
    return sum(float(entry["net_amount"]) for entry in profile["by_category"].values() if entry["quantity"])


BASKETS = "customer_id string, by_category map<string,struct<net_amount:decimal(18,2),quantity:bigint>>"


def index_of(spark: SparkSession, **baskets: dict[str, tuple[str, int]] | None) -> dict[str, float]:
    rows = [(c, b and {name: (Decimal(net), units) for name, (net, units) in b.items()}) for c, b in baskets.items()]
    bought = spark.createDataFrame(rows, BASKETS)
    index = price_index("by_category", mean_prices(bought)).alias("index")
    return {row.customer_id: row["index"] for row in bought.select("customer_id", index).collect()}


def test_the_price_index_by_hand(spark: SparkSession) -> None:
    """Bread costs all of them 40 / 10 = 4 a unit, milk 12 / 6 = 2."""
    found = index_of(
        spark,
        ann={"Bread": ("30.00", 5), "Milk": ("4.00", 2)},  # expected 5 * 4 + 2 * 2 = 24
        bob={"Bread": ("10.00", 5)},  # expected 20
        cid={"Milk": ("8.00", 4), "Coupons": ("99.00", 0)},  # expected 8; what has no units is left out
        dan={"Coupons": ("1.00", 0)},  # no units at all
        eve=None,
    )
    assert {customer for customer, index in found.items() if index is None} == {"dan", "eve"}
    assert [found[customer] for customer in ("ann", "bob", "cid")] == pytest.approx([34 / 24, 0.5, 1.0])


def test_goods_that_cost_nobody_anything_have_no_index(spark: SparkSession) -> None:
    assert index_of(spark, ann={"Gifts": ("0.00", 3)}) == {"ann": None}


def profile_of(spark: SparkSession, orders: list[tuple], lines: list[tuple]) -> dict[str, Any]:
    """The one profile of orders (store, hour, weekday) and lines (category, paid)."""
    day = date(2025, 3, 1)
    products = [(name, name, None, False) for name, _ in lines]
    rows = [(f"o{n}", "ann", *where, day, 1, *[Decimal("1.00")] * 3) for n, where in enumerate(orders)]
    names = "order_id string, customer_id string, store_id string, local_hour int, local_weekday int, booked_date date,"
    sums = "quantity bigint, net_amount decimal(18,2), discount_amount decimal(18,2), coupon_amount decimal(18,2)"
    found = build_profiles(
        sum_purchases(
            spark.createDataFrame(rows, f"{names} {sums}"),
            spark.createDataFrame(
                [("ann", name, 1, Decimal(paid)) for name, paid in lines],
                "customer_id string, product_id string, quantity bigint, net_amount decimal(18,2)",
            ),
            spark.createDataFrame(
                products, "product_id string, category string, brand string, is_private_label boolean"
            ),
            spark.createDataFrame([], "customer_id string, return_date date, amount decimal(20,4)"),
        ),
        spark.createDataFrame([], ", ".join(f"{name} string" for name in PEOPLE)),
        spark.createDataFrame([], "customer_id string"),
        run_date=day,
        mean_prices={},
        tier_cuts=CUTS,
    )
    return found.collect()[0].asDict()


def test_of_equals_the_earliest_hour_and_day_and_the_first_name_are_the_favourites(spark: SparkSession) -> None:
    orders = [("s2", 18, 5), ("s1", 9, 3), ("s2", 9, 5), ("s1", 18, 3), ("s3", 20, 1)]
    found = profile_of(spark, orders, [("Milk", "3.00"), ("Bread", "3.00"), ("Apples", "2.99")])
    names = ("favourite_hour", "favourite_weekday", "favourite_store_id", "favourite_category")
    assert [found[name] for name in names] == [9, 3, "s1", "Bread"]


def empty_like(frame: DataFrame) -> DataFrame:
    return frame.where("false")


def test_no_purchases_give_no_profiles(data: Purchases, spark: SparkSession) -> None:
    rows = build_profiles(
        sum_purchases(empty_like(data.orders), empty_like(data.lines), data.products, empty_like(data.returns)),
        spark.createDataFrame([tuple(PEOPLE)], ", ".join(f"{name} string" for name in PEOPLE)),
        spark.createDataFrame([("c1",)], "customer_id string"),
        run_date=RUN_DATE,
        mean_prices={},
        tier_cuts=CUTS,
    )
    assert rows.columns == CUSTOMER_PROFILES.column_names
    assert rows.isEmpty()


def test_an_hour_or_weekday_that_no_clock_shows_is_counted_for_nobody(spark: SparkSession) -> None:
    day = date(2025, 3, 1)
    clocks = {"ann": [(24, 0), (9, 3)], "bob": [(-1, 8), (0, 1)]}
    rows = [(who, day, "s1", *clock, 1, *[Decimal(1)] * 3) for who, times in clocks.items() for clock in times]
    names = "customer_id string, booked_date date, store_id string, local_hour int, local_weekday int, quantity bigint"
    orders = spark.createDataFrame(
        rows, f"{names}, net_amount decimal(18,2), discount_amount decimal(18,2), coupon_amount decimal(18,2)"
    )
    found = {row.customer_id: row for row in sum_orders(orders).collect()}
    counts = {who: (row.orders_by_hour, row.orders_by_weekday) for who, row in found.items()}
    one = {"ann": (9, 2), "bob": (0, 0)}
    assert counts == {
        who: ([int(n == hour) for n in range(24)], [int(n == weekday) for n in range(7)])
        for who, (hour, weekday) in one.items()
    }
    assert [found[who].order_count for who in ("ann", "bob")] == [2, 2]
