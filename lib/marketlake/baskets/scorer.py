"""What to offer beside a basket: the consequents of the rules that it fires, by what they are expected to earn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

COLUMNS = ("basket", "rank", "product_id", "probability", "lift", "margin", "units", "score", "reason")


@dataclass(frozen=True)
class Scorer:
    """Rules between products, and the products that may be offered; no Spark.

    The best sellers are offered too, as a rule without antecedent would. Of several ways that lead to a product the
    most probable speaks.

    Attributes:
        rules: antecedent, consequent, confidence, lift.
        products: product_id, name (as people read it), share (of all baskets that hold it), margin (currency a unit;
            missing when it is not known), units (in stock; missing when nobody counts them).
    """

    rules: pd.DataFrame
    products: pd.DataFrame

    def suggest(self, baskets: Sequence[Sequence[str]], *, length: int) -> pd.DataFrame:
        """The offers for each basket.

        Ranked by probability times margin; a margin that is not known counts as the median of the known ones, so that
        without any the order is that of the probability. What is in the basket or out of stock is not offered.

        Args:
            baskets: product ids of each.
            length: offers for a basket at most.

        Returns:
            `COLUMNS`: basket (its place, from 0), rank (from 1), product_id, probability that it is bought too, lift of
            the rule, margin, units, score, and the reason in words.
        """
        offered = self._offered()
        ways = pd.concat([self._fired(baskets), _best_sellers(offered, baskets, length)], ignore_index=True)
        ways = ways.sort_values(["probability", "lift", "reason"], ascending=[False, False, True], kind="stable")
        ways = ways.drop_duplicates(["basket", "product_id"])
        is_held = pd.MultiIndex.from_frame(ways[["basket", "product_id"]]).isin(
            [(place, product) for place, basket in enumerate(baskets) for product in basket]
        )
        offers = ways[~is_held].merge(offered, on="product_id", how="inner")
        offers["score"] = offers["probability"] * offers["worth"]
        offers = offers.sort_values(["basket", "score", "product_id"], ascending=[True, False, True])
        offers["rank"] = offers.groupby("basket").cumcount() + 1
        return offers.loc[offers["rank"] <= length, list(COLUMNS)].reset_index(drop=True)

    def without_rules(self) -> Scorer:
        """The best sellers alone: what the rules must beat."""
        return Scorer(self.rules.iloc[:0], self.products)

    def _offered(self) -> pd.DataFrame:
        """Products in stock, most sold first, with what a unit of each is worth."""
        is_offered = self.products["units"].isna() | (self.products["units"] > 0)
        known = self.products["margin"].dropna()
        worth = self.products["margin"].fillna(known.median() if len(known) else 1.0)
        offered = self.products.assign(worth=worth)[is_offered]
        return offered.sort_values(["share", "product_id"], ascending=[False, True])

    def _reasons(self) -> pd.Series:
        """Of each rule, in words."""
        names = dict(zip(self.products["product_id"], self.products["name"], strict=True))
        held = [" and ".join(names.get(item, item) for item in items) for items in self.rules["antecedent"]]
        words = [
            f"{confidence:.0%} of baskets with {items} hold it, {lift:.1f} times as many as of all"
            for items, confidence, lift in zip(held, self.rules["confidence"], self.rules["lift"], strict=True)
        ]
        return pd.Series(words, dtype=object)

    def _fired(self, baskets: Sequence[Sequence[str]]) -> pd.DataFrame:
        """The consequents of the rules whose antecedent a basket holds."""
        names = pd.Index(sorted({item for items in self.rules["antecedent"] for item in items}), dtype=object)
        asked = _matrix(self.rules["antecedent"], names)
        found = (_matrix(baskets, names) @ asked.T).tocoo()
        complete = found.data == np.asarray(asked.sum(axis=1)).ravel()[found.col]
        fired = self.rules.iloc[found.col[complete]]
        reasons = self._reasons().iloc[found.col[complete]]
        return pd.DataFrame(
            {
                "basket": found.row[complete],
                "product_id": fired["consequent"].to_numpy(dtype=object),
                "probability": fired["confidence"].to_numpy(dtype=float),
                "lift": fired["lift"].to_numpy(dtype=float),
                "reason": reasons.to_numpy(dtype=object),
            }
        )


def _best_sellers(offered: pd.DataFrame, baskets: Sequence[Sequence[str]], length: int) -> pd.DataFrame:
    """For each basket so many of the best sellers that enough are left without those in it."""
    many = [min(length + len(set(basket)), len(offered)) for basket in baskets]
    best = offered.iloc[[place for number in many for place in range(number)]]
    return pd.DataFrame(
        {
            "basket": np.repeat(np.arange(len(baskets)), many),
            "product_id": best["product_id"].to_numpy(dtype=object),
            "probability": best["share"].to_numpy(dtype=float),
            "lift": 1.0,
            "reason": [f"in {share:.1%} of all baskets" for share in best["share"]],
        }
    )


def _matrix(sets: Sequence[Sequence[str]] | pd.Series, names: pd.Index) -> csr_matrix:
    """A row a set, a column a name; 1 where the set holds it, however often it names it."""
    row = np.repeat(np.arange(len(sets)), [len(items) for items in sets]).astype(int)
    column = names.get_indexer(pd.Index([item for items in sets for item in items], dtype=object))
    known = column >= 0
    matrix = csr_matrix((np.ones(known.sum()), (row[known], column[known])), shape=(len(sets), len(names)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
