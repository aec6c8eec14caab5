"""Whether a challenger becomes the champion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from marketlake.recommend.evaluation.baselines import BLEND, TRIVIAL
from marketlake.recommend.evaluation.evaluation import Evaluation, lead_of

METRIC = "ndcg_10_all"


@dataclass(frozen=True)
class Decision:
    """What the gate said.

    Attributes:
        is_promoted: whether the challenger passed.
        value: the blend's nDCG@10 over all purchases.
        baseline: the best trivial method on the same customers.
        baseline_value: its nDCG@10.
        reason: in a sentence, with the interval.
    """

    is_promoted: bool
    value: float
    baseline: str
    baseline_value: float
    reason: str


def decide(result: Evaluation, *, min_improvement: float, over_champion: np.ndarray | None = None) -> Decision:
    """Lets a recipe through that is better than every trivial method and the champion's, by a margin, not by luck.

    Args:
        result: of the blend and the trivial methods, on the same customers.
        min_improvement: least difference of nDCG@10; the 95 % interval of the difference must also be above zero.
        over_champion: the blend's nDCG@10 less that of the champion's recipe, of each customer; None without another
            recipe: then the challenger is the champion's own, with later days.
    """
    means = {name: float(result.score(name, "all").mean()) for name in (BLEND, *TRIVIAL)}
    best = max(TRIVIAL, key=lambda name: means[name])
    leads = {f"{means[best]:.4f} of the best trivial method ({best})": result.lead(BLEND, best, "all")}
    if over_champion is not None:
        leads["the champion's recipe"] = lead_of(over_champion)
    passed = all(mean >= min_improvement and low > 0 for mean, low, _ in leads.values())
    told = "; ".join(
        f"against {other}: difference {mean:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}"
        for other, (mean, low, high) in leads.items()
    )
    reason = (
        f"nDCG@10 {means[BLEND]:.4f} {told}; asked for at least {min_improvement:.4f} and an interval above 0: "
        f"{'promoted' if passed else 'not promoted'}"
    )
    return Decision(passed, means[BLEND], best, means[best], reason)
