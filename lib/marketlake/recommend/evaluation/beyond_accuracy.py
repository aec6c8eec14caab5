"""What accuracy does not say of lists: how much of the catalogue they show, how varied and how surprising they are."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.data.catalogue import Catalogue


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


def of_lists(lists: np.ndarray, hit: np.ndarray, catalogue: Catalogue, customers: int) -> dict[str, float]:
    """All four, of lists of one length."""
    buyers = catalogue.statistics["buyers_28"]
    popular = np.argsort(-buyers, kind="stable")[: lists.shape[1]]
    return {
        "coverage": coverage(lists, len(catalogue)),
        "diversity": diversity(lists, catalogue.type_of),
        "novelty": novelty(lists, buyers, customers),
        "serendipity": serendipity(lists, hit, popular),
    }
