"""Every method judged on one period: the blend, the simple ones beside it, and what customers get who are not known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from marketlake.recommend.evaluation import compared
from marketlake.recommend.evaluation.baselines import BLEND, OWN_FREQUENCY, baselines, by_segment
from marketlake.recommend.evaluation.evaluation import DEPTHS, Evaluation, Method, Period, evaluate
from marketlake.recommend.evaluation.groups import by_group, groups
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.ranker import Ensemble
from marketlake.recommend.serving.popularity_fallback import NO_SEGMENT, PopularityFallback


@dataclass(frozen=True)
class Day:
    """What a day knew of its customers, and what those who are judged bought in the period after it.

    Attributes:
        as_of: first day that is not known.
        state: of the day.
        customer_id: customers who are judged, in the order of the candidates' rows.
        candidates: of those customers.
        after: what they bought in the period.
        bought: whether each candidate was among it.
    """

    as_of: date
    state: FittedState
    customer_id: np.ndarray
    candidates: Candidates
    after: Period
    bought: np.ndarray


@dataclass(frozen=True)
class Beside:
    """What stands beside the blend on the day that is judged.

    Attributes:
        customer_id: customers of the candidates' rows.
        candidates: of the methods that are only compared.
        steps: the ladder of the day.
        segment_of: customer -> segment, of the judged who have one.
    """

    customer_id: np.ndarray
    candidates: Candidates
    steps: PopularityFallback
    segment_of: pd.Series

    def segments(self, customer_id: np.ndarray) -> np.ndarray:
        """The segment of each customer; `EVERYBODY` for who has none."""
        return self.segment_of.reindex(customer_id).fillna(NO_SEGMENT).to_numpy(dtype=str)


@dataclass(frozen=True)
class Judged:
    """What became of the lists of a day.

    Attributes:
        day: the day, and what was bought after it.
        probability: of each candidate, by the ranker.
        ranker: learnt from the periods before the day.
        half_life: days, of own frequency.
        result: of every method.
        of_groups: `groups.by_group` of the blend and own frequency.
    """

    day: Day
    probability: np.ndarray
    ranker: Ensemble
    half_life: int
    result: Evaluation
    of_groups: pd.DataFrame


def judge(last: Day, beside: Beside, ranker: Ensemble, *, half_life: int) -> Judged:
    """Judges all methods on what was bought after a day.

    Args:
        last: the day that is judged.
        beside: what stands beside the blend on it.
        ranker: learnt from earlier days.
        half_life: days, of own frequency; chosen by an earlier day.
    """
    probability = ranker.probability(last.candidates)
    cold = beside.steps.matrix(beside.segments(last.after.customer_id), max(DEPTHS))
    methods = [
        *baselines(last.candidates, half_life=half_life),
        by_segment(last.candidates, beside.steps, beside.segments(last.customer_id), cold),
        Method(BLEND, probability, otherwise=cold),
    ]
    others = evaluate(compared.methods(beside.candidates), beside.candidates, beside.customer_id, last.after)
    result = evaluate(methods, last.candidates, last.customer_id, last.after).together(others)
    of_groups = groups(last.candidates, last.customer_id, last.after)
    return Judged(last, probability, ranker, half_life, result, by_group(result, of_groups, (BLEND, OWN_FREQUENCY)))


def lead(judged: Judged, other: Judged) -> np.ndarray:
    """How much higher the blend's nDCG@10 is than that of another recipe, of each customer whom both were judged on."""
    both = [_by_customer(of) for of in (judged, other)]
    return (both[0] - both[1]).dropna().to_numpy()


def _by_customer(judged: Judged) -> pd.Series:
    customers = judged.day.after.customer_id[judged.result.customers["all"]]
    return pd.Series(judged.result.score(BLEND, "all"), index=customers)
