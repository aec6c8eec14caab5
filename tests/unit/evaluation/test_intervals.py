"""Bootstrap intervals against the normal law."""

from __future__ import annotations

import math

import numpy as np
import pytest

from marketlake.evaluation.intervals import bootstrap_intervals, paired_difference


def test_the_interval_of_a_mean_is_that_of_the_normal_law_for_many_customers() -> None:
    values = np.random.default_rng(3).normal(2.0, 1.5, (4000, 2))
    low, high = bootstrap_intervals(values)
    half = 1.96 * values.std(axis=0) / math.sqrt(len(values))
    np.testing.assert_allclose(low, values.mean(axis=0) - half, atol=0.006)
    np.testing.assert_allclose(high, values.mean(axis=0) + half, atol=0.006)
    assert np.isnan(bootstrap_intervals(np.empty((0, 3)))).all()


def test_a_paired_difference_forgets_the_luck_that_both_methods_share() -> None:
    luck = np.random.default_rng(4).normal(0, 10, 500)
    noise = np.random.default_rng(5).normal(0, 0.1, 500)
    found = paired_difference((luck + 0.5 + noise) - luck)
    assert found.mean == pytest.approx(0.5, abs=0.02)
    assert found.low < found.mean < found.high
    assert found.high - found.low < 0.03


def test_the_same_values_have_the_same_interval() -> None:
    values = np.random.default_rng(6).random(50)
    assert paired_difference(values) == paired_difference(values.copy())
