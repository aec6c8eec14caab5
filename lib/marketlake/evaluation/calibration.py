"""Calibration: predicted probabilities against observed frequencies."""

from __future__ import annotations

import numpy as np

GROUPS = 20


def calibration_curve(
    probability: np.ndarray, outcome: np.ndarray, *, groups: int = GROUPS
) -> tuple[np.ndarray, np.ndarray]:
    """Mean predicted probability and observed share of cases in groups of equal size, by ascending probability.

    Args:
        probability: predicted, for each case.
        outcome: true where the event happened.
        groups: how many; fewer when there are fewer cases.

    >>> predicted, observed = calibration_curve(np.array([0.9, 0.1, 0.3, 0.7]), np.array([1, 0, 1, 1]), groups=2)
    >>> predicted.round(4).tolist(), observed.tolist()
    ([0.2, 0.8], [0.5, 1.0])

    Source: Niculescu-Mizil and Caruana, Predicting Good Probabilities with Supervised Learning (2005).
    """
    order = np.argsort(probability, kind="stable")
    members = [group for group in np.array_split(order, groups) if len(group)]
    predicted, observed = (
        np.array([values[group].mean() for group in members], dtype=float) for values in (probability, outcome)
    )
    return predicted, observed
