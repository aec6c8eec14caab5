"""In how many baskets given sets of items are: for baskets of another period, where nothing needs to be frequent."""

from __future__ import annotations

import numpy as np

from marketlake.baskets.transactions import Transactions

WORDS = 2**22  # of bitmaps that are intersected at once: 32 MB


def counts_in(baskets: Transactions, sets: list[tuple[str, ...]]) -> np.ndarray:
    """The number of baskets that hold each set.

    Args:
        baskets: where they are counted.
        sets: of names; the order and the repetition of names make no difference.
    """
    counts = np.zeros(len(sets), dtype=np.int64)
    names = np.unique(np.array([name for each in sets for name in each], dtype=str))
    bits = _bitmaps(baskets, names)
    by_size: dict[int, list[int]] = {}
    for place, each in enumerate(sets):
        by_size.setdefault(len(each), []).append(place)
    for places in by_size.values():
        rows = np.searchsorted(names, np.array([sets[place] for place in places], dtype=str))
        step = max(WORDS // max(bits.shape[1], 1), 1)
        for start in range(0, len(rows), step):
            part = rows[start : start + step]
            together = bits[part[:, 0]]
            for column in part[:, 1:].T:
                together &= bits[column]
            counts[places[start : start + step]] = np.bitwise_count(together).sum(axis=1, dtype=np.int64)
    return counts


def _bitmaps(baskets: Transactions, names: np.ndarray) -> np.ndarray:
    """A bit a basket for each name: whether it is in it."""
    flat = np.zeros((len(names), -(-len(baskets) // 64) * 8), dtype=np.uint8)
    if len(names) and len(baskets.names):
        place = np.searchsorted(names, baskets.names).clip(max=len(names) - 1)
        row_of = np.where(names[place] == baskets.names, place, -1)[baskets.items]
        basket = np.repeat(np.arange(len(baskets)), np.diff(baskets.starts))
        row, basket = row_of[row_of >= 0], basket[row_of >= 0]
        np.bitwise_or.at(flat, (row, basket // 8), (128 >> (basket % 8)).astype(np.uint8))
    return flat.view(np.uint64)
