"""The promotion rule of every model: when a challenger becomes the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from marketlake.evaluation.intervals import PairedDifference, paired_difference


@dataclass(frozen=True)
class PromotionDecision:
    """The outcome of the promotion rule for one challenger.

    Attributes:
        is_promoted: true when the challenger passed.
        metric: name of the compared metric; higher is better.
        value: the challenger's mean.
        baseline: the best trivial method on the same cases.
        baseline_value: its mean.
        reason: a sentence with the differences and their intervals.
    """

    is_promoted: bool
    metric: str
    value: float
    baseline: str
    baseline_value: float
    reason: str


def decide_promotion(
    challenger: np.ndarray,
    baselines: Mapping[str, np.ndarray],
    *,
    metric: str,
    metric_title: str | None = None,
    min_improvement: float = 0.0,
    over_champion: np.ndarray | None = None,
) -> PromotionDecision:
    """Promotes a challenger that is better than every trivial method, by a margin and not by luck.

    A challenger of the champion's own recipe has to beat only the best trivial baseline, else a retrained model could
    never replace a stale one. One of another recipe also has to beat what the champion's recipe makes of the same
    period.

    Args:
        challenger: the metric of each case of a later period than the training data.
        baselines: name -> the metric of the same cases by a trivial method; at least one.
        metric: name of the metric in `ops.model_versions`.
        metric_title: how the reason names it.
        min_improvement: least mean difference; the 95 % interval of the difference must also be above zero.
        over_champion: the challenger's metric less that of the champion's recipe, for each case; None when the
            challenger has the champion's recipe, or there is no champion.
    """
    value = float(challenger.mean())
    means = {name: float(values.mean()) for name, values in baselines.items()}
    best = max(means, key=lambda name: means[name])
    improvements: dict[str, PairedDifference] = {
        f"{means[best]:.4f} of the best trivial method ({best})": paired_difference(challenger - baselines[best])
    }
    if over_champion is not None:
        improvements["the champion's recipe"] = paired_difference(over_champion)
    is_promoted = all(found.mean >= min_improvement and found.low > 0 for found in improvements.values())
    differences = "; ".join(
        f"against {other}: difference {found.mean:+.4f}, 95 % interval {found.low:+.4f} to {found.high:+.4f}"
        for other, found in improvements.items()
    )
    reason = (
        f"{metric_title or metric} {value:.4f} {differences}; asked for at least {min_improvement:.4f} and an interval "
        f"above 0: {'promoted' if is_promoted else 'not promoted'}"
    )
    return PromotionDecision(is_promoted, metric, value, best, means[best], reason)
