"""Factors of customers against fixed factors of items: half a step of implicit ALS, without Spark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from marketlake.recommend.inner_products import LongestFirst


@dataclass(frozen=True)
class Factors:
    """Factors of products, and what a customer is folded in with.

    Attributes:
        items: a row a product of a catalogue; zeros for one that ALS does not know.
        reg: λ of the fit.
        alpha: α of the fit.
    """

    items: np.ndarray
    reg: float
    alpha: float

    @cached_property
    def longest_first(self) -> LongestFirst:
        """The products by the length of their factors."""
        return LongestFirst(self.items)


def fold_in(history: sparse.csr_matrix, factors: Factors) -> np.ndarray:
    """The factors that MLlib's implicit ALS would give customers with these interactions.

    MLlib ends an iteration with its customers, so that for those it was fitted on these are its own factors; for a
    customer who came later, or bought since, they are what one more half step would give.

        x_u = (YᵀY + Yᵀ(C_u − I)Y + λ n_u I)⁻¹ Yᵀ C_u p_u,   C_u = diag(1 + α r_u), p_u = 1 where r_u > 0

    Args:
        history: a row a customer, a column an item, ratings r > 0.
        factors: Y, λ and α of the fit; as in MLlib λ is multiplied by n_u, the customer's items.

    Returns:
        a row a customer; zeros for one without history.

    Source: Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008).
    """
    y, rank = factors.items, factors.items.shape[1]
    folded = np.zeros((history.shape[0], rank), dtype=np.float32)
    known = np.abs(y).sum(axis=1) > 0
    gram = y.T.astype(np.float64) @ y
    for row in range(history.shape[0]):
        part = slice(history.indptr[row], history.indptr[row + 1])
        items, weights = history.indices[part], history.data[part]
        items, weights = items[known[items]], weights[known[items]]
        if not len(items):
            continue
        own = y[items].astype(np.float64)
        confidence = 1 + factors.alpha * weights
        left = gram + (own.T * (confidence - 1)) @ own + factors.reg * len(items) * np.eye(rank)
        folded[row] = np.linalg.solve(left, own.T @ confidence)
    return folded
