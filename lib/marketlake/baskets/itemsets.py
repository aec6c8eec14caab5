"""Frequent itemsets: which items are bought together, and in how many baskets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Itemsets:
    """All frequent itemsets of some baskets. With a set every part of it is here: that is what lets `find` walk.

    Attributes:
        names: of the items, sorted.
        sets: for each size from 1, a matrix with a row an itemset: places in `names`, ascending; rows in their order.
        counts: for each size, the baskets that hold each set.
        baskets: all of them.
    """

    names: np.ndarray
    sets: Sequence[np.ndarray]
    counts: Sequence[np.ndarray]
    baskets: int

    @classmethod
    def of(cls, names: np.ndarray, found: Sequence[tuple[np.ndarray, np.ndarray]], baskets: int) -> Itemsets:
        """From matrices of sets (a row each, of one size) and their counts, in any order.

        Args:
            names: of all items, sorted.
            found: sets as places in `names`, and counts.
            baskets: all of them.
        """
        by_size: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
        for rows, counts in found:
            by_size.setdefault(rows.shape[1], []).append((rows, counts))
        sets, ordered = [], []
        for size in sorted(by_size):
            rows = np.sort(np.concatenate([rows for rows, _ in by_size[size]]), axis=1)
            counts = np.concatenate([counts for _, counts in by_size[size]])
            order = np.lexsort(rows.T[::-1])
            sets.append(rows[order].astype(np.int32))
            ordered.append(counts[order].astype(np.int64))
        return cls(names, sets, ordered, baskets)

    def __len__(self) -> int:
        return sum(len(counts) for counts in self.counts)

    def find(self, rows: np.ndarray) -> np.ndarray:
        """Where sets of one size stand among those of their size, each of which must be frequent.

        Item by item: a set is where its first items are, and then its last. So a look-up is a search among integers.

        Args:
            rows: as in `sets`.
        """
        place = np.zeros(len(rows), dtype=np.int64)
        for size, column in enumerate(rows.T):
            place = np.searchsorted(self._keys(size), place * len(self.names) + column)
        return place

    def _keys(self, size: int) -> np.ndarray:
        """Of the sets of a size: place of the first items, and the last item, as one integer; ascending as the rows."""
        rows = self.sets[size]
        first = self.find(rows[:, :-1]) if size else np.zeros(len(rows), dtype=np.int64)
        return first * len(self.names) + rows[:, -1]
