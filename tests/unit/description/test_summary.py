"""What the first scan counts."""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketlake.description.columns import list_columns
from marketlake.description.summary import count_columns


def test_the_estimate_of_distinct_values_is_never_above_the_rows(spark: SparkSession) -> None:
    rows = 5_000
    unique = spark.range(rows).select(*(F.concat(F.lit(f"{n}-"), "id").alias(f"key_{n}") for n in range(8)))
    by_spark = unique.agg(*(F.approx_count_distinct(name).alias(name) for name in unique.columns)).collect()[0]
    assert max(by_spark) > rows  # else there is nothing to hold back
    found = [count.distinct for count in count_columns(unique, list_columns(unique))]
    assert found == [min(estimate, rows) for estimate in by_spark]
