"""What is offered to whom who bought nothing yet: a ladder whose rungs know less and less of her.

What her segment buys, if she has one that is large enough; else what all buy. Who has touched products, but bought none
that is still sold, stands on a rung of her own (`cold_start`). What a rung cannot fill is filled by the next.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from marketlake.recommend.data.catalogue import Catalogue, places_in
from marketlake.recommend.methods.top_k import NONE

SEGMENT, CONTENT, POPULAR = "segment", "content", "popular"
REASONS = {
    SEGMENT: "much bought this month by customers like you",
    CONTENT: "like what you looked at or bought before",
    POPULAR: "much bought this month",
}
RARE = 0.01  # customers, for a product that nobody bought this month: it is offered last
NO_SEGMENT = ""  # the segment of who has none
LIST = ("segment", "rank", "product_id", "score", "head", "reason")


def fill_from_levels(rungs: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """A list from a ladder: the best of its first rung, then, while there are places, the best of the next.

    Of equal scores the smaller product comes first.

    Args:
        rungs: a row a rung, a column a product; 0 for what a rung does not offer.
        length: of the list.

    Returns:
        products, and the rung of each.

    >>> items, rung = fill_from_levels(np.array([[0, 3, 0, 1], [9, 8, 5, 0]]), 3)
    >>> items.tolist(), rung.tolist()
    ([1, 3, 0], [0, 0, 1])
    """
    rung = (rungs > 0).argmax(axis=0)
    score = rungs[rung, np.arange(rungs.shape[1])]
    found = np.flatnonzero(score > 0)
    order = found[np.lexsort((found, -score[found], rung[found]))][:length]
    return order, rung[order]


@dataclass(frozen=True)
class PopularityFallback:
    """How many of the customers of each segment, and of all, have bought each product in the last 28 days.

    Attributes:
        catalogue: the products that are sold.
        segments: names of those that are large enough, sorted.
        shares: a row a segment, and a last one of everybody; a column a product of the catalogue. In memory some
            12 bytes for each product that a segment bought.
    """

    catalogue: Catalogue
    segments: np.ndarray
    shares: sparse.csr_matrix

    @classmethod
    def from_segment_popularity(
        cls, popularity: pd.DataFrame, catalogue: Catalogue, customers: int
    ) -> PopularityFallback:
        """From the rows of `segments.segment_popularity`, and of how many customers there are in all."""
        item = catalogue.places(popularity["product_id"].to_numpy(dtype=str))
        segments, row = np.unique(popularity["segment"].to_numpy(dtype=str), return_inverse=True)
        share = (popularity["buyers"] / popularity["customers"]).to_numpy(dtype=np.float32)
        shape = (len(segments), len(catalogue))
        by_segment = sparse.csr_matrix((share[item >= 0], (row[item >= 0], item[item >= 0])), shape=shape)
        return cls(catalogue, segments, sparse.vstack([by_segment, overall_popularity(catalogue, customers)]).tocsr())

    def rows(self, segment: np.ndarray) -> np.ndarray:
        """The row of each customer's segment; the last for who has none that is large enough."""
        found = places_in(self.segments, segment)
        return np.where(found < 0, len(self.segments), found)

    def items(self, row: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Products of the list of a segment, or of everybody, and whether each is of the segment's own rung."""
        everyone = len(self.segments)
        rungs = self.shares[[row, everyone]].toarray()
        found, rung = fill_from_levels(rungs, length)
        return found, (rung == 0) & (row < everyone)

    def lists(self, length: int) -> pd.DataFrame:
        """`LIST`: the list of each segment, and of everybody under `EVERYBODY`; score is the share of customers."""
        return pd.concat([self._list(row, length) for row in range(len(self.segments) + 1)], ignore_index=True)

    def matrix(self, segment: np.ndarray, length: int) -> np.ndarray:
        """The lists of customers by their segments: a row each, `NONE` where the catalogue has no more products."""
        known = np.full((len(self.segments) + 1, length), NONE, dtype=np.int64)
        for row in range(len(known)):
            found, _ = self.items(row, length)
            known[row, : len(found)] = found
        return known[self.rows(segment)]

    def _list(self, row: int, length: int) -> pd.DataFrame:
        found, is_own = self.items(row, length)
        of_all, of_segment = self.shares[[len(self.segments), row]].toarray()[:, found]
        name = self.segments[row] if row < len(self.segments) else NO_SEGMENT
        return fallback_list(self.catalogue, found, np.where(is_own, SEGMENT, POPULAR)).assign(
            segment=name, score=np.where(is_own, of_segment, of_all).astype(float)
        )[list(LIST)]


def overall_popularity(catalogue: Catalogue, customers: int) -> np.ndarray:
    """The share of all customers who bought each product in the last 28 days, as one row; nowhere quite 0."""
    buyers = np.maximum(catalogue.statistics["buyers_28"], RARE)
    return (buyers / max(customers, 1)).astype(np.float32)[None, :]


def fallback_list(catalogue: Catalogue, items: np.ndarray, head: np.ndarray) -> pd.DataFrame:
    """rank, product_id, head and reason of one list."""
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(items) + 1),
            "product_id": catalogue.product_id[items],
            "head": head,
            "reason": [REASONS[name] for name in head],
        }
    )
