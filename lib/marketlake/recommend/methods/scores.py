"""Scores of the customers of a batch and all products: as a matrix, of pairs, or computed where they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.top_k import top_k


class Scores(Protocol):
    """A score of every customer and product."""

    def at(self, row: np.ndarray, item: np.ndarray) -> np.ndarray:
        """The scores of pairs."""
        ...

    def best(self, row: np.ndarray, item: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`top_k.top_k` of the scores, without those of the pairs."""
        ...


@dataclass(frozen=True)
class DenseScores:
    """Scores that were all computed: a row a customer, a column a product."""

    values: np.ndarray

    def at(self, row: np.ndarray, item: np.ndarray) -> np.ndarray:
        """The scores of pairs."""
        return self.values[row, item]

    def best(self, row: np.ndarray, item: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`top_k.top_k` of the scores, without those of the pairs."""
        left = np.array(self.values)
        left[row, item] = -np.inf
        return top_k(left, k)


@dataclass(frozen=True)
class PairScores:
    """Scores of the pairs of a batch; 0 for all other customers and products.

    Attributes:
        batch: the customers.
        values: a number for each of its pairs.
    """

    batch: CustomerBatch
    values: np.ndarray

    def at(self, row: np.ndarray, item: np.ndarray) -> np.ndarray:
        """The scores of pairs."""
        place = self.batch.places(row, item)
        found = np.zeros(len(place), dtype=self.values.dtype)
        found[place >= 0] = self.values[place[place >= 0]]
        return found

    def best(self, row: np.ndarray, item: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`top_k.top_k` of the scores, without those of the pairs."""
        return DenseScores(self.batch.matrix(self.values).toarray()).best(row, item, k)
