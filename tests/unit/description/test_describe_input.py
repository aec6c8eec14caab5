"""`describe` on input that is bad, odd or absent."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import pytest
from pyspark.sql import functions as F
from pyspark.sql import types as T
from tests.helpers.descriptions import coefficient, frequencies_of, run, statistics_of

from marketlake.tables.description import COLUMN_ASSOCIATIONS, COLUMN_FREQUENCIES


def test_pairs_leave_out_nulls_and_columns_that_do_not_vary(spark):
    rows = [("a", "x", "k"), ("b", "y", "k"), ("a", None, "k"), (None, "y", "k")]
    found = run(
        spark.createDataFrame(rows, "one string, two string, same string"), pairs=[("one", "two"), ("one", "same")]
    )
    assert coefficient(found, "one", "two", "cramers_v")["coefficient"] == pytest.approx(1.0)
    assert coefficient(found, "one", "two", "cramers_v")["rows"] == 2
    assert coefficient(found, "one", "same", "cramers_v")["coefficient"] is None


def test_a_pair_with_too_many_cells_is_not_counted(spark):
    frame = spark.range(1_000).select("id", (-F.col("id")).alias("other"))
    found = coefficient(run(frame, pairs=[("id", "other")]), "id", "other", "cramers_v")
    assert (found["coefficient"], found["rows"]) == (None, None)


@pytest.mark.parametrize("pair", [("channel", "nowhere"), ("channel", "channel"), ("channel", "email")])
def test_a_pair_that_cannot_be_crossed_is_refused(spark, pair):
    frame = spark.createDataFrame([("a", "b")], "channel string, email string")
    with pytest.raises(ValueError, match="cannot cross"):
        run(frame, pairs=[pair], personal=["email"])


def test_a_misspelt_personal_column_is_refused(spark):
    with pytest.raises(ValueError, match="e_mail"):
        run(spark.createDataFrame([("b",)], "email string"), personal=["e_mail"])


def test_personal_columns_have_counts_only(spark):
    rows = [("ann@example.org", 31.0, 1.0), ("bob@example.org", 45.5, 2.0), (None, 45.5, 3.0)]
    found = run(spark.createDataFrame(rows, "email string, age double, spend double"), personal=["email", "age"])
    for column in ("email", "age"):
        known = {key for key, value in statistics_of(found)[column].items() if value is not None}
        assert known == {
            *("run_date", "table_name", "table_version", "column_name", "position", "data_type", "personal", "rows"),
            *("nulls", "null_share", "not_finite", "distinct_values", "distinct_is_exact"),
        }
    assert set(found.frequencies["column_name"]) == {"spend"}
    assert found.associations.empty
    assert "ann@" not in str(found)


def test_all_null_and_constant_columns(spark):
    found = run(spark.createDataFrame([(None, 5, None), (None, 5, None)], "empty double, same int, text string"))
    rows = statistics_of(found)
    assert (rows["empty"]["nulls"], rows["empty"]["null_share"], rows["empty"]["mean"]) == (2, 1.0, None)
    assert rows["text"]["distinct_values"] == 0
    same = rows["same"]
    assert (same["mean"], same["standard_deviation"], same["skewness"], same["transform"]) == (5.0, 0.0, None, None)
    assert (same["mode"], same["mode_rows"], same["outliers_iqr"], same["outliers_zscore"]) == ("5", 2, None, 0)
    assert frequencies_of(found, "same", "bin")["rows"].tolist() == [2]
    assert coefficient(found, "empty", "same", "pearson")["coefficient"] is None
    assert coefficient(found, "empty", "same", "spearman")["rows"] == 0


def test_empty_frame(spark):
    schema = "amount double, channel string, day date"
    found = run(spark.createDataFrame([], schema), pairs=[("amount", "channel")])
    assert found.statistics["rows"].tolist() == [0, 0, 0]
    assert found.statistics["null_share"].isna().all()
    assert found.frequencies.empty
    assert found.associations["coefficient"].tolist() in ([], [None])


def test_frame_without_columns(spark):
    assert run(spark.range(3).drop("id")).statistics.empty


def test_one_row(spark):
    found = statistics_of(run(spark.createDataFrame([(2.5, "a")], "amount double, channel string")))
    amount = found["amount"]
    assert (amount["mean"], amount["median"], amount["standard_deviation"]) == (2.5, 2.5, None)
    assert amount["outliers_zscore"] == 0


def test_nan_and_infinity_are_counted_and_left_out(spark):
    values = [1.0, 2.0, 3.0, math.nan, math.inf, -math.inf, None, 0.0, -0.0]
    frame = spark.createDataFrame([(v, v) for v in values], "a double, b float")
    for row in statistics_of(run(frame)).values():
        assert (row["nulls"], row["not_finite"], row["mean"], row["maximum"]) == (1, 3, 1.2, 3.0)
        assert (row["distinct_values"], row["zeros"], row["mode"], row["mode_rows"]) == (4, 2, "0", 2)


def test_decimals_dates_times_booleans(spark):
    schema = "price decimal(10,2), day date, moment timestamp, local timestamp_ntz, member boolean"
    rows = [
        (Decimal("1.50"), date(1969, 12, 31), datetime(2017, 1, 1, 8), datetime(2017, 1, 1, 8), True),
        (Decimal("2.50"), date(2017, 6, 1), datetime(2017, 1, 2, 8), datetime(2017, 1, 2, 8, 0, 0, 5), True),
        (Decimal("2.50"), date(2018, 6, 1), datetime(2017, 1, 3, 8), datetime(2017, 1, 3, 8), False),
    ]
    frame = spark.createDataFrame(rows, schema).withColumn("moment", F.expr("timestamp '2017-01-01 08:00:00Z'"))
    found = statistics_of(run(frame))
    assert (found["price"]["minimum_text"], found["price"]["mode"]) == ("1.50", "2.50")
    assert found["price"]["mean"] == pytest.approx(6.5 / 3)
    day = found["day"]
    texts = [day[key] for key in ("minimum_text", "median_text", "maximum_text")]
    assert texts == ["1969-12-31", "2017-06-01", "2018-06-01"]
    assert (day["mean"], day["median"], day["transform"]) == (None, None, None)
    assert found["moment"]["mode"] == "2017-01-01 08:00:00"
    assert found["local"]["median_text"] == "2017-01-02 08:00:00.000005"
    assert (found["member"]["mode"], found["member"]["minimum_text"]) == ("true", "false")


def test_nested_columns_have_counts_only(spark):
    schema = T.StructType.fromDDL("tags array<string>, bag map<string,int>, place struct<city:string>, raw binary")
    found = run(spark.createDataFrame([(["a"], {"k": 1}, ("Bern",), b"x"), (None, None, None, None)], schema))
    for row in found.statistics.to_dict("records"):
        assert (row["rows"], row["nulls"], row["distinct_values"], row["minimum_text"]) == (2, 1, None, None)
    assert found.frequencies.empty


def test_sampling_copes_with_maps(spark):
    frame = spark.range(50).select("id", (F.col("id") * 2).alias("twice"), F.create_map("id", "id").alias("bag"))
    found = coefficient(run(frame, max_rank_rows=20), "id", "twice", "spearman")
    assert (found["coefficient"], found["rows"] <= 20) == (pytest.approx(1.0), True)


def test_odd_column_names(spark):
    frame = spark.createDataFrame(
        [(1.0, 2.0, "x", "u"), (2.0, 5.0, "y", "v"), (3.0, 1.0, "y", "v")],
        "`a.b` double, `net amount` double, `tick``ed` string, `ж'\"` string",
    )
    found = run(frame, pairs=[("tick`ed", "ж'\"")])
    assert statistics_of(found)["a.b"]["mean"] == 2.0
    assert coefficient(found, "a.b", "net amount", "pearson")["coefficient"] == pytest.approx(-0.240192230707631)
    assert coefficient(found, "tick`ed", "ж'\"", "cramers_v")["coefficient"] == 1.0


def test_repeated_column_names_are_refused(spark):
    with pytest.raises(ValueError, match="more than once"):
        run(spark.range(1).select("id", "id"))


def test_large_numbers_do_not_stop_it(spark):
    frame = spark.createDataFrame([(1e308, 2**62), (-1e308, -(2**62)), (1e308, 1)], "huge double, long bigint")
    found = statistics_of(run(frame))
    assert found["long"]["maximum_text"] == str(2**62)
    assert found["huge"]["maximum_text"] == "1e+308"


def test_jobs_do_not_grow_with_columns(spark):
    def jobs(columns: int) -> int:
        group = f"describe {columns} columns"
        numbers = [(F.col("id") * (i + 1) % 17).alias(f"n{i}") for i in range(columns)]
        texts = [(F.col("id") % (i + 2)).cast("string").alias(f"t{i}") for i in range(columns)]
        spark.sparkContext.setJobGroup(group, group)
        try:
            run(spark.range(100).select(*numbers, *texts), pairs=[(f"t{i}", f"t{i + 1}") for i in range(columns - 1)])
            return len(spark.sparkContext.statusTracker().getJobIdsForGroup(group))
        finally:
            spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)

    few, many = jobs(2), jobs(10)
    assert few == many
    assert 5 <= few <= 12


def test_empty_result_is_a_table_too(spark):
    found = run(spark.createDataFrame([], "channel string"))
    assert spark.createDataFrame(found.frequencies, schema=COLUMN_FREQUENCIES.schema).isEmpty()
    assert spark.createDataFrame(found.associations, schema=COLUMN_ASSOCIATIONS.schema).isEmpty()
