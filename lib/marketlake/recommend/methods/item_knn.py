"""Item-item neighbourhoods: products that are bought by the same customers.

Two products are as alike as the cosine of their buyers. Shrinkage pulls similarities that rest on few common buyers
towards zero.

Source: Linden, Smith and York, Amazon.com Recommendations: Item-to-Item Collaborative Filtering (2003).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FitData, Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores
from marketlake.recommend.methods.top_k import top_k

NEAREST = 50  # neighbours of a product
MIN_BUYERS = 5  # with fewer a product is no neighbour
SHRINKAGE = 5  # buyers that are added to those of each product
RECENT = 0.5  # decayed orders with a half-life of 90 days: one of the last 90 days, or some before
CHUNK = 512  # products at a time; of 20,000 a chunk is 40 MB


@dataclass(frozen=True)
class ItemKnn:
    """Likeness of products: a row a product that was bought, a column one that is recommended; 600 bytes a product."""

    likeness: sparse.csr_matrix

    def scores(self, batch: CustomerBatch) -> np.ndarray:
        """Likeness to the customer's purchases, each day worth half after 90 days; summed."""
        return (batch.matrix(batch.values["decayed_orders_90d"]) @ self.likeness).toarray()


def fit_item_knn(bought: sparse.csr_matrix) -> ItemKnn:
    """The neighbours of each product.

        likeness(i, j) = |buyers of both| / sqrt((|buyers of i| + 5) (|buyers of j| + 5))

    Args:
        bought: a row a customer, a column a product; not 0 where the customer bought it.
    """
    products = bought.shape[1]
    buyers = np.asarray((bought != 0).sum(axis=0)).ravel()
    often = np.flatnonzero(buyers >= MIN_BUYERS)
    unit = (bought != 0).astype(np.float32).tocsc()[:, often] @ sparse.diags(1 / np.sqrt(buyers[often] + SHRINKAGE))
    by_product, by_customer = unit.T.tocsr().astype(np.float32), unit.tocsr().astype(np.float32)
    parts = [sparse.csr_matrix((0, len(often)), dtype=np.float32)]
    for first in range(0, len(often), CHUNK):
        both = (by_product[first : first + CHUNK] @ by_customer).toarray()
        both[np.arange(len(both)), np.arange(first, first + len(both))] = 0  # nothing is its own neighbour
        found, values = top_k(np.where(both > 0, both, -np.inf), min(NEAREST, len(often)))
        row, place = np.nonzero(found >= 0)
        parts.append(sparse.csr_matrix((values[row, place], (row, found[row, place])), shape=both.shape))
    nearest = sparse.vstack(parts).tocoo()
    places = (often[nearest.row], often[nearest.col])
    return ItemKnn(sparse.csr_matrix((nearest.data.astype(np.float32), places), shape=(products, products)))


def _fit(data: FitData) -> ItemKnn:
    sample = data.sample
    return fit_item_knn(sample.matrix(sample.values["decayed_orders_90d"]) >= RECENT)


def _scores(scoring: ScoringBatch) -> DenseScores:
    model: ItemKnn = scoring.state.models[ITEM_KNN.name]
    return DenseScores(model.scores(scoring.batch))


ITEM_KNN = Method(
    name="item_knn",
    title="item-item (bought together)",
    role=Role.CANDIDATES | Role.REFERENCE,
    scores=_scores,
    fit=_fit,
)
