"""Recency, frequency, monetary value: by hand, at the edges, and against NumPy."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.helpers.rows import table_rows

from marketlake.segments.rfm import QUINTILES, SEGMENTS, cut_points, rfm, rfm_scores, rfm_segments, summarise_segments
from marketlake.tables.orders import ORDERS, RETURNS
from marketlake.tables.segments import CUSTOMER_SEGMENTS, RFM_SCORES

AS_OF = date(2025, 3, 31)
VALUES = "customer_id string, recency_days int, frequency bigint, monetary decimal(18,2)"


def orders(spark: SparkSession, *rows: tuple[str, str | None, date, str]) -> DataFrame:
    """Orders as (order, customer, days, paid)."""
    values = [
        {"order_id": order, "customer_id": customer, "order_date": day, "booked_date": day, "net_amount": Decimal(paid)}
        for order, customer, day, paid in rows
    ]
    return table_rows(spark, ORDERS, values, order_source="till").coalesce(1)


def returns(spark: SparkSession, *rows: tuple[str, date, str]) -> DataFrame:
    """Returns as (customer, day, refunded)."""
    values = [{"customer_id": customer, "return_date": day, "amount": Decimal(paid)} for customer, day, paid in rows]
    return table_rows(spark, RETURNS, values)


def measured(frame: DataFrame, *refunds: tuple[str, date, str], window_days: int = 30) -> dict[str, tuple]:
    rows = rfm(frame, returns(frame.sparkSession, *refunds), as_of=AS_OF, window_days=window_days).collect()
    return {row.customer_id: (row.recency_days, row.frequency, row.monetary) for row in rows}


def days_ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def test_a_customers_orders_in_the_window_are_measured(spark: SparkSession) -> None:
    frame = orders(
        spark,
        ("o1", "ann", days_ago(9), "10.00"),
        ("o2", "ann", days_ago(4), "5.50"),
        ("o3", "bob", days_ago(20), "1.00"),
        ("o4", None, days_ago(2), "99.00"),
    )
    assert measured(frame) == {"ann": (4, 2, Decimal("15.50")), "bob": (20, 1, Decimal("1.00"))}


def test_the_window_has_its_first_day_and_not_as_of(spark: SparkSession) -> None:
    frame = orders(
        spark,
        ("o1", "on as_of", AS_OF, "1.00"),
        ("o2", "the day before", days_ago(1), "1.00"),
        ("o3", "first day", days_ago(30), "1.00"),
        ("o4", "too early", days_ago(31), "1.00"),
    )
    assert {name: values[0] for name, values in measured(frame).items()} == {"the day before": 1, "first day": 30}


def test_a_row_of_an_order_that_comes_twice_counts_once_as_an_order(spark: SparkSession) -> None:
    frame = orders(spark, ("o1", "ann", days_ago(3), "1.00"), ("o1", "ann", days_ago(3), "2.00"))
    assert measured(frame) == {"ann": (3, 1, Decimal("3.00"))}


def test_returns_of_the_window_are_taken_off_by_their_own_day(spark: SparkSession) -> None:
    frame = orders(spark, ("o1", "ann", days_ago(3), "168472.50"), ("o2", "bob", days_ago(3), "1.00"))
    before, after = ("bob", days_ago(31), "9.00"), ("bob", AS_OF, "9.00")
    found = measured(frame, ("ann", days_ago(1), "168469.60"), before, after, ("nobody", days_ago(1), "5.00"))
    assert found == {"ann": (3, 1, Decimal("2.90")), "bob": (3, 1, Decimal("1.00"))}


def test_orders_of_two_tills_with_one_number_are_two(spark: SparkSession) -> None:
    one, other = (orders(spark, ("100", "ann", days_ago(3), "1.00")) for _ in range(2))
    both = one.unionAll(other.withColumn("order_source", F.lit("web")))
    assert measured(both) == {"ann": (3, 2, Decimal("2.00"))}


def test_an_order_counts_from_the_day_on_which_it_is_booked(spark: SparkSession) -> None:
    frame = orders(spark, ("paid later", "ann", days_ago(40), "1.00"), ("never paid", "bob", days_ago(3), "1.00"))
    booked = F.when(F.col("customer_id") == "ann", F.lit(days_ago(2)))
    assert measured(frame.withColumn("booked_date", booked)) == {"ann": (2, 1, Decimal("1.00"))}


def test_a_receipt_number_that_starts_anew_each_day_is_an_order_of_each_day(spark: SparkSession) -> None:
    frame = orders(spark, *[("77", "ann", days_ago(days), "1.00") for days in range(1, 11)])
    assert measured(frame) == {"ann": (1, 10, Decimal("10.00"))}


def test_no_orders_give_no_customers_and_no_cuts(spark: SparkSession) -> None:
    values = rfm(orders(spark), returns(spark), as_of=AS_OF, window_days=30)
    cuts = cut_points(values)
    assert cuts.first().recency_cuts is None
    scores = rfm_scores(values, cuts, run_date=AS_OF)
    assert scores.columns == RFM_SCORES.column_names
    assert rfm_segments(scores).columns == CUSTOMER_SEGMENTS.column_names
    assert scores.isEmpty()
    assert summarise_segments(scores).isEmpty()


def random_orders(seed: int, count: int) -> list[tuple[str, str, date, str]]:
    chance = random.Random(seed)
    return [
        (
            f"o{n}",
            f"c{int(chance.triangular(0, 40, 2))}",
            days_ago(chance.randint(1, 60)),
            f"{chance.random() * 50:.2f}",
        )
        for n in range(count)
    ]


def test_adding_later_orders_changes_nothing(spark: SparkSession) -> None:
    known = random_orders(seed=1, count=60)
    later = [(f"later{n}", f"c{n}", AS_OF + timedelta(days=n), "5.00") for n in range(5)]
    before, after = orders(spark, *known), orders(spark, *known, *later)
    assert measured(before)
    assert measured(after) == measured(before)


@pytest.fixture(scope="module")
def values(spark: SparkSession) -> DataFrame:
    """Measures of some forty customers, with ties."""
    return rfm(orders(spark, *random_orders(seed=2, count=150)), returns(spark), as_of=AS_OF, window_days=60).cache()


def test_cut_points_are_numpys_percentiles(values: DataFrame) -> None:
    pandas = values.toPandas()
    cuts = cut_points(values).first()
    for measure in ("recency", "frequency", "monetary"):
        column = pandas["recency_days" if measure == "recency" else measure].astype(float)
        expected = np.percentile(column, [100 * share for share in QUINTILES])
        np.testing.assert_allclose(cuts[f"{measure}_cuts"], expected, rtol=1e-12)


def test_scores_rise_with_what_is_better_and_equals_are_scored_alike(values: DataFrame) -> None:
    scored = rfm_scores(values, cut_points(values), run_date=AS_OF).toPandas()
    assert set(scored["recency_score"]) == set(scored["monetary_score"]) == {1, 2, 3, 4, 5}
    for measure, score, better in (
        ("recency_days", "recency_score", -1),
        ("frequency", "frequency_score", 1),
        ("monetary", "monetary_score", 1),
    ):
        by_value = scored.groupby(measure)[score].agg(["min", "max"]).sort_index(ascending=better > 0)
        assert (by_value["min"] == by_value["max"]).all()
        assert by_value["min"].is_monotonic_increasing


def test_a_value_on_a_cut_gets_the_lower_score_and_for_recency_the_higher(spark: SparkSession) -> None:
    rows = [(f"c{n}", n, n, Decimal(n)) for n in (9, 10, 11)]
    on_cuts = ", ".join(f"array(10D, 20D, 30D, 40D) as {name}_cuts" for name in ("recency", "frequency", "monetary"))
    cuts = spark.sql(f"SELECT {on_cuts}")
    found = rfm_scores(spark.createDataFrame(rows, VALUES), cuts, run_date=AS_OF).collect()
    scores = {row.recency_days: (row.recency_score, row.frequency_score, row.monetary_score) for row in found}
    assert scores == {9: (5, 1, 1), 10: (5, 1, 1), 11: (4, 2, 2)}


def test_equal_cuts_count_once(spark: SparkSession) -> None:
    rows = [(f"c{n}", n, 1, Decimal(n)) for n in range(19)] + [("second order", 3, 2, Decimal(5))]
    values = spark.createDataFrame(rows, VALUES)
    found = rfm_scores(values, cut_points(values), run_date=AS_OF).collect()
    assert {(row.frequency, row.frequency_score) for row in found} == {(1, 1), (2, 2)}


def test_a_measure_with_one_value_has_no_score(spark: SparkSession) -> None:
    values = spark.createDataFrame([(f"c{n}", n, 2, Decimal("7.00")) for n in range(10)], VALUES)
    scores = rfm_scores(values, cut_points(values), run_date=AS_OF)
    found = scores.collect()
    assert {row.recency_score for row in found} == {1, 2, 3, 4, 5}
    assert {(row.frequency_score, row.monetary_score, row.segment) for row in found} == {(None, None, "No spread")}
    assert {row.segment for row in rfm_segments(scores).collect()} == {"No spread"}


def test_every_scored_customer_has_its_segment_under_the_scheme(values: DataFrame) -> None:
    scores = rfm_scores(values, cut_points(values), run_date=AS_OF)
    expected = [(AS_OF, "rfm", row.customer_id, row.segment) for row in scores.collect()]
    assert sorted(rfm_segments(scores).collect()) == sorted(expected)


def test_every_pair_of_scores_has_exactly_one_name() -> None:
    for recency in range(1, 6):
        for frequency in range(1, 6):
            names = [
                name
                for name, ((min_r, max_r), (min_f, max_f)) in SEGMENTS.items()
                if min_r <= recency <= max_r and min_f <= frequency <= max_f
            ]
            assert len(names) == 1, (recency, frequency, names)


def test_sizes_and_spend_of_the_segments_add_up_to_the_cent(values: DataFrame) -> None:
    scores = rfm_scores(values, cut_points(values), run_date=AS_OF).cache()
    sizes, everyone = summarise_segments(scores).toPandas(), values.toPandas()
    assert set(sizes["segment"]) <= set(SEGMENTS)
    assert sizes["customers"].sum() == len(everyone)
    assert sizes["spend"].sum() == everyone["monetary"].sum()
    assert sizes["share_of_customers"].sum() == pytest.approx(1)
    assert sizes["share_of_spend"].sum() == pytest.approx(1)
    assert sizes["spend"].is_monotonic_decreasing
    top = sizes.iloc[0]
    members = scores.where(f"segment = '{top.segment}'").toPandas()
    assert (top.spend, top.mean_orders) == (members["monetary"].sum(), pytest.approx(members["frequency"].mean()))
    assert top.median_recency_days == members["recency_days"].median()
