"""The products that are sold on a day, with the statistics of their sales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

WINDOWS = (7, 14, 28, 90)  # days
STATISTICS = (
    *(f"buyers_{days}" for days in WINDOWS),
    "buyers",
    "repeat_share",
    "gap_days",
    "age_days",
    "discount_share",
    "recent_discount_share",
)


@dataclass(frozen=True)
class Catalogue:
    """Products in the order of their ids; everywhere else a product is its place here.

    Attributes:
        product_id: ids, sorted.
        type_of: number of each product's type.
        category_of: number of its category.
        statistics: name -> a number for each product (`STATISTICS`).
    """

    product_id: np.ndarray
    type_of: np.ndarray
    category_of: np.ndarray
    statistics: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.product_id)

    def places(self, product_ids: np.ndarray) -> np.ndarray:
        """The place of each product; -1 for one that is not sold."""
        return places_in(self.product_id, product_ids)

    @classmethod
    def from_statistics(cls, frame: pd.DataFrame) -> Catalogue:
        """From the rows of `product_statistics`."""
        frame = frame.sort_values("product_id")
        return cls(
            product_id=frame["product_id"].to_numpy(dtype=str),
            type_of=np.unique(frame["product_type"].to_numpy(dtype=str), return_inverse=True)[1],
            category_of=np.unique(frame["category"].to_numpy(dtype=str), return_inverse=True)[1],
            statistics={name: frame[name].to_numpy(dtype=np.float32) for name in STATISTICS},
        )


def places_in(known: np.ndarray, names: np.ndarray) -> np.ndarray:
    """The place of each name in a sorted array; -1 for one that is not in it."""
    if not len(known):
        return np.full(len(names), -1)
    found = np.searchsorted(known, names).clip(max=len(known) - 1)
    return np.where(known[found] == names, found, -1)
