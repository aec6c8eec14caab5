"""How good each method's lists were, on the purchases of a later period.

Judged are customers with a purchase in the period, those too who were not known before it (cold); who has no
recommendations counts as zero. What a product list could hit is every product bought, those too that no method
may recommend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from marketlake.evaluation.intervals import bootstrap_intervals, paired_difference
from marketlake.recommend.data.catalogue import Catalogue, places_in
from marketlake.recommend.evaluation.metrics import METRICS, hits, per_customer
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.lists import top_lists

TARGETS = ("all", "repeat", "explore")
DEPTHS = (5, 10, 20)
HEADLINE = ("ndcg", 10)


@dataclass(frozen=True)
class Period:
    """What customers bought in the period that is judged.

    Attributes:
        customer_id: who bought, sorted; the rows of everything here.
        is_known: whether she had bought before the period (warm).
        row: customer of each purchase.
        item: place of the product in the catalogue; numbers beyond it for products that are not in it.
        is_repeat: whether she had bought it before.
        items: one more than the largest item.
    """

    customer_id: np.ndarray
    is_known: np.ndarray
    row: np.ndarray
    item: np.ndarray
    is_repeat: np.ndarray
    items: int

    def of(self, target: str) -> np.ndarray:
        """Which purchases a list for a target could hit."""
        wanted = {"all": np.ones_like(self.is_repeat), "repeat": self.is_repeat, "explore": ~self.is_repeat}
        return wanted[target]


def period(bought: pd.DataFrame, known: np.ndarray, catalogue: Catalogue) -> Period:
    """From the rows of `learning.bought_in`.

    Args:
        bought: customer_id, product_id, is_repeat.
        known: ids of customers who had bought before.
        catalogue: of the day before the period.
    """
    customer_id, row = np.unique(bought["customer_id"].to_numpy(dtype=str), return_inverse=True)
    names = bought["product_id"].to_numpy(dtype=str)
    item = catalogue.places(names)
    others, number = np.unique(names[item < 0], return_inverse=True)
    item[item < 0] = len(catalogue) + number
    is_repeat = bought["is_repeat"].to_numpy(dtype=bool)
    items = len(catalogue) + len(others)
    return Period(customer_id, np.isin(customer_id, known), row, item, is_repeat, items)


def labels(candidates: Candidates, customer_id: np.ndarray, judged: Period) -> np.ndarray:
    """Whether each candidate was bought in the period."""
    row = places_in(judged.customer_id, customer_id[candidates.row])
    key = np.where(row < 0, -1, row * judged.items + candidates.item)
    return np.isin(key, judged.row * judged.items + judged.item)


@dataclass(frozen=True)
class Method:
    """A way to sort candidates.

    Attributes:
        name: as people read it.
        score: of each candidate; the highest is first, -inf is never in a list.
        targets: what its lists are judged for.
        otherwise: the lists of customers who are not known: a row a judged customer; without it they have none.
    """

    name: str
    score: np.ndarray
    targets: Sequence[str] = TARGETS
    otherwise: np.ndarray | None = None


@dataclass(frozen=True)
class Evaluation:
    """Lists and their worth.

    Attributes:
        scores: (method, target) -> a row a judged customer with something to hit, a column for each of `columns()`.
        lists: (method, target) -> a matrix of items, a row a judged customer.
        customers: target -> places in the period of those customers.
    """

    scores: Mapping[tuple[str, str], np.ndarray]
    lists: Mapping[tuple[str, str], np.ndarray]
    customers: Mapping[str, np.ndarray]

    def score(self, method: str, target: str, metric: str = HEADLINE[0], k: int = HEADLINE[1]) -> np.ndarray:
        """One metric of each judged customer."""
        return self.scores[method, target][:, columns().index((metric, k))]

    def together(self, other: Evaluation) -> Evaluation:
        """Both, of the same period."""
        return Evaluation({**self.scores, **other.scores}, {**self.lists, **other.lists}, self.customers)

    def table(self) -> pd.DataFrame:
        """method, target, metric, k, mean, low, high (95 % bootstrap), customers."""
        rows = []
        for (method, target), values in self.scores.items():
            low, high = bootstrap_intervals(values)
            for place, (metric, k) in enumerate(columns()):
                mean = values[:, place].mean() if len(values) else np.nan
                rows.append((method, target, metric, k, mean, low[place], high[place], len(values)))
        names = ["method", "target", "metric", "k", "mean", "low", "high", "customers"]
        return pd.DataFrame(rows, columns=names)

    def lead(self, method: str, other: str, target: str) -> tuple[float, float, float]:
        """How much higher a method's nDCG@10 is than another's on the same customers, with its 95 % interval."""
        return paired_difference(self.score(method, target) - self.score(other, target))


def columns() -> list[tuple[str, int]]:
    """The metrics at each depth, in the order of the columns of a customer's scores."""
    return [(metric, k) for k in DEPTHS for metric in METRICS]


def evaluate(methods: Sequence[Method], candidates: Candidates, customer_id: np.ndarray, judged: Period) -> Evaluation:
    """Judges the lists of each method for each of its targets.

    Args:
        methods: their scores of the candidates.
        candidates: as the day before the period knew them.
        customer_id: of the candidates' rows.
        judged: what was bought.
    """
    row = places_in(judged.customer_id, customer_id[candidates.row])
    scores, made, customers = {}, {}, {}
    for target in TARGETS:
        wanted = judged.of(target)
        counts = np.bincount(judged.row[wanted], minlength=len(judged.customer_id))
        customers[target] = np.flatnonzero(counts)
        relevant = np.column_stack([judged.row[wanted], judged.item[wanted]])
        allowed = {"all": row >= 0, "repeat": candidates.is_repeat, "explore": ~candidates.is_repeat}[target] & (
            row >= 0
        )
        for method in methods:
            if target not in method.targets:
                continue
            at = np.flatnonzero(allowed & (method.score > -np.inf))
            found = top_lists(row[at], candidates.item[at], method.score[at], customers=len(counts), length=max(DEPTHS))
            if method.otherwise is not None:
                found = np.where(judged.is_known[:, None], found, method.otherwise)
            hit = hits(found, relevant, judged.items)[customers[target]]
            most = counts[customers[target]]
            made[method.name, target] = found
            scores[method.name, target] = np.hstack([per_customer(hit, most, k) for k in DEPTHS])
    return Evaluation(scores, made, customers)
