"""The k best of each row against a plain sort."""

from __future__ import annotations

import numpy as np
import pytest

from marketlake.recommend.methods.top_k import top_k


def by_sorting(scores: np.ndarray, k: int) -> list[list[int]]:
    """Columns by falling score, of equal ones the smaller column first; -inf left out."""
    rows = []
    for row in scores.tolist():
        order = sorted((column for column, score in enumerate(row) if score > -np.inf), key=lambda c: (-row[c], c))
        rows.append((order + [-1] * k)[:k])
    return rows


@pytest.mark.parametrize(("width", "k"), [(1, 1), (3, 5), (64, 10), (1000, 7), (1000, 20), (1301, 20), (200, 200)])
@pytest.mark.parametrize("values", [3, 10_000])
def test_it_is_a_sort_with_ties_and_masks(width: int, k: int, values: int) -> None:
    draws = np.random.default_rng(width * k + values)
    scores = draws.integers(0, values, (25, width)).astype(np.float32)  # few values: many ties
    scores[draws.random(scores.shape) < 0.3] = -np.inf
    scores[3] = -np.inf
    columns, best = top_k(scores, k)
    assert columns.tolist() == by_sorting(scores, k)
    found = columns >= 0
    assert (best[~found] == -np.inf).all()
    row, place = np.nonzero(found)
    assert (best[row, place] == scores[row, columns[row, place]]).all()


def test_of_nothing_there_is_nothing() -> None:
    assert top_k(np.empty((0, 5)), 3)[0].shape == (0, 3)
    assert top_k(np.empty((2, 0)), 3)[0].tolist() == [[-1] * 3] * 2
