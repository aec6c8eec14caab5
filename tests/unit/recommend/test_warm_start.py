"""ALS from earlier factors, against MLlib's own next iteration."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession

from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.methods import als
from marketlake.recommend.methods.warm_start import refit
from marketlake.recommend.settings import AlsSettings

SETTINGS = AlsSettings(rank=3, reg=0.05, alpha=3.0, iterations=2, warm_iterations=1, min_buyers=3)


@pytest.fixture(scope="module")
def ratings(spark: SparkSession) -> DataFrame:
    draws = np.random.default_rng(4)
    drawn = draws.random((60, 40)) * (draws.random((60, 40)) < 0.3)
    drawn[:, 39] = [0.5, 0.5, *[0] * 58]  # of too few customers
    rows = [(int(u), int(i) + 100, float(drawn[u, i])) for u, i in np.argwhere(drawn > 0)]
    return spark.createDataFrame(rows, "customer int, item int, rating double").cache()


def mllib(ratings: DataFrame, iterations: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    model = als.fit(ratings, SETTINGS.model_copy(update={"iterations": iterations}), blocks=2)
    return {
        "users": als.factor_matrix(model.userFactors.toArrow()),
        "items": als.factor_matrix(model.itemFactors.toArrow()),
    }


@pytest.mark.parametrize(("rounds", "blocks", "below"), [(1, 2, 200), (3, 5, 103)])
def test_a_round_is_an_iteration_of_mllib(ratings: DataFrame, rounds: int, blocks: int, below: int) -> None:
    """Also where there are more blocks than items."""
    ratings = ratings.where(f"item < {below}")
    numbers, items = mllib(ratings, 2)["items"]
    settings = SETTINGS.model_copy(update={"warm_iterations": rounds})
    model = refit(ratings, numbers[::-1], items[::-1], settings, blocks=blocks)  # in whatever order they come
    expected = mllib(ratings, 2 + rounds)
    for side, factors in (("users", model.userFactors), ("items", model.itemFactors)):
        found = als.factor_matrix(factors.toArrow())
        np.testing.assert_array_equal(found[0], expected[side][0])
        np.testing.assert_allclose(found[1], expected[side][1], atol=1e-5)


def test_new_items_and_customers_get_factors(ratings: DataFrame) -> None:
    """From those who were known: as if the first half step had been made without the new items."""
    numbers, items = mllib(ratings.where("item < 135 and customer < 55"), 2)["items"]
    model = refit(ratings, numbers, items, SETTINGS, blocks=2)
    _, users = als.factor_matrix(model.userFactors.toArrow())
    found, rows = als.factor_matrix(model.itemFactors.toArrow())
    assert users.shape == (60, 3)
    assert found.tolist() == list(range(100, 139))
    assert (np.linalg.norm(rows, axis=1) > 0).all()
    _, zeros = als.factor_matrix(
        refit(ratings, found, np.where((found < 135)[:, None], rows, 0), SETTINGS, blocks=2).itemFactors.toArrow()
    )
    _, without = als.factor_matrix(refit(ratings, found[:35], rows[:35], SETTINGS, blocks=2).itemFactors.toArrow())
    np.testing.assert_array_equal(zeros, without)


def test_it_predicts_as_a_model_of_mllib_does(ratings: DataFrame) -> None:
    numbers, items = mllib(ratings, 2)["items"]
    predicted = refit(ratings, numbers, items, SETTINGS, blocks=2).transform(ratings).orderBy("customer", "item")
    expected = als.fit(ratings, SETTINGS.model_copy(update={"iterations": 3}), blocks=2).transform(ratings)
    found, wanted = (of.select("prediction").toPandas() for of in (predicted, expected.orderBy("customer", "item")))
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_the_callers_ratings_stay_in_memory(ratings: DataFrame) -> None:
    numbers, items = mllib(ratings, 2)["items"]
    refit(ratings, numbers, items, SETTINGS.model_copy(update={"min_buyers": 1}), blocks=2)
    assert ratings.storageLevel.useMemory


def test_it_says_when_no_product_has_customers_enough(ratings: DataFrame) -> None:
    settings = SETTINGS.model_copy(update={"min_buyers": 61})
    with pytest.raises(NothingToLearnError, match="no product has enough customers"):
        refit(ratings, np.arange(3), np.ones((3, 3), dtype=np.float32), settings, blocks=2)
