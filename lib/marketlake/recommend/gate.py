"""Whether a challenger becomes the champion."""

from __future__ import annotations

from dataclasses import dataclass

from marketlake.recommend.baselines import BLEND, TRIVIAL
from marketlake.recommend.evaluation import Evaluation

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


def decide(result: Evaluation, *, margin: float) -> Decision:
    """Lets a recipe through that is better than every trivial method, by a margin, and not by luck.

    Args:
        result: of the blend and the trivial methods, on the same customers.
        margin: least difference of nDCG@10; the 95 % interval of the difference must also be above zero.
    """
    means = {name: float(result.score(name, "all").mean()) for name in (BLEND, *TRIVIAL)}
    best = max(TRIVIAL, key=lambda name: means[name])
    mean, low, high = result.difference(BLEND, best, "all")
    passed = mean >= margin and low > 0
    reason = (
        f"nDCG@10 {means[BLEND]:.4f} against {means[best]:.4f} of the best trivial method ({best}): difference "
        f"{mean:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}; asked for at least {margin:.4f} and an interval above "
        f"0: {'promoted' if passed else 'not promoted'}"
    )
    return Decision(passed, means[BLEND], best, means[best], reason)
