"""User-user neighbourhoods: what the customers most like her have bought lately.

Likeness is the cosine of what two customers ever bought, log(1 + days) weighted by the rarity of the product (IDF), as
in Breese, Heckerman and Kadie, Empirical Analysis of Predictive Algorithms for Collaborative Filtering (1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.top_k import top_k

NEAREST = (100, 300)  # few for what she buys again, many for what is new to her
RECENT = (14, 28)  # days


@dataclass(frozen=True)
class UserKnn:
    """Customers that others are compared with: all of them, or a sample where there are many.

    Attributes:
        customer_id: who they are; nobody is her own neighbour.
        tastes: a row each, of length 1.
        rarity: IDF of each product.
        lately: name of a score -> (how many nearest, what they bought: a row each).
    """

    customer_id: np.ndarray
    tastes: sparse.csr_matrix
    rarity: np.ndarray
    lately: Mapping[str, tuple[int, sparse.csr_matrix]]

    def scores(self, batch: CustomerBatch) -> dict[str, np.ndarray]:
        """Mean of what the nearest bought: a row a customer of the batch, a column a product."""
        likeness = (unit_vectors(batch, self.rarity) @ self.tastes.T).toarray()
        own = np.searchsorted(self.customer_id, batch.customer_id).clip(max=len(self.customer_id) - 1)
        same = self.customer_id[own] == batch.customer_id
        likeness[np.flatnonzero(same), own[same]] = -np.inf
        nearest = {count: _mean_of_nearest(likeness, count) for count in {count for count, _ in self.lately.values()}}
        return {name: (nearest[count] @ bought).toarray() for name, (count, bought) in self.lately.items()}


def fit_neighbours(batch: CustomerBatch) -> UserKnn:
    """The customers of a batch as those that others are compared with."""
    customers = len(batch.customer_id)
    buyers = np.bincount(batch.item[batch.bought], minlength=batch.items)
    rarity = np.log(max(customers, 1) / (1 + buyers)).clip(min=0).astype(np.float32)
    few, many = NEAREST
    lately = {"neighbours": (few, batch.matrix(batch.values["decayed_orders_90d"]))}
    for days in RECENT:
        bought = np.nan_to_num(batch.values["days_since_last_order"], nan=np.inf) < days
        matrix = batch.matrix(bought)
        matrix.eliminate_zeros()
        lately[f"neighbours_{days}"] = (many, matrix)
    return UserKnn(batch.customer_id, unit_vectors(batch, rarity), rarity, lately)


def unit_vectors(batch: CustomerBatch, rarity: np.ndarray) -> sparse.csr_matrix:
    """What each customer bought, weighted by rarity, as a row of length 1."""
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
