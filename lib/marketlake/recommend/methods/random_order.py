"""Random order: a number for each customer and product that depends on nothing but their names."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.methods.method import Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores


def scores(scoring: ScoringBatch) -> DenseScores:
    """Noise, the same in every run."""
    batch = scoring.batch
    seeds = np.array([fnv1a(customer) for customer in batch.customer_id], dtype=np.uint64)
    mixed = seeds[:, None] ^ (np.arange(batch.items, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return DenseScores((mixed >> np.uint64(40)).astype(np.float32))


def fnv1a(text: str) -> int:
    """FNV-1a of a text in 64 bits: Python's own hash is another one in every process."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


RANDOM = Method("random", "random", Role.CANDIDATES | Role.BASELINE, scores)
