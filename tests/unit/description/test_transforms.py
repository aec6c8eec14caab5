"""Suggested transforms against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from marketlake.description.transforms import box_cox_lambda, suggest_transform

STEPS = np.arange(1, 1000) / 1000


def grid(values) -> list[float]:
    return np.quantile(values, STEPS, method="inverted_cdf").tolist()


@pytest.mark.parametrize("power", [-0.5, 0.3, 0.5, 2.0])
def test_lambda_of_the_grid_is_near_that_of_all_values(power):
    normal = np.random.default_rng(1).normal(10 if power > 0 else 1.0, 0.6 if power < 0 else 2.0, 50_000)
    values = special.inv_boxcox(np.clip(normal, None, 1.9) if power < 0 else normal, power)
    values = values[np.isfinite(values) & (values > 0)]
    _, expected = stats.boxcox(values)
    assert box_cox_lambda(grid(values)) == pytest.approx(expected, abs=0.1)


def test_lambda_does_not_depend_on_the_unit():
    values = np.random.default_rng(2).gamma(2.0, 3.0, 5_000)
    assert box_cox_lambda(grid(values)) == pytest.approx(box_cox_lambda(grid(values * 1e9)), abs=1e-6)


def test_lognormal_takes_a_log():
    values = np.exp(np.random.default_rng(3).normal(3, 1, 20_000))
    found = suggest_transform(grid(values), values.min())
    assert found.name == "log"
    assert abs(found.skewness_after) < 0.1


def test_square_takes_box_cox():
    values = np.random.default_rng(4).exponential(1.0, 20_000) + 1e-9
    found = suggest_transform(grid(values), values.min())
    assert found.name == "box-cox"
    assert found.box_cox_lambda == pytest.approx(0.27, abs=0.05)


def test_counts_with_zeros_take_log1p():
    values = np.floor(np.exp(np.random.default_rng(5).normal(1.5, 0.9, 20_000)))
    assert values.min() == 0
    assert suggest_transform(grid(values), 0.0).name == "log1p"


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(6).normal(50, 5, 5_000),
        -np.exp(np.random.default_rng(7).normal(0, 1, 5_000)),
        np.where(np.arange(5_000) < 4_900, 0.0, np.arange(5_000)),
    ],
    ids=["symmetric", "negative", "nearly all the same"],
)
def test_left_alone(values):
    found = suggest_transform(grid(values), float(values.min()))
    assert (found.name, found.box_cox_lambda) == ("none", None)


@pytest.mark.parametrize("values", [[], [3.0], [4.0] * 999, [0.0, 1e308, np.inf]])
def test_nothing_to_say(values):
    assert suggest_transform(values, 0.0).name is None
