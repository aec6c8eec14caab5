"""The best products of customers by inner products of factors, exactly, without computing most of the products' scores.

No inner product is larger than the product of the two lengths. So the longest products are scored first, and for each
customer the rest only as far as one of them could still be in the list: a tenth of the factors of grocery.

Source: Teflioudi, Gemulla and Mykytiuk, LEMP: Fast Retrieval of Large Entries in a Matrix Product (2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from marketlake.recommend.methods.top_k import kth, ranked, reaching

CHUNK = 2048  # products that are scored at a time
SLACK = 1.0001  # a product of float32 may be larger than its bound by rounding


class Rows(Protocol):
    """A matrix, in memory or in a file, of which rows are read."""

    def __getitem__(self, place: Any, /) -> np.ndarray:
        """Some of the rows."""
        ...


@dataclass(frozen=True)
class NormSortedFactors:
    """Factors of products in the order of their norm.

    Attributes:
        order: products, the largest norm first.
        place: of each product, in that order.
        norms: of the factors, in that order.
        rows: the factors, in that order.
    """

    order: np.ndarray
    place: np.ndarray
    norms: np.ndarray
    rows: Rows

    @classmethod
    def from_items(cls, items: np.ndarray) -> NormSortedFactors:
        """From a row a product."""
        length = np.linalg.norm(items, axis=1)
        order = np.argsort(-length, kind="stable").astype(np.int32)
        place = np.empty_like(order)
        place[order] = np.arange(len(order), dtype=np.int32)
        return cls(order, place, length[order], items[order])

    def factors(self, item: np.ndarray) -> np.ndarray:
        """A row for each of some products."""
        return self.rows[self.place[item]]

    def best(self, users: np.ndarray, row: np.ndarray, item: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`top_k.top_k` of users @ items.T, without the pairs of row and item."""
        place = self.place[item]
        bound, ends = np.full(len(users), -np.inf, dtype=users.dtype), np.full(len(users), len(self.order))
        none = np.empty(0, dtype=np.int64)
        found = [(none, none, none.astype(users.dtype))]
        for first in range(0, len(self.order), CHUNK):
            left = np.flatnonzero(ends > first)
            if not len(left):
                break
            scores = self._chunk(users, left, row, place, first)
            if first == 0 and scores.shape[1] > k:
                bound = kth(scores, k)
                ends = self._ends(users, bound)
            near, column = reaching(scores, bound[left])
            found.append((left[near], self.order[first + column], scores[near, column]))
        near, column, values = (np.concatenate(part) for part in zip(*found, strict=True))
        return ranked(near, column, values, rows=len(users), k=k)

    def _chunk(self, users: np.ndarray, left: np.ndarray, row: np.ndarray, place: np.ndarray, first: int) -> np.ndarray:
        """Scores of the remaining customers and the products from a place on."""
        scores = users[left] @ self.rows[first : first + CHUNK].T
        slot = np.full(len(users), -1)
        slot[left] = np.arange(len(left))
        masked = (place >= first) & (place < first + CHUNK) & (slot[row] >= 0)
        scores[slot[row[masked]], place[masked] - first] = -np.inf
        return scores

    def _ends(self, users: np.ndarray, bound: np.ndarray) -> np.ndarray:
        """For each customer the place from which on no product can reach the bound."""
        reach = np.linalg.norm(users, axis=1) * SLACK
        with np.errstate(divide="ignore", invalid="ignore"):
            least = np.where((bound > 0) & (reach > 0), bound / reach, 0)
        return len(self.norms) - np.searchsorted(self.norms[::-1], least)


@dataclass(frozen=True)
class InnerProducts:
    """Scores of customers by their factors.

    Attributes:
        users: a row a customer.
        products: factors of products.
    """

    users: np.ndarray
    products: NormSortedFactors

    def at(self, row: np.ndarray, item: np.ndarray) -> np.ndarray:
        """The scores of pairs."""
        return np.einsum("ij,ij->i", self.users[row], self.products.factors(item))

    def best(self, row: np.ndarray, item: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`top_k.top_k` of the scores, without those of the pairs."""
        return self.products.best(self.users, row, item, k)
