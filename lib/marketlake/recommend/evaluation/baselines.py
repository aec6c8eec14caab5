"""Every simple way to sort the candidates, beside which the blend has to show itself."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.data.customer_batch import HALF_LIVES
from marketlake.recommend.evaluation.evaluation import Method, Period, evaluate
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.serving.popularity_fallback import PopularityFallback

BLEND, OWN_FREQUENCY, BY_SEGMENT = "blend", "own frequency", "popularity by segment"
TRIVIAL = ("random", "popularity", "recent popularity", OWN_FREQUENCY)
BY_COLUMN = {
    "random": "random",
    "popularity": "buyers_28",
    "recent popularity": "buyers_14",
    "ALS": "als",
    "neighbours": "neighbours",
    "neighbours' last 14 days": "neighbours_14",
    "neighbours' last 28 days": "neighbours_28",
    "content (types she buys)": "affinity",
}


def baselines(candidates: Candidates, *, half_life: int) -> list[Method]:
    """Each method alone, on candidates that hold the best of each.

    Args:
        candidates: of the day before the period that is judged.
        half_life: days, of own frequency; from `best_half_life`.
    """
    alone = [Method(name, candidates.columns[column]) for name, column in BY_COLUMN.items()]
    return [*alone, own_frequency(candidates, half_life)]


def by_segment(candidates: Candidates, steps: PopularityFallback, segment: np.ndarray, otherwise: np.ndarray) -> Method:
    """What the customers of her segment bought, or all where she has none, in the last 28 days.

    Its candidates are those of the other methods: popular as they are, the first of a segment are among them, but for
    what nearly only the segment buys.

    Args:
        candidates: of the day before the period that is judged.
        steps: of the day.
        segment: of the customer of each row of the candidates.
        otherwise: the lists of customers who are not known.
    """
    score = np.asarray(steps.shares[steps.rows(segment)[candidates.row], candidates.item]).ravel()
    return Method(BY_SEGMENT, score, otherwise=otherwise)


def own_frequency(candidates: Candidates, half_life: int) -> Method:
    """How often she bought it, each day worth half after so many days."""
    score = np.where(candidates.is_repeat, candidates.columns[f"decayed_orders_{half_life}d"], -np.inf)
    return Method(OWN_FREQUENCY, score, targets=("all", "repeat"))


def best_half_life(candidates: Candidates, customer_id: np.ndarray, after: Period) -> int:
    """The half-life whose own frequency has the highest nDCG@10, in a period before the one that is judged."""

    def worth(half_life: int) -> float:
        found = evaluate([own_frequency(candidates, half_life)], candidates, customer_id, after)
        return float(found.score(OWN_FREQUENCY, "all").mean())

    return max(HALF_LIVES, key=worth)
