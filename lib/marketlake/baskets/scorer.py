"""Suggestions for a basket: consequents of the rules that it matches, ranked by expected margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

COLUMNS = ("basket", "rank", "product_id", "probability", "lift", "margin", "units", "score", "reason")


@dataclass(frozen=True)
class CrossSellScorer:
    """Rules between products, and the products that may be suggested; no Spark.

    Best sellers are suggested too, as rules without antecedent would suggest them. Where several rules suggest the same
    product, the most probable one counts.

    Attributes:
        rules: antecedent, consequent, confidence, lift.
        products: product_id, name (as people read it), share (of all baskets that hold it), margin (currency a unit;
            null when unknown), units (in stock; null when never counted).
    """

    rules: pd.DataFrame
    products: pd.DataFrame

    @classmethod
    def from_rules(cls, rules: pd.DataFrame, products: pd.DataFrame) -> CrossSellScorer:
        """A scorer by the rules between products, from the baskets of all customers.

        Args:
            rules: gold.association_rules of a run date.
            products: `cross_sell_products`.
        """
        between_products = (rules["level"] == "product") & (rules["scope_type"] == "all")
        columns = ["antecedent", "consequent", "confidence", "lift"]
        return cls(rules.loc[between_products, columns], products.sort_values("product_id"))

    def suggest(self, baskets: Sequence[Sequence[str]], *, length: int) -> pd.DataFrame:
        """The suggestions for each basket.

        Ranked by probability times margin; an unknown margin counts as the median of the known ones, so that without
        any the order is that of the probability. Products in the basket or out of stock are not suggested.

        Args:
            baskets: product ids of each.
            length: largest number of suggestions for a basket.

        Returns:
            `COLUMNS`: basket (its position, from 0), rank (from 1), product_id, probability that it is bought too, lift
            of the rule, margin, units, score, and the reason in words.
        """
        sellable = self._sellable_products()
        matches = pd.concat(
            [self._match_rules(baskets), _match_best_sellers(sellable, baskets, length)], ignore_index=True
        )
        matches = matches.sort_values(["probability", "lift", "reason"], ascending=[False, False, True], kind="stable")
        matches = matches.drop_duplicates(["basket", "product_id"])
        is_in_basket = pd.MultiIndex.from_frame(matches[["basket", "product_id"]]).isin(
            [(position, product) for position, basket in enumerate(baskets) for product in basket]
        )
        suggested = matches[~is_in_basket].merge(sellable, on="product_id", how="inner")
        suggested["score"] = suggested["probability"] * suggested["assumed_margin"]
        suggested = suggested.sort_values(["basket", "score", "product_id"], ascending=[True, False, True])
        suggested["rank"] = suggested.groupby("basket").cumcount() + 1
        return suggested.loc[suggested["rank"] <= length, list(COLUMNS)].reset_index(drop=True)

    def without_rules(self) -> CrossSellScorer:
        """The best sellers alone: the baseline that the rules must beat."""
        return CrossSellScorer(self.rules.iloc[:0], self.products)

    def _sellable_products(self) -> pd.DataFrame:
        """Products in stock, best sellers first, with the margin that ranking assumes."""
        is_in_stock = self.products["units"].isna() | (self.products["units"] > 0)
        margins = self.products["margin"].dropna()
        assumed = self.products["margin"].fillna(margins.median() if len(margins) else 1.0)
        sellable = self.products.assign(assumed_margin=assumed)[is_in_stock]
        return sellable.sort_values(["share", "product_id"], ascending=[False, True])

    def _describe_rules(self) -> pd.Series:
        """The reason in words, of each rule."""
        names = dict(zip(self.products["product_id"], self.products["name"], strict=True))
        antecedents = [" and ".join(names.get(item, item) for item in items) for items in self.rules["antecedent"]]
        words = [
            f"{confidence:.0%} of baskets with {items} also contain it, {lift:.1f} times the average"
            for items, confidence, lift in zip(antecedents, self.rules["confidence"], self.rules["lift"], strict=True)
        ]
        return pd.Series(words, dtype=object)

    def _match_rules(self, baskets: Sequence[Sequence[str]]) -> pd.DataFrame:
        """Consequents of the rules whose whole antecedent is in a basket."""
        items = pd.Index(sorted({item for items in self.rules["antecedent"] for item in items}), dtype=object)
        antecedents = _incidence_matrix(self.rules["antecedent"], items)
        overlap = (_incidence_matrix(baskets, items) @ antecedents.T).tocoo()
        is_complete = overlap.data == np.asarray(antecedents.sum(axis=1)).ravel()[overlap.col]
        rule = overlap.col[is_complete]
        matching = self.rules.iloc[rule]
        return pd.DataFrame(
            {
                "basket": overlap.row[is_complete],
                "product_id": matching["consequent"].to_numpy(dtype=object),
                "probability": matching["confidence"].to_numpy(dtype=float),
                "lift": matching["lift"].to_numpy(dtype=float),
                "reason": self._describe_rules().iloc[rule].to_numpy(dtype=object),
            }
        )


def _match_best_sellers(sellable: pd.DataFrame, baskets: Sequence[Sequence[str]], length: int) -> pd.DataFrame:
    """Enough best sellers for each basket that `length` remain without those in it."""
    counts = [min(length + len(set(basket)), len(sellable)) for basket in baskets]
    best = sellable.iloc[[position for count in counts for position in range(count)]]
    return pd.DataFrame(
        {
            "basket": np.repeat(np.arange(len(baskets)), counts),
            "product_id": best["product_id"].to_numpy(dtype=object),
            "probability": best["share"].to_numpy(dtype=float),
            "lift": 1.0,
            "reason": [f"in {share:.1%} of all baskets" for share in best["share"]],
        }
    )


def _incidence_matrix(itemsets: Sequence[Sequence[str]] | pd.Series, items: pd.Index) -> csr_matrix:
    """A row for each set, a column for each item; 1 where the set contains it, however often."""
    row = np.repeat(np.arange(len(itemsets)), [len(names) for names in itemsets]).astype(int)
    column = items.get_indexer(pd.Index([name for names in itemsets for name in names], dtype=object))
    is_item = column >= 0
    matrix = csr_matrix((np.ones(is_item.sum()), (row[is_item], column[is_item])), shape=(len(itemsets), len(items)))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
