"""Products with similar descriptions: department, category, type, brand, package size and the words of their names.

A word is weighted by its rarity (TF-IDF), and two products are as alike as the cosine of their words; a customer's
profile is the sum of the products that they touched. It ignores other buyers, so it also covers products without sales
and discontinued ones.

Source: Lops, de Gemmis and Semeraro, Content-based Recommender Systems (2011), 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from marketlake.recommend.data.catalogue import Catalogue, places_in
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FitData, Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores

COLUMNS = ("department", "category", "product_type", "brand", "package_size")
NAMES = ("category", "product_type")  # their single words count too


@dataclass(frozen=True)
class Content:
    """Words of products.

    Attributes:
        product_id: products that customers touched, sorted; sold or not.
        vectors: their words: a row a product, of length 1; some 100 bytes each.
        sold: the same of the catalogue's products.
    """

    product_id: np.ndarray
    vectors: sparse.csr_matrix
    sold: sparse.csr_matrix

    @classmethod
    def fit(cls, products: pd.DataFrame, catalogue: Catalogue) -> Content:
        """From product_id and `COLUMNS` of the products that customers touched, all of the catalogue among them."""
        products = products.sort_values("product_id")
        product_id = products["product_id"].to_numpy(dtype=str)
        rows = [tokens(row) for row in products[list(COLUMNS)].to_dict("records")]
        vectors = sparse.csr_matrix((len(rows), 1), dtype=np.float32)  # without any description
        if any(rows):
            vectors = TfidfVectorizer(analyzer=list, sublinear_tf=True, dtype=np.float32).fit_transform(rows).tocsr()
        place = places_in(product_id, catalogue.product_id)
        known = sparse.diags((place >= 0).astype(np.float32))
        return cls(product_id, vectors, (known @ vectors[place]).tocsr())

    def scores(self, batch: CustomerBatch) -> np.ndarray:
        """Likeness of each product to those that a customer touched (cosine): a row a customer, a column a product."""
        values = np.log1p(batch.values["interaction_weight"])
        shape = (len(batch.customer_id), len(self.product_id))
        place = places_in(self.product_id, batch.unsold_product_id)
        known = place >= 0
        unsold = (np.log1p(batch.unsold_weight[known]), (batch.unsold_row[known], place[known]))
        profile = batch.matrix(values) @ self.sold + sparse.csr_matrix(unsold, shape=shape) @ self.vectors
        length = np.sqrt(np.asarray(profile.multiply(profile).sum(axis=1)).ravel())
        unit = sparse.diags(1 / np.maximum(length, 1e-9)) @ profile
        scores: np.ndarray = (unit @ self.sold.T).toarray().astype(np.float32)
        return scores


def tokens(product: Mapping[str, object]) -> list[str]:
    """The words of a product: each value as a whole, and the single words of its category's and type's names.

    >>> tokens({"category": "SALAD MIX", "product_type": "ORGANIC", "brand": None})
    ['category SALAD MIX', 'salad', 'mix', 'product_type ORGANIC', 'organic']
    """
    found = []
    for column, value in product.items():
        if value is not None and value == value:  # noqa: PLR0124  (a missing value of pandas is not itself)
            found.append(f"{column} {value}")
            found += re.findall(r"[^\W\d_]+", str(value).lower()) if column in NAMES else []
    return found


def _fit(data: FitData) -> Content:
    return Content.fit(data.products, data.catalogue)


def _scores(scoring: ScoringBatch) -> DenseScores:
    model: Content = scoring.state.models[CONTENT.name]
    return DenseScores(model.scores(scoring.batch))


CONTENT = Method(
    name="content",
    title="content (words of products)",
    role=Role.CANDIDATES | Role.REFERENCE | Role.FALLBACK,
    scores=_scores,
    reason="Similar to products you looked at or bought before",
    fit=_fit,
)
