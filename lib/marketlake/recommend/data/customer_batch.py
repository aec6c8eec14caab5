"""Whole customers in NumPy: pairs of some hundreds at a time, so that matrices of all products fit a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from marketlake.recommend.data.catalogue import Catalogue, places_in

HALF_LIVES = (7, 30, 90, 180)  # days
VALUES = (
    "order_days",
    "days_since_first_order",
    "days_since_last_order",
    *(f"decayed_orders_{days}d" for days in HALF_LIVES),
    "interaction_weight",
)
INPUT = ("customer_id", "product_id", *VALUES)


@dataclass(frozen=True)
class CustomerBatch:
    """Some customers with their pairs: every product that they bought, viewed or put into a cart.

    Attributes:
        customer_id: ids, sorted; elsewhere a customer is a place in this array.
        row: customer of each pair, in order.
        item: product of each pair, as its place in the catalogue; in order within a customer.
        values: name -> a number for each pair (`VALUES`); days_since_first_order and days_since_last_order are NaN for
            products that the customer never bought.
        items: products in the catalogue.
        unsold_row, unsold_product_id, unsold_weight: customer, product and weight of the pairs whose product is not in
            the catalogue: only content-based scores use them.
    """

    customer_id: np.ndarray
    row: np.ndarray
    item: np.ndarray
    values: Mapping[str, np.ndarray]
    items: int
    unsold_row: np.ndarray
    unsold_product_id: np.ndarray
    unsold_weight: np.ndarray

    @classmethod
    def from_arrow(cls, pairs: pa.Table, catalogue: Catalogue) -> CustomerBatch:
        """From rows of `INPUT`; a customer whose products were all discontinued has a row without pairs."""
        names = pairs["customer_id"].to_numpy().astype(str)
        customer_id, row = np.unique(names, return_inverse=True)
        product_id = pairs["product_id"].to_numpy().astype(str)
        item = catalogue.places(product_id)
        order = np.lexsort((item, row))
        unsold, order = order[item[order] < 0], order[item[order] >= 0]
        every = {name: pc.cast(pairs[name], pa.float32()).to_numpy() for name in VALUES}
        values = {name: each[order] for name, each in every.items()}
        unsold_pairs = (row[unsold], product_id[unsold], every["interaction_weight"][unsold])
        return cls(customer_id, row[order], item[order], values, len(catalogue), *unsold_pairs)

    def subset(self, chosen: np.ndarray) -> CustomerBatch:
        """The part of the batch with some of the customers.

        Args:
            chosen: true for those customers.
        """
        number = np.cumsum(chosen) - 1
        kept, unsold = chosen[self.row], chosen[self.unsold_row]
        return CustomerBatch(
            self.customer_id[chosen],
            number[self.row[kept]],
            self.item[kept],
            {name: values[kept] for name, values in self.values.items()},
            self.items,
            number[self.unsold_row[unsold]],
            self.unsold_product_id[unsold],
            self.unsold_weight[unsold],
        )

    def places(self, row: np.ndarray, item: np.ndarray) -> np.ndarray:
        """The place of each customer and product among the pairs; -1 where they have none."""
        return places_in(self.row * self.items + self.item, row * self.items + item)

    def matrix(self, values: np.ndarray) -> sparse.csr_matrix:
        """A row a customer, a column a product; of one number a pair."""
        shape = (len(self.customer_id), self.items)
        return sparse.csr_matrix((values.astype(np.float32), (self.row, self.item)), shape=shape)

    def ratings(self) -> sparse.csr_matrix:
        """The matrix that ALS takes: ln(1 + weight), as of `integer_ids.with_integer_ids`."""
        return self.matrix(np.log1p(self.values["interaction_weight"]))

    @property
    def bought(self) -> np.ndarray:
        """For each pair: true if the product was ever bought."""
        return self.values["order_days"] > 0

    @property
    def has_bought(self) -> np.ndarray:
        """For each customer: true if they bought a product that is still sold."""
        return np.bincount(self.row[self.bought], minlength=len(self.customer_id)) > 0
