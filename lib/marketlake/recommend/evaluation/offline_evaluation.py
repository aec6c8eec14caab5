"""Offline evaluation: the lists of each method against the purchases of a later period.

All customers with a purchase in the period count, those too who were not known before it (cold); customers without
recommendations count as zero. A list could hit every purchased product, those too that no method may recommend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketlake.evaluation.intervals import PairedDifference, bootstrap_intervals, paired_difference
from marketlake.recommend.data.catalogue import places_in
from marketlake.recommend.evaluation.holdout import HoldoutPurchases
from marketlake.recommend.evaluation.metrics import METRICS, find_hits, score_customers
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.lists import top_lists

TARGETS = ("all", "repeat", "explore")
DEPTHS = (5, 10, 20)
HEADLINE = ("ndcg", 10)
METRIC_COLUMNS = tuple((metric, k) for k in DEPTHS for metric in METRICS)  # of the scores of a customer


@dataclass(frozen=True)
class MethodScores:
    """A method's order of the candidates.

    Attributes:
        title: of the method.
        score: of each candidate; the highest is first, -inf is never in a list.
        targets: purchases that its lists are evaluated for.
        cold_lists: lists of customers who are not known: a row an evaluated customer; None: they have no list.
    """

    title: str
    score: np.ndarray
    targets: Sequence[str] = TARGETS
    cold_lists: np.ndarray | None = None


@dataclass(frozen=True)
class Evaluation:
    """Lists and their metrics.

    Attributes:
        scores: (method, target) -> a row a customer with something to hit, a column for each of `METRIC_COLUMNS`.
        lists: (method, target) -> a matrix of items, a row an evaluated customer.
        customers: target -> places of those customers in the period.
    """

    scores: Mapping[tuple[str, str], np.ndarray]
    lists: Mapping[tuple[str, str], np.ndarray]
    customers: Mapping[str, np.ndarray]

    def score(self, method: str, target: str, metric: str = HEADLINE[0], k: int = HEADLINE[1]) -> np.ndarray:
        """One metric of each customer with something to hit."""
        return self.scores[method, target][:, METRIC_COLUMNS.index((metric, k))]

    def merge(self, other: Evaluation) -> Evaluation:
        """The methods of both, of the same period."""
        return Evaluation({**self.scores, **other.scores}, {**self.lists, **other.lists}, self.customers)

    def table(self) -> pd.DataFrame:
        """method, target, metric, k, mean, low, high (95 % bootstrap), customers."""
        rows = []
        for (method, target), values in self.scores.items():
            low, high = bootstrap_intervals(values)
            for place, (metric, k) in enumerate(METRIC_COLUMNS):
                mean = values[:, place].mean() if len(values) else np.nan
                rows.append((method, target, metric, k, mean, low[place], high[place], len(values)))
        names = ["method", "target", "metric", "k", "mean", "low", "high", "customers"]
        return pd.DataFrame(rows, columns=names)

    def improvement(self, method: str, other: str, target: str) -> PairedDifference:
        """A method's nDCG@10 less that of another on the same customers, with its 95 % interval."""
        return paired_difference(self.score(method, target) - self.score(other, target))


def evaluate_methods(
    methods: Sequence[MethodScores], candidates: Candidates, customer_id: np.ndarray, bought: HoldoutPurchases
) -> Evaluation:
    """Evaluates the lists of each method for each of its targets.

    Args:
        methods: their scores of the candidates.
        candidates: of the day before the period.
        customer_id: of the candidates' rows.
        bought: purchases of the period.
    """
    row = places_in(bought.customer_id, customer_id[candidates.row])
    heads = {"all": row >= 0, "repeat": candidates.is_repeat, "explore": ~candidates.is_repeat}
    scores, lists, customers = {}, {}, {}
    for target in TARGETS:
        matches = bought.matches(target)
        counts = np.bincount(bought.row[matches], minlength=len(bought.customer_id))
        customers[target] = np.flatnonzero(counts)
        relevant = np.column_stack([bought.row[matches], bought.item[matches]])
        for method in methods:
            if target not in method.targets:
                continue
            at = np.flatnonzero(heads[target] & (row >= 0) & (method.score > -np.inf))
            found = top_lists(row[at], candidates.item[at], method.score[at], customers=len(counts), length=max(DEPTHS))
            if method.cold_lists is not None:
                found = np.where(bought.is_known[:, None], found, method.cold_lists)
            hit = find_hits(found, relevant, bought.items)[customers[target]]
            most = counts[customers[target]]
            lists[method.title, target] = found
            scores[method.title, target] = np.hstack([score_customers(hit, most, k) for k in DEPTHS])
    return Evaluation(scores, lists, customers)
