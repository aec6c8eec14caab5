"""Pairs in Spark against the same sums in pandas, and their product statistics."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.helpers.habits import FIRST_DAY, LINES, habits

from marketlake.recommend.data.customer_batch import INPUT
from marketlake.recommend.data.integer_ids import new_integer_ids
from marketlake.recommend.data.interactions import clicks, purchases
from marketlake.recommend.data.pairs import aggregate_by_day, build_pairs
from marketlake.recommend.data.product_statistics import product_statistics
from marketlake.recommend.serving.pyfunc import pairs_from_purchases

AS_OF = FIRST_DAY + timedelta(days=60)
ORDERS_ONLY = {"order": 1.0}


def made(spark: SparkSession, lines: pd.DataFrame, as_of: date = AS_OF) -> DataFrame:
    frame = spark.createDataFrame(lines.to_records(index=False).tolist(), LINES)
    return build_pairs(
        aggregate_by_day(purchases(frame), ORDERS_ONLY), as_of=as_of, weights=ORDERS_ONLY, half_life_days=50
    )


def test_spark_and_the_service_make_the_same_pairs(spark: SparkSession) -> None:
    lines = habits()
    found = made(spark, lines).select(*INPUT).toPandas().sort_values(["customer_id", "product_id"])
    known = lines[lines["booked_date"] < AS_OF]
    ages = (pd.Timestamp(AS_OF) - pd.to_datetime(known["booked_date"])).dt.days - 1
    expected = pairs_from_purchases(known.assign(age_days=ages), half_life_days=50)
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected, check_dtype=False, check_exact=False, atol=1e-8
    )


def test_a_pair_by_hand(spark: SparkSession) -> None:
    day = AS_OF - timedelta(days=1)
    rows = [
        ("c", "p", day - timedelta(days=30), 1, Decimal("3.00"), Decimal("1.00")),
        ("c", "p", day - timedelta(days=30), 2, Decimal("3.00"), Decimal("0.00")),  # the same day again
        ("c", "p", day, 1, Decimal("2.00"), Decimal("0.00")),
        ("c", "p", AS_OF, 1, Decimal("9.00"), Decimal("0.00")),  # not known yet
        ("c", "coupon", day, 0, Decimal("0.00"), Decimal("0.00")),  # no goods
        (None, "p", day, 1, Decimal("1.00"), Decimal("0.00")),  # nobody known
    ]
    frame = spark.createDataFrame(rows, LINES)
    (row,) = build_pairs(
        aggregate_by_day(purchases(frame), ORDERS_ONLY), as_of=AS_OF, weights=ORDERS_ONLY, half_life_days=30
    ).collect()
    assert (row.customer_id, row.product_id, row.order_days, row.days_since_first_order, row.days_since_last_order) == (
        "c",
        "p",
        2,
        30,
        0,
    )
    assert (row.decayed_orders_30d, row.interaction_weight) == (1.5, 1.5)
    assert (row.list_amount, row.discount_amount, row.recent_list_amount) == (9.0, 1.0, 2.0)


def test_later_days_change_nothing(spark: SparkSession) -> None:
    lines = habits()
    whole = made(spark, lines).toPandas().sort_values(["customer_id", "product_id"], ignore_index=True)
    until = made(spark, lines[lines["booked_date"] < AS_OF]).toPandas()
    pd.testing.assert_frame_equal(whole, until.sort_values(["customer_id", "product_id"], ignore_index=True))


def test_an_unknown_kind_of_interaction_is_named(spark: SparkSession) -> None:
    frame = spark.createDataFrame([], LINES)
    with pytest.raises(ValueError, match="no such interaction: glance"):
        aggregate_by_day(purchases(frame), {"glance": 1.0})


def test_clicks_are_those_of_accounts_that_buy_for_one_customer(spark: SparkSession) -> None:
    orders = spark.createDataFrame(
        [("o1", "c1"), ("o2", "c2"), ("o3", "c3")], "order_id string, customer_id string"
    ).withColumns({"order_date": F.lit(FIRST_DAY), "order_source": F.lit("till")})
    schema = "event_type string, event_date date, account_id string, product_id string, order_id string"
    day = FIRST_DAY
    events = spark.createDataFrame(
        [
            ("purchase", day, "a1", None, "o1"),
            ("purchase", day, "shared", None, "o2"),
            ("purchase", day, "shared", None, "o3"),
            ("view", day, "a1", "p1", None),
            ("search", day, "a1", None, None),
            ("add_to_cart", day, "shared", "p1", None),
            ("view", day, "never bought", "p1", None),
            ("view", day, None, "p1", None),
        ],
        schema,
    ).withColumn("order_source", F.lit(None).cast("string"))
    found = clicks(events, orders).select("customer_id", "product_id", "kind").collect()
    assert [tuple(row) for row in found] == [("c1", "p1", "view")]


def test_statistics_of_products_by_pandas(spark: SparkSession) -> None:
    lines = habits()
    products = spark.createDataFrame(
        [("p00", "Bread", "Food", None, None), ("p01", None, None, None, AS_OF - timedelta(days=1))],
        "product_id string, product_type string, category string, launch_date date, end_date date",
    )
    rows = product_statistics(made(spark, lines), products, as_of=AS_OF, min_buyers=2).toPandas()
    known = lines[lines["booked_date"] < AS_OF]
    pair = known.groupby(["product_id", "customer_id"])["booked_date"].agg(["nunique", "min", "max"]).reset_index()
    age = (pd.Timestamp(AS_OF) - pd.to_datetime(pair["max"])).dt.days - 1
    expected = pd.DataFrame(
        {
            "buyers": pair.groupby("product_id").size(),
            "buyers_14": pair[age < 14].groupby("product_id").size(),
            "again": pair[pair["nunique"] > 1].groupby("product_id").size(),
        }
    ).fillna(0)
    expected = expected[(expected["buyers"] >= 2) & (expected.index != "p01")]  # p01 has ended
    rows = rows.set_index("product_id").sort_index()
    assert list(rows.index) == list(expected.index)
    assert (rows["buyers"] == expected["buyers"]).all()
    assert (rows["buyers_14"] == expected["buyers_14"]).all()
    np.testing.assert_allclose(rows["repeat_share"], (expected["again"] + 1) / (expected["buyers"] + 5))
    assert (rows.loc["p00", "product_type"], rows.loc["p02", "product_type"]) == ("Bread", "UNKNOWN")


def test_numbers_go_on_where_they_ended(spark: SparkSession) -> None:
    schema = "kind string, name string, number int"
    known = spark.createDataFrame([("customer", "b", 0), ("product", "z", 7)], schema)
    columns = "customer_id string, product_id string"
    bought = spark.createDataFrame([("c", "y"), ("a", "z"), ("b", "x"), ("a", "x")], columns)
    found = sorted(tuple(row) for row in new_integer_ids(known, bought).collect())
    assert found == [("customer", "a", 1), ("customer", "c", 2), ("product", "x", 8), ("product", "y", 9)]
    first = sorted(tuple(row) for row in new_integer_ids(spark.createDataFrame([], schema), bought).collect())
    of_customers = [("customer", name, place) for place, name in enumerate("abc")]
    assert first == of_customers + [("product", name, place) for place, name in enumerate("xyz")]
