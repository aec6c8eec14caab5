"""Totals that add up: those of two periods combined are those of both."""

from __future__ import annotations

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.helpers.purchases_data import DAYS, Purchases, purchases

from marketlake.profiles.purchases import TOTALS, add, totals


@pytest.fixture(scope="module")
def data(spark: SparkSession) -> Purchases:
    return purchases(spark)


def totals_of(data: Purchases, first: int, last: int) -> DataFrame:
    """Totals of the days from one number to another, both included."""
    days = F.col("order_date").between(F.lit(DAYS[first]), F.lit(DAYS[last]))
    return totals(data.orders.where(days), data.lines.where(days), data.products)


def comparable(frame: DataFrame) -> DataFrame:
    """Maps as text: Spark cannot sort by them; their keys are sorted already."""
    maps = [name for name, kind in frame.dtypes if kind.startswith("map")]
    return frame.withColumns({name: F.to_json(name) for name in maps}).coalesce(1)


LAST = len(DAYS) - 1


@pytest.mark.parametrize("cut", [0, 3, LAST - 1])
def test_the_totals_of_two_periods_add_up_to_those_of_both(data: Purchases, cut: int) -> None:
    earlier, later, both = totals_of(data, 0, cut), totals_of(data, cut + 1, LAST), totals_of(data, 0, LAST)
    assert tuple(add(earlier, later).columns) == TOTALS
    assert_df_equality(
        comparable(add(earlier, later)), comparable(both), ignore_row_order=True, ignore_nullable=True, transforms=[]
    )


def test_the_cut_parts_customers_who_are_new_who_stay_away_and_who_come_back(data: Purchases) -> None:
    before, after = (
        {row.customer_id for row in totals_of(data, *days).select("customer_id").collect()}
        for days in ((0, 3), (4, LAST))
    )
    assert before - after
    assert after - before
    assert before & after


def test_adding_no_purchases_changes_nothing(data: Purchases) -> None:
    some = totals_of(data, 0, 1)
    nothing = some.where("false")
    for sum_of in (add(some, nothing), add(nothing, some)):
        assert_df_equality(
            comparable(sum_of), comparable(some), ignore_row_order=True, ignore_nullable=True, transforms=[]
        )


def test_orders_without_a_customer_have_no_totals(data: Purchases) -> None:
    found = [row.customer_id for row in totals_of(data, 0, LAST).select("customer_id").collect()]
    assert None not in found
    assert len(found) == len(set(found))
    assert data.orders.where("customer_id is null").count() > 0


def test_no_orders_give_no_totals(data: Purchases) -> None:
    assert totals(data.orders.where("false"), data.lines.where("false"), data.products).isEmpty()
