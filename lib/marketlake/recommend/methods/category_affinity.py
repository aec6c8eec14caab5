"""Category affinity: the types of product that a customer buys, and what is popular within each type."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FittedState, Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores

NEVER = 1_000.0  # days, for a product or type that was never bought


class CategoryAffinity:
    """Purchases of a batch's customers by type and category of product.

    Attributes:
        type_orders: days with an order, each worth half after 90 days: a row a customer, a column a type.
        type_order_days: days with an order, likewise.
        category_orders: as `type_orders`, a column a category.
        type_recency: days since the last order, likewise; `NEVER` without one.
        type_buyers: customers of the last 28 days, of each type.
        share_in_type: of each product, its share of those.
    """

    def __init__(self, batch: CustomerBatch, state: FittedState) -> None:
        self.batch, self.catalogue = batch, state.catalogue
        catalogue, values = self.catalogue, batch.values
        of_type = catalogue.type_of[batch.item]
        types, categories = (int(of.max(initial=-1)) + 1 for of in (catalogue.type_of, catalogue.category_of))
        self.type_orders = self._sums(of_type, values["decayed_orders_90d"], types)
        self.type_order_days = self._sums(of_type, values["order_days"], types)
        of_category = catalogue.category_of[batch.item]
        self.category_orders = self._sums(of_category, values["decayed_orders_90d"], categories)
        self.type_recency = np.full(self.type_orders.shape, NEVER, dtype=np.float32)
        recency = np.nan_to_num(values["days_since_last_order"], nan=NEVER)
        np.minimum.at(self.type_recency, (batch.row, of_type), recency)
        popular = catalogue.statistics["buyers_28"]
        self.type_buyers = np.bincount(catalogue.type_of, weights=popular, minlength=types)
        self.share_in_type = popular / np.maximum(self.type_buyers[catalogue.type_of], 1)

    def scores(self) -> np.ndarray:
        """Share of a type in the customer's purchases, times the share of a product in its type."""
        share = self.type_orders / np.maximum(self.type_orders.sum(axis=1, keepdims=True), 1e-9)
        return share[:, self.catalogue.type_of] * self.share_in_type.astype(np.float32)

    def features(self, row: np.ndarray, item: np.ndarray) -> dict[str, np.ndarray]:
        """`features.TYPES` of pairs."""
        of_type = self.catalogue.type_of[item]
        return {
            "type_decayed_orders_90d": self.type_orders[row, of_type],
            "type_order_days": self.type_order_days[row, of_type],
            "type_days_since_last_order": self.type_recency[row, of_type],
            "category_decayed_orders_90d": self.category_orders[row, self.catalogue.category_of[item]],
            "type_buyers_28": self.type_buyers[of_type],
            "share_in_type": self.share_in_type[item],
        }

    def _sums(self, of: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
        key = self.batch.row * count + of
        shape = (len(self.batch.customer_id), count)
        return np.bincount(key, values, minlength=shape[0] * count).reshape(shape).astype(np.float32)


def scores(scoring: ScoringBatch) -> DenseScores:
    """As of `CategoryAffinity.scores`."""
    return DenseScores(scoring.shared(CategoryAffinity).scores())


AFFINITY = Method(
    name="affinity",
    title="category affinity",
    role=Role.CANDIDATES | Role.FEATURE,
    scores=scores,
    reason="Popular in the categories you buy most",
    reason_priority=1,
)
