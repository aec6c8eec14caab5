"""The k largest scores of each row, exactly: every list is selected by it."""

from __future__ import annotations

import numpy as np

CHUNK = 64
NONE = -1


def top_k(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns of the k largest scores of each row, best first; of equal scores the smaller column comes first.

    Of each chunk of columns only the largest is ranked first: k of those are at least as large as the k-th of them, so
    that nothing below it can be in the list. Some dozens of columns are left to sort instead of all.

    Args:
        scores: a row a customer, a column an item; -inf (a mask) is never chosen.
        k: length of a list.

    Returns:
        columns (`NONE` where a row has fewer than k) and their scores (-inf there), both of k columns.

    >>> top_k(np.array([[1.0, 3.0, 3.0, 2.0], [-np.inf, 5.0, -np.inf, -np.inf]]), 2)[0].tolist()
    [[1, 2], [1, -1]]
    """
    row, column = _contenders(scores, k) if scores.size else np.empty((2, 0), dtype=np.int64)
    return ranked(row, column, scores[row, column], rows=len(scores), k=k)


def ranked(
    row: np.ndarray, column: np.ndarray, values: np.ndarray, *, rows: int, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """The k best of each row from those that may be among them, as `top_k` gives them."""
    columns = np.full((rows, k), NONE, dtype=np.int64)
    best = np.full((rows, k), -np.inf, dtype=values.dtype)
    order = np.lexsort((column, -values, row))
    row, column, values = row[order], column[order], values[order]
    place = np.arange(len(row)) - np.searchsorted(row, np.arange(rows))[row]
    within = place < k
    columns[row[within], place[within]] = column[within]
    best[row[within], place[within]] = values[within]
    return columns, best


def _contenders(scores: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of all that may be among the k largest of a row: at least k where there are, and not many more."""
    width = scores.shape[1]
    chunks = width // CHUNK
    if chunks <= k:
        return reaching(scores, kth(scores, k) if width > k else np.full(len(scores), -np.inf, dtype=scores.dtype))
    whole = scores[:, : chunks * CHUNK].reshape(len(scores), chunks, CHUNK)
    largest = whole.max(axis=2)
    bound = kth(largest, k)
    row, chunk = reaching(largest, bound)
    place, inside = reaching(whole[row, chunk], bound[row])  # the other chunks are not looked at again
    last_row, last_column = reaching(scores[:, chunks * CHUNK :], bound)
    column = chunk[place] * CHUNK + inside
    return np.concatenate([row[place], last_row]), np.concatenate([column, last_column + chunks * CHUNK])


def kth(scores: np.ndarray, k: int) -> np.ndarray:
    """The k-th largest of each row."""
    return np.partition(scores, -k, axis=1)[:, -k]


def reaching(scores: np.ndarray, bound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of the scores that reach the bound of their row, without the masked ones."""
    unmasked = np.maximum(bound, np.finfo(scores.dtype).min)
    place = np.flatnonzero(scores >= unmasked[:, None])  # much faster than nonzero of a matrix
    return np.divmod(place, max(scores.shape[1], 1))
