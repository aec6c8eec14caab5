"""Intervals of a mean over customers, by drawing customers again."""

from __future__ import annotations

import numpy as np

SAMPLES, LEVEL, SEED = 1000, 0.95, 1


def intervals(values: np.ndarray) -> np.ndarray:
    """95 % percentile interval of the mean of each column, customers (rows) drawn with replacement.

    All columns are drawn alike, so that a column of differences has the interval of a paired comparison.

    Args:
        values: a row a customer.

    Returns:
        low and high: two rows, a column for each of `values`; of no customers NaN.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 13.
    """
    customers = len(values)
    if not customers:
        return np.full((2, values.shape[1]), np.nan)
    draws = np.random.default_rng(SEED)
    means = np.empty((SAMPLES, values.shape[1]))
    for sample in range(SAMPLES):
        times = np.bincount(draws.integers(0, customers, customers), minlength=customers)
        means[sample] = times @ values / customers
    tail = (1 - LEVEL) / 2
    return np.quantile(means, [tail, 1 - tail], axis=0)
