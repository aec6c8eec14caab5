"""The holdout day: the state before a period, and the purchases of that period, by which lists are evaluated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.catalogue import Catalogue, places_in
from marketlake.recommend.data.interactions import between, purchases
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.settings import TrainingSettings
from marketlake.recommend.training import purchases_with_repeat_flag


@dataclass(frozen=True)
class HoldoutPurchases:
    """Purchases of the evaluated customers in a period, once for each product.

    Attributes:
        customer_id: customers with a purchase, sorted; the rows of everything here.
        is_known: true for customers who had bought before the period (warm).
        row: customer of each purchase.
        item: place of the product in the catalogue; numbers beyond it for products that are not in it.
        is_repeat: true for products that the customer had bought before.
        items: one more than the largest item.
    """

    customer_id: np.ndarray
    is_known: np.ndarray
    row: np.ndarray
    item: np.ndarray
    is_repeat: np.ndarray
    items: int

    def matches(self, target: str) -> np.ndarray:
        """The purchases that a list for a target could hit, as a mask."""
        masks = {"all": np.ones_like(self.is_repeat), "repeat": self.is_repeat, "explore": ~self.is_repeat}
        return masks[target]


@dataclass(frozen=True)
class HoldoutDay:
    """The state of a day for the evaluated customers, and their purchases in the period after it.

    Attributes:
        as_of: first day that is not known.
        state: fitted on the days before.
        customer_id: evaluated customers who had bought before, in the order of the candidates' rows.
        candidates: of those customers.
        purchases: of the period.
        is_bought: true for candidates that were bought in the period.
    """

    as_of: date
    state: FittedState
    customer_id: np.ndarray
    candidates: Candidates
    purchases: HoldoutPurchases
    is_bought: np.ndarray


def evaluation_share(settings: TrainingSettings, customers: int) -> float:
    """Share of the customers who are evaluated."""
    return min(1.0, settings.evaluation_sample / customers)


def collect_purchases(
    order_lines: DataFrame,
    pairs: DataFrame,
    customer_id: np.ndarray,
    catalogue: Catalogue,
    *,
    as_of: date,
    period_days: int,
    share: float,
) -> HoldoutPurchases:
    """The purchases of the evaluated customers in the period from a day on.

    Collected: a row for each customer and product of one period.

    Args:
        order_lines: silver.order_lines.
        pairs: `pairs.build_pairs` up to the day.
        customer_id: customers who had bought before.
        catalogue: of the day.
        as_of: first day of the period.
        period_days: its length in days.
        share: of the customers, who are evaluated.
    """
    later = between(purchases(order_lines), as_of, period_days)
    bought = sample_by_hash(purchases_with_repeat_flag(later, pairs), share, "customer_id").toPandas()
    return index_purchases(bought, customer_id, catalogue)


def index_purchases(bought: pd.DataFrame, known: np.ndarray, catalogue: Catalogue) -> HoldoutPurchases:
    """Purchases by row of the customer and place in the catalogue.

    Args:
        bought: customer_id, product_id, is_repeat, as of `training.purchases_with_repeat_flag`.
        known: ids of customers who had bought before.
        catalogue: of the day before the period.
    """
    customer_id, row = np.unique(bought["customer_id"].to_numpy(dtype=str), return_inverse=True)
    names = bought["product_id"].to_numpy(dtype=str)
    item = catalogue.places(names)
    others, number = np.unique(names[item < 0], return_inverse=True)
    item[item < 0] = len(catalogue) + number
    is_repeat = bought["is_repeat"].to_numpy(dtype=bool)
    items = len(catalogue) + len(others)
    return HoldoutPurchases(customer_id, np.isin(customer_id, known), row, item, is_repeat, items)


def label_candidates(candidates: Candidates, customer_id: np.ndarray, bought: HoldoutPurchases) -> np.ndarray:
    """True for candidates that were bought in the period."""
    row = places_in(bought.customer_id, customer_id[candidates.row])
    key = np.where(row < 0, -1, row * bought.items + candidates.item)
    return np.isin(key, bought.row * bought.items + bought.item)
