"""Lists of an earlier day that may stay."""

from __future__ import annotations

from datetime import date

from pyspark.sql import SparkSession

from marketlake.recommend.serving.reusable_lists import newest_lists, reusable_lists


def test_lists_stay_where_nothing_happened_and_all_is_sold(spark: SparkSession) -> None:
    lists = [("quiet", 1, "p"), ("quiet", 2, "q"), ("active", 1, "p"), ("active", 2, "q"), ("ended", 1, "p")]
    lists += [("ended", 2, "gone"), ("short", 1, "p")]
    before = spark.createDataFrame(lists, "customer_id string, rank int, product_id string")
    happened = [("quiet", date(2025, 2, 27)), ("active", date(2025, 2, 28)), ("ended", date(2025, 2, 1))]
    touched = spark.createDataFrame(happened, "customer_id string, happened_on date")
    sold = spark.createDataFrame([("p",), ("q",)], "product_id string")
    kept = reusable_lists(before, touched, sold, since=date(2025, 2, 28), length=2).collect()
    assert sorted(tuple(row) for row in kept) == [("quiet", 1, "p"), ("quiet", 2, "q")]


def test_the_newest_earlier_day_of_the_same_campaign_and_model_is_found(spark: SparkSession) -> None:
    rows = [
        (date(2025, 2, 25), "everyday", "m/1", "older"),
        (date(2025, 2, 26), "everyday", "m/1", "newest"),
        (date(2025, 2, 27), "everyday", "m/2", "of another model"),
        (date(2025, 2, 27), "win_back", "m/1", "of another campaign"),
        (date(2025, 2, 28), "everyday", "m/1", "of the run date"),
    ]
    earlier = spark.createDataFrame(rows, "run_date date, campaign string, model string, customer_id string")
    day, lists = newest_lists(earlier, before=date(2025, 2, 28), campaign="everyday", model="m/1")
    assert day == date(2025, 2, 26)
    assert lists is not None
    assert [row.customer_id for row in lists.collect()] == ["newest"]
    assert newest_lists(earlier, before=date(2025, 2, 25), campaign="everyday", model="m/1") == (None, None)
