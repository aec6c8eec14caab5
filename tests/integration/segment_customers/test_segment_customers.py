"""The segments of a small shop: one row a customer under the scheme, beside the scores behind it."""

from __future__ import annotations

from pyspark.sql import SparkSession
from tests.helpers.small_shop import DAYS, Shop

import segment_customers
from marketlake.tables.segments import CUSTOMER_SEGMENTS


def test_every_customer_has_a_segment_and_its_scores(finished: Shop) -> None:
    scores = {row["customer_id"]: row["segment"] for row in finished.rows("gold.rfm_scores")}
    segments = finished.rows("gold.customer_segments")
    assert {row["customer_id"]: row["segment"] for row in segments} == scores
    assert {(row["run_date"], row["scheme"]) for row in segments} == {(DAYS[-1], "rfm")}


def test_a_run_leaves_the_segments_of_other_schemes_as_they_are(finished_shop: Shop, spark: SparkSession) -> None:
    context = finished_shop.context(segment_customers.JOB, DAYS[-1])
    other = spark.createDataFrame([(DAYS[-1], "life_stage", "c1", "Family")], CUSTOMER_SEGMENTS.schema)
    context.replace_day(CUSTOMER_SEGMENTS, other, partition={"scheme": ["life_stage"]})
    before = sorted(finished_shop.rows("gold.customer_segments"), key=str)
    finished_shop.run_days(segment_customers.JOB, DAYS[-1])
    assert sorted(finished_shop.rows("gold.customer_segments"), key=str) == before
    assert {row["scheme"] for row in before} == {"rfm", "life_stage"}
