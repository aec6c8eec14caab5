"""Confidence intervals of means over cases (customers, baskets), by the bootstrap."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SAMPLES, LEVEL, SEED = 1000, 0.95, 1


class PairedDifference(NamedTuple):
    """Mean difference of two methods on the same cases, with its 95 % interval."""

    mean: float
    low: float
    high: float


def bootstrap_intervals(values: np.ndarray) -> np.ndarray:
    """95 % percentile interval of the mean of each column; cases (rows) are drawn with replacement.

    All columns share their draws, so a column of differences has the interval of a paired comparison.

    Args:
        values: a row a case.

    Returns:
        low and high: two rows, a column for each of `values`; NaN without cases.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
    """
    cases = len(values)
    if not cases:
        return np.full((2, values.shape[1]), np.nan)
    draws = np.random.default_rng(SEED)
    means = np.empty((SAMPLES, values.shape[1]))
    for sample in range(SAMPLES):
        times = np.bincount(draws.integers(0, cases, cases), minlength=cases)
        means[sample] = times @ values / cases
    tail = (1 - LEVEL) / 2
    return np.quantile(means, [tail, 1 - tail], axis=0)


def paired_difference(differences: np.ndarray) -> PairedDifference:
    """Mean of the differences between two methods on the same cases, with its 95 % interval.

    Args:
        differences: the value of one method less that of the other, for each case; at least one.
    """
    low, high = bootstrap_intervals(differences[:, None])[:, 0]
    return PairedDifference(float(differences.mean()), float(low), float(high))
