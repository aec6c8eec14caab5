"""Which products a customer might buy next, and what is known of each that a ranker can learn from.

Every method here gives a score to a pair of customer and product. Its best for each customer are candidates: among what
she has bought (repeat) and among what she has not (explore). So a list of any single method is a sort of its column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from marketlake.recommend.data.catalogue import STATISTICS, Catalogue
from marketlake.recommend.data.customer_batch import HALF_LIVES, CustomerBatch
from marketlake.recommend.methods.content import Content
from marketlake.recommend.methods.fold_in import Factors, fold_in
from marketlake.recommend.methods.inner_products import InnerProducts
from marketlake.recommend.methods.scores import DenseScores, Scores
from marketlake.recommend.methods.user_knn import UserKnn
from marketlake.recommend.ranking.lists import rank_within_customer

LONGEST = 40  # candidates of one method for a customer; and the longest list of it that can be judged
SHARED = ("buyers_14", "buyers_28", "als", "neighbours_14", "neighbours_28", "affinity", "random")
DECAYED = tuple(f"decayed_orders_{days}d" for days in HALF_LIVES)
OWN = ("order_days", "days_since_first_order", "days_since_last_order", *DECAYED)
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
FEATURES = (*STATISTICS, *OWN, "neighbours", *SHARED[2:6], *DERIVED, *TYPES, *CUSTOMER)
NEVER = 1_000.0  # days, for what was never bought


@dataclass(frozen=True)
class FittedState:
    """What a day knows, by which customers are scored.

    Attributes:
        catalogue: the products that are sold.
        factors: of ALS.
        neighbours: customers that others are compared with.
        customers: how many there are.
        content: words of all products that they touched.
    """

    catalogue: Catalogue
    factors: Factors
    neighbours: UserKnn
    customers: int
    content: Content


@dataclass(frozen=True)
class Candidates:
    """Pairs of customers and products that might be bought.

    Attributes:
        row: the customer's place in her batch.
        item: the product's place in the catalogue.
        is_repeat: whether she has bought it before.
        columns: name -> a number for each pair: `FEATURES`, and the methods of `SHARED`.
    """

    row: np.ndarray
    item: np.ndarray
    is_repeat: np.ndarray
    columns: dict[str, np.ndarray]

    def features(self) -> np.ndarray:
        """What a ranker learns from: a row a pair, a column for each of `FEATURES`; -1 for what was never bought."""
        return np.nan_to_num(np.column_stack([self.columns[name] for name in FEATURES]).astype(np.float32), nan=-1.0)


def build_candidates(batch: CustomerBatch, state: FittedState) -> Candidates:
    """The best of each method, for each customer of a batch, with what is known of them."""
    catalogue = state.catalogue
    tastes = _CategoryAffinity(batch, catalogue)
    methods = _methods(batch, state, tastes)
    row, item, is_repeat, place = select_candidates(batch, methods, explored=SHARED, own=DECAYED)
    columns = {name: values[item] for name, values in catalogue.statistics.items()}
    columns |= {name: scores.at(row, item) for name, scores in methods.items()}
    for name in OWN:
        columns[name] = np.full(len(row), np.nan)
        columns[name][is_repeat] = batch.values[name][place[is_repeat]]
    columns |= tastes.columns(row, item)
    columns["popularity_trend"] = (columns["buyers_14"] + 1) / (columns["buyers_90"] + 3)
    columns["order_rate"] = columns["order_days"] / (columns["days_since_first_order"] + 7)
    # Her own mean gap, of which one purchase says nothing yet: the product's, then.
    gap = (columns["days_since_first_order"] - columns["days_since_last_order"] + columns["gap_days"]) / columns[
        "order_days"
    ]
    columns["gaps_since_last_order"] = columns["days_since_last_order"] / np.maximum(gap, 1)
    columns["share_of_type"] = columns["decayed_orders_90d"] / np.maximum(columns["type_decayed_orders_90d"], 1e-9)
    columns["share_of_all"] = columns["decayed_orders_90d"] / np.maximum(columns["customer_decayed_orders_90d"], 1e-9)
    return Candidates(row, item, is_repeat, columns)


def _methods(batch: CustomerBatch, state: FittedState, tastes: _CategoryAffinity) -> dict[str, Scores]:
    """A score of every customer and product, by each method that has one."""
    statistics, factors = state.catalogue.statistics, state.factors
    shape = (len(batch.customer_id), batch.items)
    tables = {
        "buyers_14": np.broadcast_to(statistics["buyers_14"], shape),
        "buyers_28": np.broadcast_to(statistics["buyers_28"], shape),
        "affinity": tastes.affinity(),
        "random": _noise(batch),
        **state.neighbours.scores(batch),
    }
    by_factors = InnerProducts(fold_in(batch.ratings(), factors), factors.norm_sorted)
    return {"als": by_factors} | {name: DenseScores(values) for name, values in tables.items()}


def select_candidates(
    batch: CustomerBatch, methods: Mapping[str, Scores], *, explored: Sequence[str], own: Sequence[str] = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Row and item of the best of each method, whether they were bought before, and their place in the batch.

    Args:
        batch: customers.
        methods: name -> scores; the best of what she bought are chosen.
        explored: of those, the methods whose best are chosen of what is new to her too.
        own: values of the batch by which the best of what she bought are chosen.
    """
    pairs = np.flatnonzero(batch.bought)
    row, item = batch.row[pairs], batch.item[pairs]
    bought, keys = row * batch.items + item, []
    for name, scores in methods.items():
        if name in explored:
            keys.append(_best(scores, row, item, batch.items))
        keys.append(_best_pairs(row, item, scores.at(row, item), batch))
    for name in own:
        keys.append(_best_pairs(row, item, batch.values[name][pairs], batch))
    key = np.unique(np.concatenate(keys))
    row, item = key // max(batch.items, 1), key % max(batch.items, 1)
    is_repeat = np.isin(key, bought)
    place = np.searchsorted(batch.row * batch.items + batch.item, key).clip(max=max(len(batch.row) - 1, 0))
    return row, item, is_repeat, place


def _best(scores: Scores, known_row: np.ndarray, known_item: np.ndarray, items: int) -> np.ndarray:
    found, _ = scores.best(known_row, known_item, min(LONGEST, items))
    row, place = np.nonzero(found >= 0)
    return row * items + found[row, place]


def _best_pairs(row: np.ndarray, item: np.ndarray, score: np.ndarray, batch: CustomerBatch) -> np.ndarray:
    order, place = rank_within_customer(row, item, score)
    best = order[place < LONGEST]
    return row[best] * batch.items + item[best]


def _noise(batch: CustomerBatch) -> np.ndarray:
    """A number for each customer and product that knows nothing of either; the same in every run."""
    seeds = np.array([hash_of(customer) for customer in batch.customer_id], dtype=np.uint64)
    mixed = seeds[:, None] ^ (np.arange(batch.items, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(40)).astype(np.float32)


def hash_of(text: str) -> int:
    """FNV-1a of a text in 64 bits: Python's own hash is another one in every process."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


class _CategoryAffinity:
    """What the customers of a batch buy by type and category of product."""

    def __init__(self, batch: CustomerBatch, catalogue: Catalogue) -> None:
        self.batch, self.catalogue = batch, catalogue
        values, of_type = batch.values, catalogue.type_of[batch.item]
        days_since_last_order = np.nan_to_num(values["days_since_last_order"], nan=NEVER)
        self.types, categories = (int(of.max(initial=-1)) + 1 for of in (catalogue.type_of, catalogue.category_of))
        self.recent = self._sums(of_type, values["decayed_orders_90d"], self.types)
        self.days = self._sums(of_type, values["order_days"], self.types)
        self.category = self._sums(catalogue.category_of[batch.item], values["decayed_orders_90d"], categories)
        self.days_since_last_order = np.full(self.recent.shape, NEVER, dtype=np.float32)
        np.minimum.at(self.days_since_last_order, (batch.row, of_type), days_since_last_order)
        popular = catalogue.statistics["buyers_28"]
        self.type_buyers = np.bincount(catalogue.type_of, weights=popular, minlength=self.types)
        self.share_in_type = popular / np.maximum(self.type_buyers[catalogue.type_of], 1)
        customers = len(batch.customer_id)
        self.customer = {
            "customer_decayed_orders_30d": np.bincount(batch.row, values["decayed_orders_30d"], minlength=customers),
            "customer_decayed_orders_90d": np.bincount(batch.row, values["decayed_orders_90d"], minlength=customers),
            "customer_days_since_last_order": self.days_since_last_order.min(axis=1, initial=NEVER),
            "customer_products": np.bincount(batch.row, batch.bought, minlength=customers),
        }

    def affinity(self) -> np.ndarray:
        """Share of a type in what she buys, times the share of a product in its type: content alone."""
        share = self.recent / np.maximum(self.recent.sum(axis=1, keepdims=True), 1e-9)
        return share[:, self.catalogue.type_of] * self.share_in_type.astype(np.float32)

    def columns(self, row: np.ndarray, item: np.ndarray) -> dict[str, np.ndarray]:
        """`TYPES` and `CUSTOMER` of pairs."""
        of_type = self.catalogue.type_of[item]
        return {
            "type_decayed_orders_90d": self.recent[row, of_type],
            "type_order_days": self.days[row, of_type],
            "type_days_since_last_order": self.days_since_last_order[row, of_type],
            "category_decayed_orders_90d": self.category[row, self.catalogue.category_of[item]],
            "type_buyers_28": self.type_buyers[of_type],
            "share_in_type": self.share_in_type[item],
            **{name: values[row] for name, values in self.customer.items()},
        }

    def _sums(self, of: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
        key = self.batch.row * count + of
        shape = (len(self.batch.customer_id), count)
        return np.bincount(key, values, minlength=shape[0] * count).reshape(shape).astype(np.float32)
