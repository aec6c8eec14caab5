"""Totals that add up: those of two periods combined are those of both."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.helpers.purchases_data import DAYS, Purchases, purchases

from marketlake.profiles.purchases import TOTALS, add_totals, sum_purchases


@pytest.fixture(scope="module")
def data(spark: SparkSession) -> Purchases:
    return purchases(spark)


@pytest.fixture(scope="module")
def totals_of(data: Purchases) -> Callable[[int, int], DataFrame]:
    """Totals of the days from one number to another, both included; each period is computed once for all tests."""

    @cache
    def of_period(first: int, last: int) -> DataFrame:
        days = F.col("booked_date").between(F.lit(DAYS[first]), F.lit(DAYS[last]))
        back = data.returns.where(F.col("return_date").between(F.lit(DAYS[first]), F.lit(DAYS[last])))
        return sum_purchases(data.orders.where(days), data.lines.where(days), data.products, back).cache()

    return of_period


def comparable(frame: DataFrame) -> DataFrame:
    """Maps as text: Spark cannot sort by them; their keys are sorted already."""
    maps = [name for name, kind in frame.dtypes if kind.startswith("map")]
    return frame.withColumns({name: F.to_json(name) for name in maps}).coalesce(1)


LAST = len(DAYS) - 1


@pytest.mark.parametrize("cut", [0, 3, LAST - 1])
def test_the_totals_of_two_periods_add_up_to_those_of_both(totals_of: Callable, cut: int) -> None:
    earlier, later, both = totals_of(0, cut), totals_of(cut + 1, LAST), totals_of(0, LAST)
    combined = add_totals(earlier, later)
    assert tuple(combined.columns) == TOTALS
    assert_df_equality(
        comparable(combined), comparable(both), ignore_row_order=True, ignore_nullable=True, transforms=[]
    )


def test_the_cut_parts_customers_who_are_new_who_stay_away_and_who_come_back(totals_of: Callable) -> None:
    before, after = (
        {row.customer_id for row in totals_of(*days).select("customer_id").collect()} for days in ((0, 3), (4, LAST))
    )
    assert before - after
    assert after - before
    assert before & after


def test_adding_no_purchases_changes_nothing(totals_of: Callable) -> None:
    some = totals_of(0, 1)
    nothing = some.where("false")
    for sum_of in (add_totals(some, nothing), add_totals(nothing, some)):
        assert_df_equality(
            comparable(sum_of), comparable(some), ignore_row_order=True, ignore_nullable=True, transforms=[]
        )


def test_orders_without_a_customer_have_no_totals(data: Purchases, totals_of: Callable) -> None:
    found = [row.customer_id for row in totals_of(0, LAST).select("customer_id").collect()]
    assert None not in found
    assert len(found) == len(set(found))
    assert data.orders.where("customer_id is null").count() > 0


def test_no_orders_give_no_totals(data: Purchases) -> None:
    assert sum_purchases(
        data.orders.where("false"), data.lines.where("false"), data.products, data.returns.where("false")
    ).isEmpty()
