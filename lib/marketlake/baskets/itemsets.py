"""Frequent itemsets with the number of baskets that hold each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Itemsets:
    """All frequent itemsets of some baskets. Every subset of an itemset is here too, which `find` relies on.

    Attributes:
        names: of the items, sorted.
        sets: for each size from 1, a matrix with a row an itemset: positions in `names`, ascending; rows are sorted.
        counts: for each size, the baskets that hold each itemset.
        baskets: number of all baskets.
    """

    names: np.ndarray
    sets: Sequence[np.ndarray]
    counts: Sequence[np.ndarray]
    baskets: int

    @classmethod
    def from_matrices(
        cls, names: np.ndarray, matrices: Sequence[tuple[np.ndarray, np.ndarray]], baskets: int
    ) -> Itemsets:
        """From matrices of itemsets (a row each, all of one size) and their counts, in any order.

        Args:
            names: of all items, sorted.
            matrices: itemsets as positions in `names`, and counts.
            baskets: number of all baskets.
        """
        by_size: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        for rows, counts in matrices:
            by_size.setdefault(rows.shape[1], []).append((rows, counts))
        sets, sorted_counts = [], []
        for size in sorted(by_size):
            rows = np.sort(np.concatenate([rows for rows, _ in by_size[size]]), axis=1)
            counts = np.concatenate([counts for _, counts in by_size[size]])
            order = np.lexsort(rows.T[::-1])
            sets.append(rows[order].astype(np.int32))
            sorted_counts.append(counts[order].astype(np.int64))
        return cls(names, sets, sorted_counts, baskets)

    def __len__(self) -> int:
        return sum(len(counts) for counts in self.counts)

    def find(self, rows: np.ndarray) -> np.ndarray:
        """The positions of itemsets of one size among all of that size; each of them must be frequent.

        Looked up item by item: the position of the first items and the last item make an integer key.

        Args:
            rows: as in `sets`.
        """
        position = np.zeros(len(rows), dtype=np.int64)
        for size, column in enumerate(rows.T):
            position = np.searchsorted(self._keys(size), position * len(self.names) + column)
        return position

    def _keys(self, size: int) -> np.ndarray:
        """Position of the first items and the last item, as one integer for each row; ascending as the rows are."""
        rows = self.sets[size]
        first = self.find(rows[:, :-1]) if size else np.zeros(len(rows), dtype=np.int64)
        return first * len(self.names) + rows[:, -1]
