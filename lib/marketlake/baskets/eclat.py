"""Frequent itemsets by intersecting bitmaps: Eclat in one process, without Spark.

An item's bitmap has one bit a basket; the baskets with two items are the bits set in both. Items are taken from the
rarest on. For each, only its own baskets become bitmaps, and only of items that are more common: a bitmap is as long as
the item is common, and all bitmaps together are never in memory.

Source: Zaki, Scalable Algorithms for Association Mining (2000); the projection is that of Han et al., Mining Frequent
Patterns without Candidate Generation (2000).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from marketlake.baskets.itemsets import Itemsets
from marketlake.baskets.transactions import Transactions

CELLS = 2**25  # of a bitmap before it is packed: 32 MB
WORD = 64  # baskets in an element of a bitmap


def mine(baskets: Transactions, *, min_count: int, max_size: int) -> Itemsets:
    """All itemsets in at least `min_count` baskets.

    Memory: some 50 bytes for each item of a basket, and the bitmaps of one item's baskets.

    Args:
        baskets: to be mined.
        min_count: baskets, from 1.
        max_size: items of an itemset.
    """
    counts = np.bincount(baskets.items, minlength=len(baskets.names))
    by_count = np.lexsort((np.arange(len(counts)), counts))
    frequent = by_count[counts[by_count] >= min_count]  # from the rarest
    search = _Search(min_count, max_size)
    search.add([], np.arange(len(frequent)), counts[frequent])
    if max_size > 1:
        for first, items, pair_counts, bits in _projections(_rank_items(baskets, frequent), len(frequent), min_count):
            search.add([first], items, pair_counts)
            search.extend([first], items, bits)
    matrices = [(frequent[rows], found) for rows, found in search.matrices]
    return Itemsets.from_matrices(baskets.names, matrices, len(baskets))


@dataclass
class _Search:
    """Depth-first search for the frequent itemsets that start with given items."""

    min_count: int
    max_size: int
    matrices: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def add(self, first: list[int], items: np.ndarray, counts: np.ndarray) -> None:
        """Adds the itemsets of the first items and each of the others, with their counts."""
        if len(items):
            rows = np.empty((len(items), len(first) + 1), dtype=np.int64)
            rows[:, :-1], rows[:, -1] = first, items
            self.matrices.append((rows, counts))

    def extend(self, first: list[int], items: np.ndarray, bits: np.ndarray) -> None:
        """Adds all longer itemsets, from the bitmaps of baskets that hold the first items and each of the others."""
        if len(first) + 2 > self.max_size:
            return
        for position in range(len(items) - 1):
            both = bits[position + 1 :] & bits[position]
            counts = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
            frequent = np.flatnonzero(counts >= self.min_count)
            longer, others = [*first, int(items[position])], items[position + 1 :][frequent]
            self.add(longer, others, counts[frequent])
            if len(frequent) > 1:
                self.extend(longer, others, both[frequent])


@dataclass(frozen=True)
class _RankedItems:
    """The frequent items of all baskets, basket after basket, the rarest first.

    Attributes:
        rank: of each item; 0 is the rarest.
        end: position after the last item of its basket.
    """

    rank: np.ndarray
    end: np.ndarray


def _rank_items(baskets: Transactions, frequent: np.ndarray) -> _RankedItems:
    rank_of = np.full(len(baskets.names), -1, dtype=np.int32)
    rank_of[frequent] = np.arange(len(frequent), dtype=np.int32)
    rank = rank_of[baskets.items]
    basket = np.repeat(np.arange(len(baskets), dtype=np.int32), np.diff(baskets.starts))
    rank, basket = rank[rank >= 0], basket[rank >= 0]
    order = np.lexsort((rank, basket))
    return _RankedItems(rank[order], np.searchsorted(basket, basket, side="right"))


def _projections(
    ranked: _RankedItems, items: int, min_count: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Each item, the more common items that are frequent with it, their counts, and their bitmaps over its baskets."""
    by_item = np.argsort(ranked.rank, kind="stable")
    bounds = np.searchsorted(ranked.rank[by_item], np.arange(items + 1))
    for first in range(items):
        at = by_item[bounds[first] : bounds[first + 1]]
        after = ranked.end[at] - at - 1  # items after it in each of its baskets
        row = np.repeat(np.arange(len(at)), after)
        position = np.arange(len(row)) + np.repeat(at + 1 - (np.cumsum(after) - after), after)
        other = ranked.rank[position]
        counts = np.bincount(other, minlength=items)
        frequent = np.flatnonzero(counts >= min_count)
        if len(frequent):
            yield first, frequent, counts[frequent], _bitmaps(row, other, frequent, len(at))


def _bitmaps(row: np.ndarray, item: np.ndarray, items: np.ndarray, rows: int) -> np.ndarray:
    """A bitmap over the rows for each of `items`, from pairs of row and item."""
    width = -(-rows // WORD)
    bits = np.empty((len(items), width), dtype=np.uint64)
    step = max(CELLS // (width * WORD), 1)
    for start in range(0, len(items), step):
        part = items[start : start + step]
        position = np.searchsorted(part, item).clip(max=len(part) - 1)
        is_here = part[position] == item
        flat = np.zeros((len(part), width * WORD), dtype=bool)
        flat[position[is_here], row[is_here]] = True
        bits[start : start + step] = np.packbits(flat, axis=1).view(np.uint64)
    return bits
