"""Methods that the blend is compared with: each of its own methods alone, and popularity by segment."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.data.customer_batch import HALF_LIVES
from marketlake.recommend.evaluation.holdout import HoldoutPurchases
from marketlake.recommend.evaluation.offline_evaluation import MethodScores, evaluate_methods
from marketlake.recommend.methods import own_frequency as own_frequency_methods
from marketlake.recommend.methods import registry
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.serving.popularity_fallback import PopularityFallback

BLEND, EVERYDAY_LIST = "blend", "everyday list"
OWN_FREQUENCY, BY_SEGMENT = "own frequency", "popularity by segment"
# Own frequency is one baseline, of the half-life that was best in an earlier period.
TRIVIAL = (*(method.title for method in registry.BASELINES if method not in registry.OWN_FREQUENCY), OWN_FREQUENCY)


def score_baselines(candidates: Candidates, *, half_life: int) -> list[MethodScores]:
    """Each method of the blend alone, on candidates that hold the best of each.

    Args:
        candidates: of the day before the evaluated period.
        half_life: days, of own frequency; from `best_half_life`.
    """
    alone = [method for method in registry.BLEND if method not in registry.OWN_FREQUENCY]
    scores = [MethodScores(method.title, candidates.columns[method.name]) for method in alone]
    return [*scores, score_own_frequency(candidates, half_life)]


def score_segment_popularity(
    candidates: Candidates, fallback: PopularityFallback, segment: np.ndarray, cold_lists: np.ndarray
) -> MethodScores:
    """Popularity in the customer's segment in the last 28 days, or overall for customers without a segment.

    Its candidates are those of the other methods: a segment's best sellers are among them because they are popular,
    except products that nearly only the segment buys.

    Args:
        candidates: of the day before the evaluated period.
        fallback: of the day.
        segment: of the customer of each row of the candidates.
        cold_lists: the lists of customers who are not known.
    """
    score = np.asarray(fallback.shares[fallback.rows(segment)[candidates.row], candidates.item]).ravel()
    return MethodScores(BY_SEGMENT, score, cold_lists=cold_lists)


def score_own_frequency(candidates: Candidates, half_life: int) -> MethodScores:
    """Number of days on which the customer bought the product, each worth half after so many days."""
    column = candidates.columns[own_frequency_methods.column(half_life)]
    return MethodScores(OWN_FREQUENCY, np.where(candidates.is_repeat, column, -np.inf), targets=("all", "repeat"))


def best_half_life(candidates: Candidates, customer_id: np.ndarray, bought: HoldoutPurchases) -> int:
    """The half-life whose own frequency has the highest nDCG@10, in a period before the evaluated one."""

    def mean_ndcg(half_life: int) -> float:
        found = evaluate_methods([score_own_frequency(candidates, half_life)], candidates, customer_id, bought)
        return float(found.score(OWN_FREQUENCY, "all").mean())

    return max(HALF_LIVES, key=mean_ndcg)
