"""Metrics of lists of recommendations: accuracy, coverage, diversity, novelty and serendipity.

Accuracy is computed from a matrix of hits: a row a customer with a purchase in the evaluated period, a column a rank.
Customers without recommendations have no hits and count as zero. `relevant` is the number of different products that
the customer bought in the period.
"""

from __future__ import annotations

import numpy as np

from marketlake.recommend.data.catalogue import Catalogue

METRICS = ("ndcg", "precision", "recall", "f1", "map", "hit_rate")


def find_hits(lists: np.ndarray, relevant: np.ndarray, items: int) -> np.ndarray:
    """Marks the places of lists that hold a product which the customer bought.

    Args:
        lists: a row a customer, item numbers, best first; -1 where there is none.
        relevant: pairs (row of the customer, item) of purchases, one a row.
        items: how many items there are.

    >>> find_hits(np.array([[2, 0, -1]]), np.array([[0, 0], [0, 1]]), items=3).tolist()
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


def score_customers(hit: np.ndarray, relevant: np.ndarray, k: int) -> np.ndarray:
    """All of `METRICS` at k: a row a customer, a column a metric."""
    functions = (ndcg, precision, recall, f1, average_precision, hit_rate)
    return np.column_stack([metric(hit, relevant, k) for metric in functions])


def coverage(lists: np.ndarray, items: int) -> float:
    """Share of the catalogue that is in any list.

    >>> coverage(np.array([[0, 1], [1, -1]]), items=4)
    0.5
    """
    return len(np.unique(lists[lists >= 0])) / max(items, 1)


def diversity(lists: np.ndarray, type_of: np.ndarray) -> float:
    """Mean share of pairs of products in a list that are of different types; lists of fewer than two are left out.

    >>> round(diversity(np.array([[0, 1, 2]]), np.array([7, 7, 8])), 4)  # of three pairs two differ
    0.6667

    Source: Ziegler et al., Improving Recommendation Lists Through Topic Diversification (2005).
    """
    types = np.where(lists >= 0, type_of[np.maximum(lists, 0)], -1)
    left, right = np.triu_indices(lists.shape[1], 1)
    both = (types[:, left] >= 0) & (types[:, right] >= 0)
    differ = (types[:, left] != types[:, right]) & both
    pairs = both.sum(axis=1)
    return float((differ.sum(axis=1)[pairs > 0] / pairs[pairs > 0]).mean()) if (pairs > 0).any() else 0.0


def novelty(lists: np.ndarray, buyers: np.ndarray, customers: int) -> float:
    """Mean self-information of the recommended products in bits, -log2 of the share of customers who buy each.

    >>> novelty(np.array([[0, 1]]), np.array([4, 1]), customers=8)  # 1 bit and 3 bits
    2.0

    Source: Vargas and Castells, Rank and Relevance in Novelty and Diversity Metrics (2011).
    """
    share = np.maximum(buyers, 1) / max(customers, 1)
    shown = lists[lists >= 0]
    return float(-np.log2(share[shown]).mean()) if len(shown) else 0.0


def serendipity(lists: np.ndarray, hit: np.ndarray, popular: np.ndarray) -> float:
    """Share of places with a hit that the list of the most popular products does not have.

    >>> serendipity(np.array([[0, 1]]), np.array([[True, True]]), popular=np.array([0]))
    0.5

    Source: Ge, Delgado-Battenfeld and Jannach, Beyond Accuracy (2010).
    """
    return float((hit & ~np.isin(lists, popular)).mean()) if lists.size else 0.0


def beyond_accuracy(lists: np.ndarray, hit: np.ndarray, catalogue: Catalogue, customers: int) -> dict[str, float]:
    """Coverage, diversity, novelty and serendipity of lists of one length."""
    buyers = catalogue.statistics["buyers_28"]
    popular = np.argsort(-buyers, kind="stable")[: lists.shape[1]]
    return {
        "coverage": coverage(lists, len(catalogue)),
        "diversity": diversity(lists, catalogue.type_of),
        "novelty": novelty(lists, buyers, customers),
        "serendipity": serendipity(lists, hit, popular),
    }
