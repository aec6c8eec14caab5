"""`describe` against NumPy, SciPy and pandas."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from scipy import stats
from tests.helpers.descriptions import RUN_DATE, coefficient, frequencies_of, run, statistics_of

from marketlake.description.associations import spearman
from marketlake.description.columns import list_columns
from marketlake.description.describe import Description
from marketlake.tables.description import COLUMN_ASSOCIATIONS, COLUMN_FREQUENCIES, COLUMN_STATISTICS


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

    def ranked(rows: DataFrame, max_rank_rows: int) -> dict:
        return spearman(rows, list_columns(rows), rows=20_000, max_rank_rows=max_rank_rows)[0]

    exact, near = ranked(frame, 100_000), ranked(frame, 2_000)
    assert (near["left_column"], near["right_column"], near["method"]) == ("id", "score", "spearman")
    assert exact["rows"] == 20_000
    assert near["rows"] == 2_000
    assert near["coefficient"] == pytest.approx(exact["coefficient"], abs=0.03)
    assert near == ranked(frame.repartition(5), 2_000)


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


def test_permuting_rows_and_partitions_changes_nothing(spark, orders):
    some = orders.head(1_000)  # more than are ranked, and more values than are counted one by one
    shuffled = some.sample(frac=1.0, random_state=1)
    options = {"pairs": [("channel", "region")], "max_rank_rows": 500, "distinct_limit": 100}
    one = run(spark.createDataFrame(some).coalesce(1), **options)
    other = run(spark.createDataFrame(shuffled).repartition(3), **options)
    for name in ("statistics", "frequencies", "associations"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=False, rtol=1e-9)


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
