"""What lists of recommendations are worth, from a matrix of hits: a row a customer, a column a rank.

All of it is for customers who bought something in the period that is judged; a customer without recommendations has no
hits and counts as zero. `relevant` is how many different products she bought in it.
"""

from __future__ import annotations

import numpy as np

METRICS = ("ndcg", "precision", "recall", "f1", "map", "hit_rate")


def hits(lists: np.ndarray, relevant: np.ndarray, items: int) -> np.ndarray:
    """Whether each place of each list holds a product that the customer bought.

    Args:
        lists: a row a customer, item numbers, best first; -1 where there is none.
        relevant: pairs (row of the customer, item) that were bought, one a row.
        items: how many items there are.

    >>> hits(np.array([[2, 0, -1]]), np.array([[0, 0], [0, 1]]), items=3).tolist()
    [[False, True, False]]
    """
    keys = np.arange(len(lists))[:, None] * items + lists
    bought = relevant[:, 0] * items + relevant[:, 1]
    return np.isin(keys, bought) & (lists >= 0)


def precision(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:  # noqa: ARG001
    """Hits in the first k, over k.

    >>> precision(np.array([[True, False, True]]), np.array([4]), 3).round(4).tolist()
    [0.6667]
    """
    return hit[:, :k].sum(axis=1) / k


def recall(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Hits in the first k, over what could be hit.

    >>> recall(np.array([[True, False, True]]), np.array([4]), 3).tolist()
    [0.5]
    """
    return hit[:, :k].sum(axis=1) / relevant


def f1(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Harmonic mean of precision and recall: 2 hits / (k + relevant).

    >>> f1(np.array([[True, False, True]]), np.array([4]), 3).round(4).tolist()
    [0.5714]
    """
    return 2 * hit[:, :k].sum(axis=1) / (k + relevant)


def average_precision(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Precision at each hit, summed, over the hits that k places could hold.

    >>> average_precision(np.array([[True, False, True]]), np.array([4]), 3).round(4).tolist()  # (1/1 + 2/3) / 3
    [0.5556]
    """
    found = hit[:, :k]
    at = found.cumsum(axis=1) / np.arange(1, found.shape[1] + 1)
    return (at * found).sum(axis=1) / np.minimum(k, relevant)


def ndcg(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """Hits discounted by rank, 1 / log2(rank + 1), over those of a list that is all hits while there are any.

    >>> ndcg(np.array([[True, False, True]]), np.array([4]), 3).round(4).tolist()  # (1 + .5) / (1 + .6309 + .5)
    [0.7039]

    Source: Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques (2002).
    """
    discount = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], discount.cumsum()])[np.minimum(k, relevant)]
    return (hit[:, :k] * discount[: hit[:, :k].shape[1]]).sum(axis=1) / ideal


def hit_rate(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:  # noqa: ARG001
    """1 when anything in the first k was bought.

    >>> hit_rate(np.array([[False, True], [False, False]]), np.array([1, 1]), 2).tolist()
    [1.0, 0.0]
    """
    return hit[:, :k].any(axis=1).astype(float)


def per_customer(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """All of `METRICS` at k: a row a customer, a column a metric."""
    of = (ndcg, precision, recall, f1, average_precision, hit_rate)
    return np.column_stack([metric(hit, relevant, k) for metric in of])
