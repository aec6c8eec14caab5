"""Small baskets, and their itemsets and rules by trying everything: the oracle of both miners."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pyarrow as pa

from marketlake.baskets.itemsets import Itemsets
from marketlake.baskets.transactions import Transactions

Counts = dict[tuple[str, ...], int]


def drawn(seed: int, *, baskets: int = 60, items: int = 9) -> list[list[str]]:
    """Baskets in which some items like each other; some are empty."""
    chance = random.Random(seed)
    found = []
    for _ in range(baskets):
        basket = {f"i{place}" for place in range(items) if chance.random() < 0.5 / (1 + place % 4)}
        if "i0" in basket and chance.random() < 0.7:
            basket.add(f"i{items - 1}")
        order = sorted(basket)
        chance.shuffle(order)
        found.append(order)
    return found


def transactions(baskets: list[list[str]]) -> Transactions:
    return Transactions.from_arrow(pa.array(baskets, pa.list_(pa.string())))


def frequent(baskets: list[list[str]], min_count: int, max_size: int) -> Counts:
    """Every set in at min_count so many baskets, by counting every set of every basket."""
    counts: Counts = {}
    for basket in baskets:
        for size in range(1, max_size + 1):
            for names in combinations(sorted(basket), size):
                counts[names] = counts.get(names, 0) + 1
    return {names: count for names, count in counts.items() if count >= min_count}


def as_counts(itemsets: Itemsets) -> Counts:
    return {
        tuple(itemsets.names[row]): int(count)
        for rows, counts in zip(itemsets.sets, itemsets.counts, strict=True)
        for row, count in zip(rows, counts, strict=True)
    }


def rules_of(counts: Counts, baskets: int, confidence: float) -> dict[tuple[tuple[str, ...], str], bool]:
    """Rules that are confident enough, and whether a shorter one says as much."""
    found = {}
    for names, both in counts.items():
        for consequent in names if len(names) > 1 else ():
            antecedent = tuple(name for name in names if name != consequent)
            own = both / counts[antecedent]
            if own < confidence:
                continue
            shorter = [counts[(consequent,)] / baskets]
            for size in range(1, len(antecedent)):
                for part in combinations(antecedent, size):
                    shorter.append(counts[tuple(sorted((*part, consequent)))] / counts[part])
            found[antecedent, consequent] = bool(np.max(shorter) >= own)
    return found
