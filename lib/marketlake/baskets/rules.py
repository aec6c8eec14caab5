"""Association rules: who buys these items buys that one too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketlake.baskets.itemsets import Itemsets

COLUMNS = ("antecedent", "consequent", "count", "antecedent_count", "consequent_count", "is_redundant")


def rules(itemsets: Itemsets, *, min_confidence: float) -> pd.DataFrame:
    """Every rule with one consequent that is confident enough.

    A rule is redundant when one with fewer antecedents and the same consequent is at least as confident: the further
    item says nothing. The rule without any antecedent counts too; its confidence is the consequent's support.

    In memory: some 100 bytes for each itemset and item of it.

    Args:
        itemsets: all frequent ones.
        min_confidence: share of the antecedent's baskets that hold the consequent.

    Returns:
        antecedent (places in the names, ascending), consequent (place), baskets with both, with the antecedent, with
        the consequent, is_redundant; in the order of size, itemset and consequent.

    Source: Agrawal and Srikant, Fast Algorithms for Mining Association Rules (1994); Bayardo et al., Constraint-Based
    Rule Mining in Large, Dense Databases (2000), for redundancy.
    """
    tables = []
    # Of each set of a size, for each of its items as consequent: the most confident rule with no more items.
    best = [counts[:, None] / itemsets.baskets for counts in itemsets.counts[:1]]
    for size, (rows, counts) in enumerate(zip(itemsets.sets[1:], itemsets.counts[1:], strict=True), start=1):
        without = np.column_stack([itemsets.find(np.delete(rows, place, axis=1)) for place in range(size + 1)])
        before = itemsets.counts[size - 1][without]
        confidence = counts[:, None] / before
        simpler = _best_simpler(best[-1], without)
        best.append(np.maximum(confidence, simpler))
        single = itemsets.counts[0][itemsets.find(rows.reshape(-1, 1))].reshape(rows.shape)
        at, place = np.nonzero(confidence >= min_confidence)
        tables.append(
            pd.DataFrame(
                {
                    "antecedent": _antecedents(rows, at, place),
                    "consequent": rows[at, place],
                    "count": counts[at],
                    "antecedent_count": before[at, place],
                    "consequent_count": single[at, place],
                    "is_redundant": simpler[at, place] >= confidence[at, place],
                },
                columns=list(COLUMNS),
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def _best_simpler(best: np.ndarray, without: np.ndarray) -> np.ndarray:
    """Of each set and consequent, the most confident rule with one antecedent less, or fewer.

    Args:
        best: of sets one smaller, for each of their items as consequent.
        without: where each set is among those, when one of its items is left out.
    """
    found = np.zeros(without.shape)
    for consequent in range(without.shape[1]):
        for left_out in range(without.shape[1]):
            if left_out != consequent:
                place = consequent - (left_out < consequent)
                found[:, consequent] = np.maximum(found[:, consequent], best[without[:, left_out], place])
    return found


def _antecedents(rows: np.ndarray, at: np.ndarray, place: np.ndarray) -> Sequence[np.ndarray]:
    others = np.arange(rows.shape[1]) != place[:, None]
    return list(rows[at][others].reshape(len(at), rows.shape[1] - 1))
