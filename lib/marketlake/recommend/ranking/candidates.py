"""Candidates: the products that a customer might buy next, with everything that a ranker can learn from.

The best products of every method are candidates, among those that the customer has bought (repeat) and those that are
new to the customer (explore). So a list of any single method is a sort of its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FittedState, Method, Role, ScoringBatch
from marketlake.recommend.methods.registry import BLEND
from marketlake.recommend.methods.scores import Scores
from marketlake.recommend.ranking.features import FEATURES, build_features
from marketlake.recommend.ranking.lists import rank_within_customer

LONGEST = 40  # candidates of one method for a customer; and the longest list of it that can be evaluated
COLUMNS = tuple(dict.fromkeys((*FEATURES, *(method.name for method in BLEND))))


@dataclass(frozen=True)
class Candidates:
    """Pairs of customers and products that might be bought.

    Attributes:
        row: the customer's place in the batch.
        item: the product's place in the catalogue.
        is_repeat: whether the customer has bought it before.
        columns: name -> a number for each pair: `COLUMNS`, or the methods that were asked for.
    """

    row: np.ndarray
    item: np.ndarray
    is_repeat: np.ndarray
    columns: dict[str, np.ndarray]

    def features(self, names: Sequence[str] = FEATURES) -> np.ndarray:
        """Features by name: a row a pair, a column a name; -1 for missing values of products that were never bought."""
        return np.nan_to_num(np.column_stack([self.columns[name] for name in names]).astype(np.float32), nan=-1.0)


def build_candidates(batch: CustomerBatch, state: FittedState) -> Candidates:
    """The best of each method of the blend for each customer of a batch, with `COLUMNS`."""
    scoring = ScoringBatch(batch, state)
    found = select_candidates(scoring, BLEND)
    columns = build_features(scoring, found.columns, found.row, found.item, found.is_repeat)
    return Candidates(found.row, found.item, found.is_repeat, columns)


def select_candidates(scoring: ScoringBatch, methods: Sequence[Method]) -> Candidates:
    """The best of some methods, with the score of each method; which of them are candidates is said by its role."""
    batch = scoring.batch
    pairs = np.flatnonzero(batch.bought)
    row, item = batch.row[pairs], batch.item[pairs]
    bought, keys = row * batch.items + item, [np.empty(0, dtype=np.int64)]
    scores = {method.name: method.scores(scoring) for method in methods}
    for method in methods:
        if Role.EXPLORE_CANDIDATES in method.role:
            keys.append(_best_new(scores[method.name], row, item, batch.items))
        if Role.REPEAT_CANDIDATES in method.role:
            keys.append(_best_bought(scores[method.name], row, item, batch.items))
    key = np.unique(np.concatenate(keys))
    row, item = key // max(batch.items, 1), key % max(batch.items, 1)
    columns = {name: of.at(row, item) for name, of in scores.items()}
    return Candidates(row, item, np.isin(key, bought), columns)


def _best_new(scores: Scores, bought_row: np.ndarray, bought_item: np.ndarray, items: int) -> np.ndarray:
    found, _ = scores.best(bought_row, bought_item, min(LONGEST, items))
    row, place = np.nonzero(found >= 0)
    return row * items + found[row, place]


def _best_bought(scores: Scores, row: np.ndarray, item: np.ndarray, items: int) -> np.ndarray:
    order, place = rank_within_customer(row, item, scores.at(row, item))
    best = order[place < LONGEST]
    return row[best] * items + item[best]
