"""Frequent itemsets by intersecting bitmaps: Eclat in one process, without Spark.

An item's bitmap has a bit a basket; the baskets with two items are the bits set in both. For each item, from the
rarest, only its own baskets are laid out as bitmaps, and of those only the items that are more common than it: so a
bitmap is as long as the item is common, and all of them together are never in memory.

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


def mine(baskets: Transactions, *, min_count: int, longest: int) -> Itemsets:
    """All itemsets in at least so many baskets.

    Memory: some 50 bytes for each item of a basket, and the bitmaps of one item's baskets.

    Args:
        baskets: what is mined.
        min_count: baskets, from 1.
        longest: items of a set at most.
    """
    counts = np.bincount(baskets.items, minlength=len(baskets.names))
    by_count = np.lexsort((np.arange(len(counts)), counts))
    frequent = by_count[counts[by_count] >= min_count]  # from the rarest
    search = _Search(min_count, longest)
    search.keep([], np.arange(len(frequent)), counts[frequent])
    if longest > 1:
        for first, items, together, bits in _projections(_ranked(baskets, frequent), len(frequent), min_count):
            search.keep([first], items, together)
            search.extend([first], items, bits)
    found = [(frequent[rows], together) for rows, together in search.found]
    return Itemsets.of(baskets.names, found, len(baskets))


@dataclass
class _Search:
    """Goes down from a set to the sets that have it as their first items, and keeps what is frequent."""

    min_count: int
    longest: int
    found: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)

    def keep(self, first: list[int], items: np.ndarray, counts: np.ndarray) -> None:
        """The sets of the first items and each of the others, with their counts."""
        if len(items):
            rows = np.empty((len(items), len(first) + 1), dtype=np.int64)
            rows[:, :-1], rows[:, -1] = first, items
            self.found.append((rows, counts))

    def extend(self, first: list[int], items: np.ndarray, bits: np.ndarray) -> None:
        """All longer sets, from the bitmaps of the baskets that hold the first items and each of the others."""
        if len(first) + 2 > self.longest:
            return
        for place in range(len(items) - 1):
            both = bits[place + 1 :] & bits[place]
            counts = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
            kept = np.flatnonzero(counts >= self.min_count)
            longer, others = [*first, int(items[place])], items[place + 1 :][kept]
            self.keep(longer, others, counts[kept])
            if len(kept) > 1:
                self.extend(longer, others, both[kept])


@dataclass(frozen=True)
class _Ranked:
    """The frequent items of all baskets, basket after basket and from the rarest: by rank, of which 0 is the rarest.

    Attributes:
        rank: of each.
        end: behind the last item of its basket.
    """

    rank: np.ndarray
    end: np.ndarray


def _ranked(baskets: Transactions, frequent: np.ndarray) -> _Ranked:
    rank_of = np.full(len(baskets.names), -1, dtype=np.int32)
    rank_of[frequent] = np.arange(len(frequent), dtype=np.int32)
    rank = rank_of[baskets.items]
    basket = np.repeat(np.arange(len(baskets), dtype=np.int32), np.diff(baskets.starts))
    rank, basket = rank[rank >= 0], basket[rank >= 0]
    order = np.lexsort((rank, basket))
    return _Ranked(rank[order], np.searchsorted(basket, basket, side="right"))


def _projections(
    ranked: _Ranked, items: int, min_count: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """Each item, the more common ones that are frequent with it, how often, and their bitmaps over its baskets."""
    by_item = np.argsort(ranked.rank, kind="stable")
    bounds = np.searchsorted(ranked.rank[by_item], np.arange(items + 1))
    for first in range(items):
        at = by_item[bounds[first] : bounds[first + 1]]
        after = ranked.end[at] - at - 1  # items behind it in each of its baskets
        row = np.repeat(np.arange(len(at)), after)
        place = np.arange(len(row)) + np.repeat(at + 1 - (np.cumsum(after) - after), after)
        other = ranked.rank[place]
        counts = np.bincount(other, minlength=items)
        kept = np.flatnonzero(counts >= min_count)
        if len(kept):
            yield first, kept, counts[kept], _bitmaps(row, other, kept, len(at))


def _bitmaps(row: np.ndarray, item: np.ndarray, items: np.ndarray, rows: int) -> np.ndarray:
    """A bitmap for each of `items`, with a bit set where it is in a row; from pairs of row and item."""
    width = -(-rows // WORD)
    bits = np.empty((len(items), width), dtype=np.uint64)
    step = max(CELLS // (width * WORD), 1)
    for start in range(0, len(items), step):
        part = items[start : start + step]
        place = np.searchsorted(part, item).clip(max=len(part) - 1)
        here = part[place] == item
        flat = np.zeros((len(part), width * WORD), dtype=bool)
        flat[place[here], row[here]] = True
        bits[start : start + step] = np.packbits(flat, axis=1).view(np.uint64)
    return bits
