"""Features of a candidate: everything that the ranker learns from, by name."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.data.catalogue import STATISTICS
from marketlake.recommend.methods.category_affinity import NEVER, CategoryAffinity
from marketlake.recommend.methods.method import Role, ScoringBatch
from marketlake.recommend.methods.own_frequency import OWN_FREQUENCY
from marketlake.recommend.methods.registry import with_role

PAIR = ("order_days", "days_since_first_order", "days_since_last_order")
METHODS = tuple(method.name for method in with_role(Role.FEATURE))
DERIVED = ("popularity_trend", "order_rate", "gaps_since_last_order", "share_of_type", "share_of_all")
TYPES = (
    "type_decayed_orders_90d",
    "type_order_days",
    "type_days_since_last_order",
    "category_decayed_orders_90d",
    "type_buyers_28",
    "share_in_type",
)
CUSTOMER = (
    "customer_decayed_orders_30d",
    "customer_decayed_orders_90d",
    "customer_days_since_last_order",
    "customer_products",
)
FEATURES = tuple(dict.fromkeys((*STATISTICS, *PAIR, *METHODS, *DERIVED, *TYPES, *CUSTOMER)))
OWN = (*PAIR, *(method.name for method in OWN_FREQUENCY))  # missing for products that the customer never bought


def build_features(
    scoring: ScoringBatch, scores: dict[str, np.ndarray], row: np.ndarray, item: np.ndarray, is_repeat: np.ndarray
) -> dict[str, np.ndarray]:
    """`FEATURES` and the methods' scores of pairs, by name.

    Args:
        scoring: the customers.
        scores: name of a method -> its score of each pair.
        row: customer of each pair.
        item: product of each pair.
        is_repeat: whether the customer has bought it.
    """
    batch, affinity = scoring.batch, scoring.shared(CategoryAffinity)
    columns = {name: values[item] for name, values in scoring.state.catalogue.statistics.items()} | scores
    place = batch.places(row[is_repeat], item[is_repeat])
    for name in OWN:
        columns[name] = np.full(len(row), np.nan)
        columns[name][is_repeat] = batch.values[name][place]
    columns |= affinity.features(row, item)
    columns |= {name: values[row] for name, values in _customer_features(scoring).items()}
    columns["popularity_trend"] = (columns["buyers_14"] + 1) / (columns["buyers_90"] + 3)
    columns["order_rate"] = columns["order_days"] / (columns["days_since_first_order"] + 7)
    # The customer's own mean gap; after one purchase only the product's is known.
    known_days = columns["days_since_first_order"] - columns["days_since_last_order"]
    gap = (known_days + columns["gap_days"]) / columns["order_days"]
    columns["gaps_since_last_order"] = columns["days_since_last_order"] / np.maximum(gap, 1)
    decayed = columns["decayed_orders_90d"]
    columns["share_of_type"] = decayed / np.maximum(columns["type_decayed_orders_90d"], 1e-9)
    columns["share_of_all"] = decayed / np.maximum(columns["customer_decayed_orders_90d"], 1e-9)
    return columns


def _customer_features(scoring: ScoringBatch) -> dict[str, np.ndarray]:
    """`CUSTOMER`, of each customer of the batch."""
    batch, customers = scoring.batch, len(scoring.batch.customer_id)
    recency = scoring.shared(CategoryAffinity).type_recency
    return {
        "customer_decayed_orders_30d": np.bincount(batch.row, batch.values["decayed_orders_30d"], minlength=customers),
        "customer_decayed_orders_90d": np.bincount(batch.row, batch.values["decayed_orders_90d"], minlength=customers),
        "customer_days_since_last_order": recency.min(axis=1, initial=NEVER),
        "customer_products": np.bincount(batch.row, batch.bought, minlength=customers),
    }
