"""The result of a backtest: every method on one period, the blend, the everyday list, and all others beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketlake.recommend.evaluation.baselines import (
    BLEND,
    EVERYDAY_LIST,
    OWN_FREQUENCY,
    score_baselines,
    score_segment_popularity,
)
from marketlake.recommend.evaluation.groups import group_customers, score_groups
from marketlake.recommend.evaluation.holdout import HoldoutDay
from marketlake.recommend.evaluation.offline_evaluation import DEPTHS, Evaluation, MethodScores, evaluate_methods
from marketlake.recommend.evaluation.reference_methods import ReferenceMethods
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.ranker import Ensemble
from marketlake.recommend.ranking.slots import choose_listed
from marketlake.recommend.settings import ListSettings


@dataclass(frozen=True)
class BacktestResult:
    """Every method on the holdout period.

    Attributes:
        day: the holdout day.
        probability: of each candidate, by the ranker.
        ranker: trained on the periods before the day.
        half_life: days, of own frequency.
        everyday: settings of the everyday list.
        evaluation: of every method.
        groups: `groups.score_groups` of the blend and own frequency.
    """

    day: HoldoutDay
    probability: np.ndarray
    ranker: Ensemble
    half_life: int
    everyday: ListSettings
    evaluation: Evaluation
    groups: pd.DataFrame

    def improvement_over(self, other: BacktestResult) -> np.ndarray:
        """The blend's nDCG@10 less that of another recipe, for each customer whom both evaluated."""
        return (self._ndcg_by_customer() - other._ndcg_by_customer()).dropna().to_numpy()

    def _ndcg_by_customer(self) -> pd.Series:
        customers = self.day.purchases.customer_id[self.evaluation.customers["all"]]
        return pd.Series(self.evaluation.score(BLEND, "all"), index=customers)


def evaluate_holdout(
    day: HoldoutDay, references: ReferenceMethods, ranker: Ensemble, *, half_life: int, everyday: ListSettings
) -> BacktestResult:
    """Evaluates all methods on the purchases after a day.

    Args:
        day: the holdout day.
        references: methods outside the blend, and the fallback lists.
        ranker: trained on earlier days.
        half_life: days, of own frequency; chosen on an earlier day.
        everyday: settings of the everyday list.
    """
    candidates, bought = day.candidates, day.purchases
    probability = ranker.probability(candidates)
    cold_lists = references.fallback.matrix(references.segments_of(bought.customer_id), max(DEPTHS))
    methods = [
        *score_baselines(candidates, half_life=half_life),
        score_segment_popularity(candidates, references.fallback, references.segments_of(day.customer_id), cold_lists),
        MethodScores(BLEND, probability, cold_lists=cold_lists),
        score_everyday_list(candidates, probability, day.state.catalogue.type_of, everyday, cold_lists),
    ]
    outside = evaluate_methods(references.score(), references.candidates, references.customer_id, bought)
    evaluation = evaluate_methods(methods, candidates, day.customer_id, bought).merge(outside)
    groups = score_groups(evaluation, group_customers(candidates, day.customer_id, bought), (BLEND, OWN_FREQUENCY))
    return BacktestResult(day, probability, ranker, half_life, everyday, evaluation, groups)


def score_everyday_list(
    candidates: Candidates,
    probability: np.ndarray,
    type_of: np.ndarray,
    everyday: ListSettings,
    cold_lists: np.ndarray,
) -> MethodScores:
    """The everyday list as customers get it: slots for repeat and for new products, and diversity.

    Stock, excluded products and consent are of the day on which lists are made, and are not applied here.

    Args:
        candidates: of the day before the evaluated period.
        probability: of each candidate, by the ranker.
        type_of: type of each product of the catalogue.
        everyday: length, slots and diversity of the list.
        cold_lists: the lists of customers who are not known.
    """
    chosen, place = choose_listed(
        candidates,
        probability,
        type_of,
        length=everyday.length,
        explore_slots=everyday.explore_slots,
        diversity=everyday.diversity,
    )
    score = np.full(len(candidates.row), -np.inf)
    score[chosen] = -place
    places = np.arange(cold_lists.shape[1])
    return MethodScores(
        EVERYDAY_LIST, score, targets=("all",), cold_lists=np.where(places < everyday.length, cold_lists, -1)
    )
