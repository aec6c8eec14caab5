"""User-user neighbourhoods: recent purchases of the customers that are most alike.

Likeness is the cosine of the purchases of two customers, log(1 + days with an order) weighted by the rarity of the
product (IDF).

Source: Breese, Heckerman and Kadie, Empirical Analysis of Predictive Algorithms for Collaborative Filtering (1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FittedState, Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores
from marketlake.recommend.methods.top_k import top_k

MODEL = "user_knn"
NEAREST = (100, 300)  # few for repeat purchases, many for products that are new to the customer
RECENT = (14, 28)  # days


@dataclass(frozen=True)
class UserKnn:
    """Customers that others are compared with: all of them, or a sample where there are many.

    Attributes:
        customer_id: their ids, sorted; no customer is their own neighbour.
        tastes: a row each, of length 1.
        rarity: IDF of each product.
        purchases: name of a method -> (number of neighbours, purchases of each possible neighbour: a row each).
    """

    customer_id: np.ndarray
    tastes: sparse.csr_matrix
    rarity: np.ndarray
    purchases: Mapping[str, tuple[int, sparse.csr_matrix]]

    def scores(self, batch: CustomerBatch) -> dict[str, np.ndarray]:
        """Mean purchases of the nearest, by name of the method: a row a customer of the batch, a column a product."""
        likeness = (unit_vectors(batch, self.rarity) @ self.tastes.T).toarray()
        own = np.searchsorted(self.customer_id, batch.customer_id).clip(max=len(self.customer_id) - 1)
        same = self.customer_id[own] == batch.customer_id
        likeness[np.flatnonzero(same), own[same]] = -np.inf
        counts = {count for count, _ in self.purchases.values()}
        nearest = {count: _mean_of_nearest(likeness, count) for count in counts}
        return {name: (nearest[count] @ bought).toarray() for name, (count, bought) in self.purchases.items()}


def fit_neighbours(batch: CustomerBatch) -> UserKnn:
    """The customers of a batch as those that others are compared with."""
    customers = len(batch.customer_id)
    buyers = np.bincount(batch.item[batch.bought], minlength=batch.items)
    rarity = np.log(max(customers, 1) / (1 + buyers)).clip(min=0).astype(np.float32)
    few, many = NEAREST
    purchases = {"neighbours": (few, batch.matrix(batch.values["decayed_orders_90d"]))}
    for days in RECENT:
        bought = np.nan_to_num(batch.values["days_since_last_order"], nan=np.inf) < days
        matrix = batch.matrix(bought)
        matrix.eliminate_zeros()
        purchases[f"neighbours_{days}"] = (many, matrix)
    return UserKnn(batch.customer_id, unit_vectors(batch, rarity), rarity, purchases)


def unit_vectors(batch: CustomerBatch, rarity: np.ndarray) -> sparse.csr_matrix:
    """Purchases of each customer, weighted by rarity, as a row of length 1."""
    matrix = batch.matrix(np.log1p(batch.values["order_days"]) * rarity[batch.item])
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(length, 1e-9)) @ matrix).tocsr().astype(np.float32)


def _mean_of_nearest(likeness: np.ndarray, count: int) -> sparse.csr_matrix:
    """A matrix that takes the mean of the rows of the nearest."""
    count = min(count, likeness.shape[1])
    nearest, _ = top_k(likeness, count)
    row, place = np.nonzero(nearest >= 0)
    found = np.maximum((nearest >= 0).sum(axis=1), 1)
    shape = likeness.shape
    return sparse.csr_matrix(((1 / found[row]).astype(np.float32), (row, nearest[row, place])), shape=shape)


def _all_scores(batch: CustomerBatch, state: FittedState) -> dict[str, np.ndarray]:
    model: UserKnn = state.models[MODEL]
    return model.scores(batch)


def _method(name: str, title: str, role: Role, reason: str | None = None) -> Method:
    def scores(scoring: ScoringBatch) -> DenseScores:
        return DenseScores(scoring.shared(_all_scores)[name])

    return Method(name, title, role, scores, reason, 2, fit=lambda data: fit_neighbours(data.sample), model=MODEL)


NEIGHBOURS = _method("neighbours", "neighbours", Role.REPEAT_CANDIDATES | Role.FEATURE)
NEIGHBOURS_14 = _method(
    "neighbours_14",
    "neighbours' last 14 days",
    Role.CANDIDATES | Role.FEATURE,
    "Bought in the last two weeks by shoppers like you",
)
NEIGHBOURS_28 = _method(
    "neighbours_28",
    "neighbours' last 28 days",
    Role.CANDIDATES | Role.FEATURE,
    "Bought this month by shoppers like you",
)
