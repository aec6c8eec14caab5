"""Who gets a list, and whose list of an earlier day may stay."""

from __future__ import annotations

from datetime import date, datetime, timezone

from pyspark.sql import SparkSession

from marketlake.recommend.data.audience import opted_out, reusable_lists, with_consent

AS_OF = date(2025, 3, 2)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, tzinfo=timezone.utc)


def test_the_newest_word_before_the_day_holds(spark: SparkSession) -> None:
    schema = "customer_id string, purpose string, channel string, is_granted boolean, changed_at timestamp"
    rows = [
        ("gave", "marketing", "email", True, at(1)),
        ("took back", "marketing", "email", True, at(1)),
        ("took back", "marketing", "email", False, at(1, 5)),
        ("gave again", "marketing", "email", False, at(1)),
        ("gave again", "marketing", "email", True, at(1, 23)),
        ("takes back tomorrow", "marketing", "email", True, at(1)),
        ("takes back tomorrow", "marketing", "email", False, at(2)),  # the first moment that is not known
        ("gives tomorrow", "marketing", "email", True, at(2)),
        ("by text", "marketing", "sms", True, at(1)),
        ("for another purpose", "profiling", "email", True, at(1)),
    ]
    consents = spark.createDataFrame(rows, schema)
    found = {row.customer_id for row in with_consent(consents, channel="email", as_of=AS_OF).collect()}
    assert found == {"gave", "gave again", "takes back tomorrow"}
    assert with_consent(consents, channel="post", as_of=AS_OF).isEmpty()


def test_who_objected_or_asked_for_erasure_refuses(spark: SparkSession) -> None:
    rows = [("a", "objection", at(1)), ("b", "erasure", at(1)), ("c", "access", at(1)), ("d", "erasure", at(2))]
    requests = spark.createDataFrame(rows, "customer_id string, kind string, requested_at timestamp")
    assert {row.customer_id for row in opted_out(requests, as_of=AS_OF).collect()} == {"a", "b"}


def test_lists_stay_where_nothing_happened_and_all_is_sold(spark: SparkSession) -> None:
    lists = [("quiet", 1, "p"), ("quiet", 2, "q"), ("active", 1, "p"), ("active", 2, "q"), ("ended", 1, "p")]
    lists += [("ended", 2, "gone"), ("short", 1, "p")]
    before = spark.createDataFrame(lists, "customer_id string, rank int, product_id string")
    happened = [("quiet", date(2025, 2, 27)), ("active", date(2025, 2, 28)), ("ended", date(2025, 2, 1))]
    touched = spark.createDataFrame(happened, "customer_id string, happened_on date")
    offered = spark.createDataFrame([("p",), ("q",)], "product_id string")
    kept = reusable_lists(before, touched, offered, since=date(2025, 2, 28), length=2).collect()
    assert sorted(tuple(row) for row in kept) == [("quiet", 1, "p"), ("quiet", 2, "q")]
