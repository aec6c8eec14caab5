"""`describe` against NumPy, SciPy and pandas, and on input that is bad, odd or absent."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T
from scipy import stats

from marketlake.description.describe import Description, describe
from marketlake.tables.description import COLUMN_ASSOCIATIONS, COLUMN_FREQUENCIES, COLUMN_STATISTICS

RUN_DATE = date(2017, 12, 31)


def run(frame: DataFrame, **options) -> Description:
    return describe(frame, table_name="silver.orders", table_version=7, run_date=RUN_DATE, **options)


def statistics_of(description: Description) -> dict[str, dict]:
    return {row["column_name"]: row for row in description.statistics.to_dict("records")}


def frequencies_of(description: Description, column: str, kind: str) -> pd.DataFrame:
    found = description.frequencies
    return found[(found["column_name"] == column) & (found["kind"] == kind)].reset_index(drop=True)


def coefficient(description: Description, left: str, right: str, method: str) -> dict:
    found = description.associations
    keys = (found["left_column"] == left) & (found["right_column"] == right) & (found["method"] == method)
    return found[keys].to_dict("records")[0]


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    draw = np.random.default_rng(7)
    rows = 3_000
    amount = np.exp(draw.normal(3.0, 0.8, rows)).round(4)
    return pd.DataFrame(
        {
            "amount": amount,
            "discount": (0.1 * amount + draw.normal(0, 2, rows)).round(4),
            "quantity": draw.poisson(3, rows).astype("int64"),
            "channel": draw.choice(["email", "search", "social"], rows, p=[0.5, 0.3, 0.2]),
            "region": draw.choice(["north", "south"], rows),
            "order_number": np.arange(rows).astype(str),
        }
    )


@pytest.fixture(scope="module", params=[5_000, 5], ids=["value by value", "by quantiles"])
def described(request, spark: SparkSession, orders: pd.DataFrame) -> Description:
    """Both ways of looking at a column: all its values counted, or too many of them (five) to do so."""
    return run(
        spark.createDataFrame(orders).repartition(3),
        pairs=[("channel", "region"), ("channel", "quantity")],
        distinct_limit=request.param,
    )


@pytest.mark.parametrize("column", ["amount", "discount", "quantity"])
def test_moments_and_quantiles_are_those_of_numpy_and_scipy(described, orders, column):
    found = statistics_of(described)[column]
    values = orders[column].to_numpy(dtype=float)
    expected = {
        "mean": values.mean(),
        "standard_deviation": values.std(ddof=1),
        "skewness": stats.skew(values),
        "kurtosis": stats.kurtosis(values),
        "minimum": values.min(),
        "maximum": values.max(),
        "median": np.quantile(values, 0.5, method="inverted_cdf"),
        "zeros": (values == 0).sum(),
        "negatives": (values < 0).sum(),
        "outliers_zscore": (np.abs(stats.zscore(values, ddof=1)) > 3).sum(),
    }
    expected |= {f"percentile_{p}": np.quantile(values, p / 100, method="inverted_cdf") for p in (1, 5, 25, 75, 95, 99)}
    low, high = expected["percentile_25"], expected["percentile_75"]
    fences = low - 1.5 * (high - low), high + 1.5 * (high - low)
    expected |= {"interquartile_range": high - low, "lower_fence": fences[0], "upper_fence": fences[1]}
    expected["outliers_iqr"] = ((values < fences[0]) | (values > fences[1])).sum()
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-8, abs=1e-8)
    assert found["median_absolute_deviation"] == pytest.approx(stats.median_abs_deviation(values), rel=0.01)


def test_distinct_and_mode(described, orders, spark):
    found = statistics_of(described)
    assert found["channel"]["mode"] == "email"
    assert found["channel"]["mode_rows"] == (orders["channel"] == "email").sum()
    assert (found["channel"]["distinct_values"], found["channel"]["distinct_is_exact"]) == (3, True)
    assert found["order_number"]["distinct_values"] == pytest.approx(3_000, rel=0.15)


def test_frequent_values_are_counted_and_ties_are_in_order(spark):
    frame = spark.createDataFrame([("b",), ("a",), ("c",), ("c",), (None,)], "channel string")
    found = frequencies_of(run(frame, top=2), "channel", "value")
    assert found[["position", "value", "rows", "share"]].values.tolist() == [[1, "c", 2, 0.5], [2, "a", 1, 0.25]]


@pytest.mark.parametrize("column", ["amount", "discount", "quantity"])
def test_histogram_is_numpy_s_on_the_same_edges(described, orders, column):
    bars = frequencies_of(described, column, "bin")
    edges = [*bars["lower_bound"], bars["upper_bound"].iloc[-1]]
    expected, _ = np.histogram(orders[column], bins=np.array(edges, dtype=float))
    assert bars["rows"].tolist() == expected.tolist()
    assert bars["share"].sum() == pytest.approx(1.0)
    assert 1 < len(bars) <= 20


def test_bars_of_whole_numbers_are_equally_wide(spark):
    found = frequencies_of(run(spark.range(1, 54).select(F.col("id").alias("week"))), "week", "bin")
    assert set((found["upper_bound"] - found["lower_bound"])[:-1]) == {3.0}
    assert found["rows"][:-1].tolist() == [3] * (len(found) - 1)


def test_one_huge_value_does_not_squeeze_the_histogram(spark):
    frame = spark.range(1_000).select(F.when(F.col("id") == 0, 1e9).otherwise(F.col("id") / 10.0).alias("amount"))
    bars = frequencies_of(run(frame), "amount", "bin")
    assert bars["upper_bound"].iloc[-1] == 1e9
    assert bars["rows"].max() < 500


def test_correlations_are_those_of_scipy(described, orders):
    for left, right in [("amount", "discount"), ("amount", "quantity"), ("discount", "quantity")]:
        linear = coefficient(described, left, right, "pearson")
        ranked = coefficient(described, left, right, "spearman")
        assert linear["coefficient"] == pytest.approx(stats.pearsonr(orders[left], orders[right])[0], abs=1e-10)
        assert ranked["coefficient"] == pytest.approx(stats.spearmanr(orders[left], orders[right])[0], abs=1e-10)
        assert linear["rows"] == ranked["rows"] == 3_000


def test_correlation_uses_rows_in_which_both_have_a_value(spark):
    draw = np.random.default_rng(3)
    data = pd.DataFrame(draw.normal(1e6, 1.0, (400, 3)), columns=["a", "b", "c"])
    data["b"] = data["a"] + data["b"] / 2
    data.loc[:99, "a"] = None
    data.loc[50:149, "b"] = None
    rows = [tuple(None if math.isnan(x) else x for x in row) for row in data.itertuples(index=False)]
    found = run(spark.createDataFrame(rows, "a double, b double, c double"))
    for method in ("pearson", "spearman"):
        expected = data.corr(method=method)
        for left, right in [("a", "b"), ("a", "c"), ("b", "c")]:
            one = coefficient(found, left, right, method)
            assert one["coefficient"] == pytest.approx(expected.loc[left, right], abs=1e-8)
            assert one["rows"] == data[[left, right]].dropna().shape[0]


def test_spearman_of_a_sample_says_how_many_rows_and_is_close(spark):
    frame = spark.range(20_000).select(
        "id", (F.col("id") + 5_000 * F.sin(F.col("id") * 1.7)).alias("score"), F.lit("x").alias("text")
    )
    whole, sample = run(frame), run(frame, max_rank_rows=2_000)
    again = run(frame.repartition(5), max_rank_rows=2_000)
    exact, near = (coefficient(d, "id", "score", "spearman") for d in (whole, sample))
    assert exact["rows"] == 20_000
    assert near["rows"] == 2_000
    assert near["coefficient"] == pytest.approx(exact["coefficient"], abs=0.03)
    assert near == coefficient(again, "id", "score", "spearman")


@pytest.mark.parametrize(("left", "right"), [("channel", "region"), ("channel", "quantity")])
def test_chi_squared_is_that_of_scipy(described, orders, left, right):
    table = pd.crosstab(orders[left], orders[right])
    statistic, p_value, freedom, _ = stats.chi2_contingency(table, correction=False)
    found = coefficient(described, left, right, "cramers_v")
    assert found["chi_squared"] == pytest.approx(statistic)
    assert found["p_value"] == pytest.approx(p_value)
    assert found["degrees_of_freedom"] == freedom
    assert found["rows"] == 3_000
    expected = stats.contingency.association(table, method="cramer", correction=False)
    assert found["coefficient"] == pytest.approx(expected)


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


def test_permuting_rows_and_partitions_changes_nothing(spark, orders):
    shuffled = orders.sample(frac=1.0, random_state=1)
    options = {"pairs": [("channel", "region")], "max_rank_rows": 500, "distinct_limit": 100}
    one = run(spark.createDataFrame(orders).coalesce(1), **options)
    other = run(spark.createDataFrame(shuffled).repartition(7), **options)
    for name in ("statistics", "frequencies", "associations"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=False, rtol=1e-9)


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

    few, many = jobs(3), jobs(25)
    assert few == many
    assert 5 <= few <= 12


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (COLUMN_STATISTICS, "statistics"),
        (COLUMN_FREQUENCIES, "frequencies"),
        (COLUMN_ASSOCIATIONS, "associations"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_result_is_the_table(spark, described, table, part):
    found = getattr(described, part)
    assert found.columns.tolist() == table.column_names
    assert not found.duplicated(list(table.key)).any()
    written = spark.createDataFrame(found, schema=table.schema)
    assert written.count() == len(found)
    assert set(found["run_date"]) == {RUN_DATE}
    for column in table.columns:
        if column.type == "double":
            assert written.where(F.isnan(column.name)).isEmpty()


def test_empty_result_is_a_table_too(spark):
    found = run(spark.createDataFrame([], "channel string"))
    assert spark.createDataFrame(found.frequencies, schema=COLUMN_FREQUENCIES.schema).isEmpty()
    assert spark.createDataFrame(found.associations, schema=COLUMN_ASSOCIATIONS.schema).isEmpty()
