"""Metrics against loops written from their definitions, and the numbers in docstrings."""

from __future__ import annotations

import doctest
import importlib
import math

import numpy as np
import pytest

from marketlake.recommend.evaluation import metrics

WITH_NUMBERS = (
    "data.map_pairs",
    "ranking.diversity",
    "evaluation.metrics",
    "serving.popularity_fallback",
    "ranking.lists",
    "methods.content",
    "methods.top_k",
)


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_the_numbers_in_docstrings_are_true(name: str) -> None:
    failed, tried = doctest.testmod(importlib.import_module(f"marketlake.recommend.{name}"), extraglobs={"np": np})
    assert failed == 0
    assert tried > 0


def slowly(recommended: list[int], relevant: set[int], k: int) -> list[float]:
    """nDCG, precision, recall, F1, average precision and hit rate of one list."""
    first = [item for item in recommended[:k] if item >= 0]
    hits = [item in relevant for item in first]
    found = sum(hits)
    gain = sum(hit / math.log2(place + 2) for place, hit in enumerate(hits))
    ideal = sum(1 / math.log2(place + 2) for place in range(min(k, len(relevant))))
    precision, recall = found / k, found / len(relevant)
    f1 = 2 * precision * recall / (precision + recall) if found else 0.0
    ap = sum(sum(hits[: place + 1]) / (place + 1) for place, hit in enumerate(hits) if hit)
    return [gain / ideal, precision, recall, f1, ap / min(k, len(relevant)), float(found > 0)]


@pytest.mark.parametrize("k", [1, 5, 10])
def test_metrics_are_what_their_definitions_say(k: int) -> None:
    draws = np.random.default_rng(k)
    lists = np.array([draws.permutation(30)[:10] for _ in range(40)])
    lists[0] = -1  # without recommendations: zero
    lists[1, 4:] = -1
    bought = [set(draws.choice(30, draws.integers(1, 20), replace=False).tolist()) for _ in lists]
    pairs = np.array([(row, item) for row, items in enumerate(bought) for item in items])
    hit = metrics.find_hits(lists, pairs, items=30)
    found = metrics.score_customers(hit, np.array([len(items) for items in bought]), k)
    expected = [slowly(row.tolist(), items, k) for row, items in zip(lists, bought, strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert (found[0] == 0).all()
