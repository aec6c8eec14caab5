"""Fallback recommendations for customers without purchases: segment best sellers first, then overall best sellers.

Customers whose known products were only viewed or have been discontinued get lists of their own (`cold_start`). Places
that a level cannot fill go to the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from marketlake.recommend.data.catalogue import Catalogue, places_in
from marketlake.recommend.methods import content, popularity
from marketlake.recommend.methods.top_k import NONE

SEGMENT, CONTENT, POPULAR = "segment", "content", "popular"
REASONS = {
    SEGMENT: "Popular this month with customers like you",
    CONTENT: content.CONTENT.reason,
    POPULAR: popularity.POPULARITY_28.reason,
}
RARE = 0.01  # customers, for a product that nobody bought this month: it comes last
NO_SEGMENT = ""  # the segment of customers without one
LIST = ("segment", "rank", "product_id", "score", "list_type", "reason")


def fill_from_levels(levels: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """A list filled level by level: the best of the first level, then, while there are places, the best of the next.

    Of equal scores the smaller product comes first.

    Args:
        levels: a row a level, a column a product; 0 for products that a level does not offer.
        length: of the list.

    Returns:
        products, and the level of each.

    >>> items, level = fill_from_levels(np.array([[0, 3, 0, 1], [9, 8, 5, 0]]), 3)
    >>> items.tolist(), level.tolist()
    ([1, 3, 0], [0, 0, 1])
    """
    level = (levels > 0).argmax(axis=0)
    score = levels[level, np.arange(levels.shape[1])]
    found = np.flatnonzero(score > 0)
    order = found[np.lexsort((found, -score[found], level[found]))][:length]
    return order, level[order]


@dataclass(frozen=True)
class PopularityFallback:
    """Share of the customers of each segment, and of all, who bought each product in the last 28 days.

    Attributes:
        catalogue: the products that are sold.
        segments: names of those that are large enough, sorted.
        shares: a row a segment, and a last one of all customers; a column a product of the catalogue. In memory some
            12 bytes for each product that a segment bought.
    """

    catalogue: Catalogue
    segments: np.ndarray
    shares: sparse.csr_matrix

    @classmethod
    def from_segment_popularity(
        cls, segment_popularity: pd.DataFrame, catalogue: Catalogue, customers: int
    ) -> PopularityFallback:
        """From the rows of `demographics.segment_popularity`, and the number of all customers."""
        item = catalogue.places(segment_popularity["product_id"].to_numpy(dtype=str))
        segments, row = np.unique(segment_popularity["segment"].to_numpy(dtype=str), return_inverse=True)
        share = (segment_popularity["buyers"] / segment_popularity["customers"]).to_numpy(dtype=np.float32)
        shape = (len(segments), len(catalogue))
        by_segment = sparse.csr_matrix((share[item >= 0], (row[item >= 0], item[item >= 0])), shape=shape)
        return cls(catalogue, segments, sparse.vstack([by_segment, overall_popularity(catalogue, customers)]).tocsr())

    def rows(self, segment: np.ndarray) -> np.ndarray:
        """The row of each customer's segment; the last for customers without one that is large enough."""
        found = places_in(self.segments, segment)
        return np.where(found < 0, len(self.segments), found)

    def items(self, row: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Products of the list of a row, and whether each is from the segment's own level."""
        overall = len(self.segments)
        levels = self.shares[[row, overall]].toarray()
        found, level = fill_from_levels(levels, length)
        return found, (level == 0) & (row < overall)

    def lists(self, length: int) -> pd.DataFrame:
        """`LIST`: the list of each segment, and of all customers as `NO_SEGMENT`; score is the share of customers."""
        return pd.concat([self._list(row, length) for row in range(len(self.segments) + 1)], ignore_index=True)

    def matrix(self, segment: np.ndarray, length: int) -> np.ndarray:
        """The lists of customers by their segments: a row each, `NONE` where the catalogue has no more products."""
        of_rows = np.full((len(self.segments) + 1, length), NONE, dtype=np.int64)
        for row in range(len(of_rows)):
            found, _ = self.items(row, length)
            of_rows[row, : len(found)] = found
        return of_rows[self.rows(segment)]

    def _list(self, row: int, length: int) -> pd.DataFrame:
        found, is_own = self.items(row, length)
        of_all, of_segment = self.shares[[len(self.segments), row]].toarray()[:, found]
        name = self.segments[row] if row < len(self.segments) else NO_SEGMENT
        return fallback_list(self.catalogue, found, np.where(is_own, SEGMENT, POPULAR)).assign(
            segment=name, score=np.where(is_own, of_segment, of_all).astype(float)
        )[list(LIST)]


def overall_popularity(catalogue: Catalogue, customers: int) -> np.ndarray:
    """The share of all customers who bought each product in the last 28 days, as one row; never quite 0."""
    buyers = np.maximum(catalogue.statistics["buyers_28"], RARE)
    return (buyers / max(customers, 1)).astype(np.float32)[None, :]


def fallback_list(catalogue: Catalogue, items: np.ndarray, list_type: np.ndarray) -> pd.DataFrame:
    """rank, product_id, list_type and reason of one list."""
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(items) + 1),
            "product_id": catalogue.product_id[items],
            "list_type": list_type,
            "reason": [REASONS[name] for name in list_type],
        }
    )
