"""Keyed random numbers: their distributions, and the same number for the same row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from scipy import stats

from marketlake.simulator.keyed_random import Draws, find_interval

DRAWS = Draws(7)
SIZE = 20_000


def sample(spark: SparkSession, value: Column) -> np.ndarray:
    return spark.range(SIZE).select(value.alias("x")).toPandas()["x"].to_numpy()


def test_uniform_and_exponential_and_normal_have_their_distributions(spark: SparkSession) -> None:
    drawn = spark.range(SIZE).select(
        DRAWS.uniform("u", "id"), DRAWS.exponential(3.0, "e", "id"), DRAWS.normal("n", "id")
    )
    laws = (stats.uniform(), stats.expon(scale=3.0), stats.norm())
    for values, law in zip(drawn.toPandas().to_numpy().T, laws, strict=True):
        assert stats.kstest(values, law.cdf).pvalue > 0.001


def test_counts_are_geometric_with_their_mean(spark: SparkSession) -> None:
    values = sample(spark, DRAWS.geometric(2.0, "c", "id"))
    assert values.min() == 0
    assert abs(values.mean() - 2.0) < 4 * math.sqrt(6.0 / SIZE)
    assert abs((values == 0).mean() - 1 / 3) < 4 * math.sqrt(2 / 9 / SIZE)


def test_a_quantile_table_gives_its_distribution(spark: SparkSession) -> None:
    table = stats.gamma.ppf((np.arange(512) + 0.5) / 512, 1.2)
    values = sample(spark, DRAWS.from_quantiles(table, "q", "id"))
    assert set(values) <= set(table)
    assert abs(values.mean() - table.mean()) < 4 * table.std() / math.sqrt(SIZE)


def test_a_choice_has_its_shares(spark: SparkSession) -> None:
    values = sample(spark, DRAWS.choice({"a": 2.0, "b": 1.0, "c": 1.0}, "choice", "id"))
    counts = [np.count_nonzero(values == name) for name in ("a", "b", "c")]
    assert stats.chisquare(counts, [SIZE / 2, SIZE / 4, SIZE / 4]).pvalue > 0.001


@pytest.mark.parametrize(("number", "place"), [(0.0, 0), (0.1999, 0), (0.2, 1), (0.5, 2), (0.99, 2)])
def test_a_number_falls_into_the_part_between_two_bounds(spark: SparkSession, number: float, place: int) -> None:
    bounds = F.array(F.lit(0.2), F.lit(0.5))
    assert spark.range(1).select(find_interval(F.lit(number), bounds, 2)).first()[0] == place


def test_draws_of_other_purposes_seeds_and_keys_are_unlike_and_the_same_are_equal(spark: SparkSession) -> None:
    drawn = spark.range(SIZE).select(
        DRAWS.uniform("a", "id").alias("a"),
        DRAWS.uniform("b", "id").alias("b"),
        Draws(8).uniform("a", "id").alias("seed"),
        DRAWS.uniform("a", F.col("id") + 1).alias("key"),
    )
    found = drawn.toPandas()
    limit = 4 / math.sqrt(SIZE)
    assert found.corr().where(~np.eye(4, dtype=bool)).abs().max().max() < limit
    again = spark.range(SIZE).repartition(5).select("id", DRAWS.uniform("a", "id").alias("a")).orderBy("id").toPandas()
    assert (again["a"] == found["a"]).all()
