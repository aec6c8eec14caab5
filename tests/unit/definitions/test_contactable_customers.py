from __future__ import annotations

from datetime import date, datetime, timezone

from pyspark.sql import DataFrame, SparkSession

from marketlake.definitions.contactable_customers import contactable_customers, opted_out_customers

AS_OF = date(2025, 3, 2)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2025, 3, day, hour, tzinfo=timezone.utc)


def privacy_requests(spark: SparkSession) -> DataFrame:
    rows = [("a", "objection", at(1)), ("b", "erasure", at(1)), ("c", "access", at(1)), ("d", "erasure", at(2))]
    rows += [("objected", "objection", at(1, 3)), ("objects tomorrow", "objection", at(2))]
    return spark.createDataFrame(rows, "customer_id string, kind string, requested_at timestamp")


def test_latest_consent_before_the_day_counts(spark: SparkSession) -> None:
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
        ("objected", "marketing", "email", True, at(1)),
        ("objects tomorrow", "marketing", "email", True, at(1)),
    ]
    consents = spark.createDataFrame(rows, schema)
    requests = privacy_requests(spark)
    found = {
        row.customer_id for row in contactable_customers(consents, requests, channel="email", as_of=AS_OF).collect()
    }
    assert found == {"gave", "gave again", "takes back tomorrow", "objects tomorrow"}
    assert contactable_customers(consents, requests, channel="post", as_of=AS_OF).isEmpty()


def test_objection_and_erasure_opt_out(spark: SparkSession) -> None:
    opted_out = opted_out_customers(privacy_requests(spark), as_of=AS_OF).collect()
    assert sorted(row.customer_id for row in opted_out) == ["a", "b", "objected"]
