"""Factors of customers against fixed factors of items: half a step of implicit ALS, without Spark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from marketlake.recommend.methods.inner_products import NormSortedFactors


@dataclass(frozen=True)
class Factors:
    """Factors of products, and the parameters by which customers are folded in.

    Attributes:
        norm_sorted: factors of a catalogue's products; zeros for products that ALS does not know.
        gram: their inner products, YᵀY.
        reg: λ of the fit.
        alpha: α of the fit.
    """

    norm_sorted: NormSortedFactors
    gram: np.ndarray
    reg: float
    alpha: float

    @classmethod
    def from_items(cls, items: np.ndarray, reg: float, alpha: float) -> Factors:
        """From a row a product."""
        return cls(NormSortedFactors.from_items(items), gram(items), reg, alpha)

    @property
    def items(self) -> np.ndarray:
        """A row a product of the catalogue: a copy."""
        return self.norm_sorted.factors(np.arange(len(self.norm_sorted.order)))


def gram(rows: np.ndarray) -> np.ndarray:
    """Inner products of the columns, as sums of float64."""
    exact = rows.astype(np.float64)
    return exact.T @ exact


def fold_in(history: sparse.csr_matrix, factors: Factors) -> np.ndarray:
    """The factors that MLlib's implicit ALS would give customers with these interactions.

    MLlib ends an iteration with its customers, so that for those it was fitted on these are its own factors; for
    customers with newer purchases they are the result of one more half step.

        x_u = (YᵀY + Yᵀ(C_u − I)Y + λ n_u I)⁻¹ Yᵀ C_u p_u,   C_u = diag(1 + α r_u), p_u = 1 where r_u > 0

    Args:
        history: a row a customer, a column an item, ratings r > 0.
        factors: Y, λ and α of the fit; as in MLlib λ is multiplied by n_u, the customer's items.

    Returns:
        a row a customer; zeros for one without history.

    Source: Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008).
    """
    products, rank = factors.norm_sorted, len(factors.gram)
    folded = np.zeros((history.shape[0], rank), dtype=np.float32)
    place = products.place[history.indices]
    known = products.norms[place] > 0
    for row in range(history.shape[0]):
        part = slice(history.indptr[row], history.indptr[row + 1])
        own = products.rows[place[part][known[part]]].astype(np.float64)
        if not len(own):
            continue
        confidence = 1 + factors.alpha * history.data[part][known[part]]
        left = factors.gram + (own.T * (confidence - 1)) @ own + factors.reg * len(own) * np.eye(rank)
        folded[row] = np.linalg.solve(left, own.T @ confidence)
    return folded
