"""Counts of given itemsets in baskets, frequent or not: for rules that are tested on another period."""

from __future__ import annotations

import numpy as np

from marketlake.baskets.transactions import Transactions

WORDS = 2**22  # of bitmaps that are intersected at once: 32 MB


def count_itemsets(baskets: Transactions, itemsets: list[tuple[str, ...]]) -> np.ndarray:
    """The number of baskets that hold each itemset.

    Args:
        baskets: in which they are counted.
        itemsets: names of items; order and repetition make no difference.
    """
    counts = np.zeros(len(itemsets), dtype=np.int64)
    names = np.unique(np.array([name for each in itemsets for name in each], dtype=str))
    bits = _bitmaps(baskets, names)
    by_size: dict[int, list[int]] = {}
    for position, each in enumerate(itemsets):
        by_size.setdefault(len(each), []).append(position)
    for positions in by_size.values():
        rows = np.searchsorted(names, np.array([itemsets[position] for position in positions], dtype=str))
        step = max(WORDS // max(bits.shape[1], 1), 1)
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            intersection = bits[part[:, 0]]
            for column in part[:, 1:].T:
                intersection &= bits[column]
            counts[positions[start : start + step]] = np.bitwise_count(intersection).sum(axis=1, dtype=np.int64)
    return counts


def _bitmaps(baskets: Transactions, names: np.ndarray) -> np.ndarray:
    """A bitmap for each name, with one bit a basket: set when the basket holds it."""
    flat = np.zeros((len(names), -(-len(baskets) // 64) * 8), dtype=np.uint8)
    if len(names) and len(baskets.names):
        position = np.searchsorted(names, baskets.names).clip(max=len(names) - 1)
        row_of = np.where(names[position] == baskets.names, position, -1)[baskets.items]
        basket = np.repeat(np.arange(len(baskets)), np.diff(baskets.starts))
        row, basket = row_of[row_of >= 0], basket[row_of >= 0]
        np.bitwise_or.at(flat, (row, basket // 8), (128 >> (basket % 8)).astype(np.uint8))
    return flat.view(np.uint64)
