"""What a method gives to each customer of a batch and each product: all of it as a table, or only what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

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
