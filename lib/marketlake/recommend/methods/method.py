"""A method of the recommender: one object with its name, its words for people, its role, and its scores.

A new method is one file of this folder, and one line in `registry.METHODS`; candidates, features, reasons and the
reference methods of the evaluation follow from that list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Flag, auto
from typing import Any, TypeVar

import pandas as pd

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.fold_in import Factors
from marketlake.recommend.methods.scores import Scores

T = TypeVar("T")


class Role(Flag):
    """Uses of a method's scores."""

    REPEAT_CANDIDATES = auto()  # its best among the products that the customer has bought are candidates
    EXPLORE_CANDIDATES = auto()  # its best among the products that are new to the customer are candidates
    FEATURE = auto()  # the ranker learns from its score
    BASELINE = auto()  # a trivial method: a model must be better than the best of them
    FALLBACK = auto()  # makes lists for customers without purchases of a current product
    REFERENCE = auto()  # only compared in the evaluation: its candidates and scores stay out of the blend
    CANDIDATES = REPEAT_CANDIDATES | EXPLORE_CANDIDATES


@dataclass(frozen=True)
class FitData:
    """Data of one day that methods are fitted on, in memory.

    Attributes:
        catalogue: the products that are sold.
        sample: pairs of the customers that others are compared with (40 bytes a pair).
        products: product_id and `content.COLUMNS` of all products that customers touched.
        baskets: customer_id, product_id, happened_on of the sample's purchases in the last 90 days; only the evaluation
            has them, for reference methods.
    """

    catalogue: Catalogue
    sample: CustomerBatch
    products: pd.DataFrame
    baskets: pd.DataFrame | None = None


@dataclass(frozen=True)
class FittedState:
    """State of one day by which customers are scored.

    Attributes:
        catalogue: the products that are sold.
        customers: number of customers with a pair.
        factors: of ALS, fitted on Spark.
        models: `Method.model` -> result of `Method.fit`.
    """

    catalogue: Catalogue
    customers: int
    factors: Factors
    models: Mapping[str, Any]


class ScoringBatch:
    """A batch of customers while methods score it, with the intermediate results that several methods share."""

    def __init__(self, batch: CustomerBatch, state: FittedState) -> None:
        self.batch, self.state = batch, state
        self._results: dict[Callable[..., Any], Any] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """Customers of the batch and products of the catalogue."""
        return len(self.batch.customer_id), self.batch.items

    def shared(self, compute: Callable[[CustomerBatch, FittedState], T]) -> T:
        """The result of a function of batch and state, which is computed once."""
        if compute not in self._results:
            self._results[compute] = compute(self.batch, self.state)
        result: T = self._results[compute]
        return result


@dataclass(frozen=True)
class Method:
    """A way to score products for customers.

    Attributes:
        name: of its column among the candidates' columns, and of its feature.
        title: for figures and tables.
        role: uses of its scores.
        scores: of every customer of a batch and every product; finite, deterministic, and of each customer independent
            of the others in the batch.
        reason: shown to the customer beside a new product that stands highest in this method's list; None: never shown.
        reason_priority: of methods in which a product stands equally high, the largest is shown.
        fit: the model that scores need; None for a method without one.
        model: name of the model in `FittedState.models`; methods of one name share the model.
    """

    name: str
    title: str
    role: Role
    scores: Callable[[ScoringBatch], Scores]
    reason: str | None = None
    reason_priority: int = 0
    fit: Callable[[FitData], Any] | None = None
    model: str | None = None
