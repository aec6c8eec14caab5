"""Transforms that make a skewed column symmetric enough for a linear model."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

SYMMETRIC = 0.5
LOG_LAMBDA = 0.1


@dataclass(frozen=True)
class Suggestion:
    """A transform and its effect.

    Attributes:
        name: none, log, log1p or box-cox; None when the column does not vary.
        box_cox_lambda: for box-cox only.
        skewness_after: skewness of the transformed quantiles; None when the column does not vary.
    """

    name: str | None
    box_cox_lambda: float | None = None
    skewness_after: float | None = None


def suggest_transform(grid: Sequence[float], minimum: float) -> Suggestion:
    """The simplest transform that brings the skewness below 0.5, else the one that leaves least.

    Everything is judged on a grid of 999 quantiles (0.1% to 99.9%) to which Spark has reduced the column: the 0.1% of
    rows at each end do not decide, which is as it should be since an outlier is no reason to transform. The Box-Cox
    lambda is the maximum-likelihood one for those 999 numbers. A column that is symmetric already, has negative
    values, or keeps over half of its skewness (most of its rows are the same number), is left alone; a lambda within
    0.1 of 0 is a plain log.

    Args:
        grid: the quantiles in rising order, in the column's unit.
        minimum: the smallest value, which decides whether a logarithm exists.

    Returns:
        The suggestion.

    Source: Box and Cox, An Analysis of Transformations (JRSS B 1964); the limit of 0.5 is that of Bulmer, Principles
        of Statistics (1979).
    """
    values = np.asarray(grid, dtype=float)
    before = _skewness(values)
    if before is None:
        return Suggestion(None)
    if abs(before) < SYMMETRIC or minimum < 0:
        return Suggestion("none", None, before)
    candidates = [s for s in _candidates(values, minimum) if s.skewness_after is not None]
    good = [s for s in candidates if abs(s.skewness_after or 0.0) < SYMMETRIC]
    best = good[0] if good else min(candidates, key=lambda s: abs(s.skewness_after or 0.0), default=None)
    if best is None or abs(best.skewness_after or 0.0) > abs(before) / 2:
        return Suggestion("none", None, before)
    return best


def box_cox_lambda(grid: Sequence[float]) -> float | None:
    """The maximum-likelihood lambda of positive quantiles; None when it cannot be found.

    The values are divided by their median first: lambda stays the same, and powers of large numbers do not overflow.
    """
    values = np.asarray(grid, dtype=float)
    if _skewness(values) is None or values[0] <= 0:
        return None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _, fitted = stats.boxcox(values / np.median(values))
        except (ValueError, RuntimeError):
            return None
    return float(fitted) if np.isfinite(fitted) else None


def _candidates(values: np.ndarray[Any, Any], minimum: float) -> list[Suggestion]:
    """The transforms that exist for the column, simplest first."""
    log1p = Suggestion("log1p", None, _skewness(np.log1p(values)))
    if minimum <= 0:
        return [log1p]
    log = Suggestion("log", None, _skewness(np.log(values)))
    fitted = box_cox_lambda(values.tolist())
    if fitted is None or abs(fitted) < LOG_LAMBDA:
        return [log, log1p]
    with np.errstate(all="ignore"):
        after = _skewness(special.boxcox(values / np.median(values), fitted))
    return [log, Suggestion("box-cox", fitted, after), log1p]


def _skewness(values: np.ndarray[Any, Any]) -> float | None:
    """Skewness g1; None when the values do not vary or are not finite."""
    if len(values) < 3 or not np.isfinite(values).all() or values[0] == values[-1]:
        return None
    centred = (values - values.mean()) / values.std()
    found = float((centred**3).mean())
    return found if np.isfinite(found) else None
