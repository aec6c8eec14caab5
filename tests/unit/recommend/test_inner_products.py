"""The best inner products against all of them, sorted."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from marketlake.recommend.methods import inner_products
from marketlake.recommend.methods.inner_products import InnerProducts, NormSortedFactors
from marketlake.recommend.methods.top_k import top_k


@pytest.fixture(params=[8, 64, 1000])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Products that are scored at a time: many times, a few, once."""
    monkeypatch.setattr(inner_products, "CHUNK", request.param)
    return int(request.param)


def some(users: int, items: int, *, whole: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Factors and pairs to leave out; whole numbers give many ties, and products that are alike."""
    draws = np.random.default_rng(users * items + whole)
    lengths = draws.pareto(1.0, (items, 1)) + 0.1
    if whole:
        left, right = draws.integers(-1, 2, (users, 4)), draws.integers(-1, 3, (items, 4)) * lengths.round()
    else:
        left, right = draws.normal(size=(users, 4)), draws.normal(size=(items, 4)) * lengths
    left[1], right[items // 2 :: 3] = 0, 0  # a customer and products that ALS does not know
    left[2] = -np.abs(left[2])
    row, item = np.nonzero(draws.random((users, items)) < 0.3)
    everything = np.arange(items)
    row, item = np.concatenate([row[row != 3], np.full(items, 3)]), np.concatenate([item[row != 3], everything])
    return left.astype(np.float32), right.astype(np.float32), row, item


@pytest.mark.parametrize(("items", "k"), [(1, 1), (5, 9), (300, 1), (300, 20), (300, 300)])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.usefixtures("chunk")
def test_it_is_the_best_of_all_products(items: int, k: int, whole: bool) -> None:
    users, factors, row, item = some(30, items, whole=whole)
    scores = users @ factors.T
    scores[row, item] = -np.inf
    expected, values = top_k(scores, k)
    found, best = NormSortedFactors.from_items(factors).best(users, row, item, k)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_allclose(best, values, rtol=1e-5, atol=1e-5)


def test_most_products_are_not_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inner_products, "CHUNK", 50)
    draws = np.random.default_rng(3)
    factors = (np.abs(draws.normal(size=(10_000, 8))) * np.geomspace(1, 1e-3, 10_000)[:, None]).astype(np.float32)
    scored = []
    chunk_of = NormSortedFactors._chunk

    def counted(self: NormSortedFactors, *of: np.ndarray) -> np.ndarray:
        scores = chunk_of(self, *of)
        scored.append(scores.size)
        return scores

    monkeypatch.setattr(NormSortedFactors, "_chunk", counted)
    users, nothing = np.abs(draws.normal(size=(20, 8))).astype(np.float32), np.empty(0, dtype=int)
    found, _ = NormSortedFactors.from_items(factors).best(users, nothing, nothing, 10)
    assert found.tolist() == top_k(users @ factors.T, 10)[0].tolist()
    assert sum(scored) < 0.3 * 20 * 10_000


def test_what_is_kept_in_a_model_does_not_grow_by_use() -> None:
    users, factors, row, item = some(30, 300, whole=False)
    used = NormSortedFactors.from_items(factors)
    before = len(pickle.dumps(used))
    expected, _ = used.best(users, row, item, 20)
    assert len(pickle.dumps(used)) == before
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(used)).best(users, row, item, 20)[0], expected)


def test_of_nothing_there_is_nothing() -> None:
    nothing, factors = np.empty(0, dtype=int), np.ones((3, 2), dtype=np.float32)
    assert NormSortedFactors.from_items(factors).best(factors[:0], nothing, nothing, 2)[0].shape == (0, 2)
    assert NormSortedFactors.from_items(factors[:0]).best(factors, nothing, nothing, 2)[0].tolist() == [[-1, -1]] * 3


def test_scores_of_pairs_are_inner_products() -> None:
    users, factors, row, item = some(30, 50, whole=False)
    scores = InnerProducts(users, NormSortedFactors.from_items(factors)).at(row, item)
    np.testing.assert_allclose(scores, (users @ factors.T)[row, item], rtol=1e-5, atol=1e-5)
