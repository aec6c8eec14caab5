"""Association rules of frequent itemsets: baskets with these items also hold that one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketlake.baskets.itemsets import Itemsets

COLUMNS = ("antecedent", "consequent", "count", "antecedent_count", "consequent_count", "is_redundant")


def derive_rules(itemsets: Itemsets, *, min_confidence: float) -> pd.DataFrame:
    """Every rule with one consequent that reaches the confidence.

    A rule is redundant when one with fewer antecedents and the same consequent is at least as confident: the additional
    items carry no information. The rule without antecedents counts too; its confidence is the consequent's support.

    In memory: some 100 bytes for each item of each itemset.

    Args:
        itemsets: all frequent ones.
        min_confidence: share of the antecedent's baskets that hold the consequent.

    Returns:
        antecedent (positions in the names, ascending), consequent (position), count (baskets with both),
        antecedent_count, consequent_count, is_redundant; in the order of size, itemset and consequent.

    Source: Agrawal and Srikant, Fast Algorithms for Mining Association Rules (1994); Bayardo et al., Constraint-Based
    Rule Mining in Large, Dense Databases (2000), for redundancy.
    """
    tables = []
    # Of each itemset, for each of its items as consequent: the highest confidence of a rule with no more items.
    best = [counts[:, None] / itemsets.baskets for counts in itemsets.counts[:1]]
    for size, (rows, counts) in enumerate(zip(itemsets.sets[1:], itemsets.counts[1:], strict=True), start=1):
        without = np.column_stack([itemsets.find(np.delete(rows, column, axis=1)) for column in range(size + 1)])
        antecedent_counts = itemsets.counts[size - 1][without]
        confidence = counts[:, None] / antecedent_counts
        simpler = _best_simpler_confidence(best[-1], without)
        best.append(np.maximum(confidence, simpler))
        item_counts = itemsets.counts[0][itemsets.find(rows.reshape(-1, 1))].reshape(rows.shape)
        row, column = np.nonzero(confidence >= min_confidence)
        tables.append(
            pd.DataFrame(
                {
                    "antecedent": _antecedents(rows, row, column),
                    "consequent": rows[row, column],
                    "count": counts[row],
                    "antecedent_count": antecedent_counts[row, column],
                    "consequent_count": item_counts[row, column],
                    "is_redundant": simpler[row, column] >= confidence[row, column],
                },
                columns=list(COLUMNS),
            )
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))


def _best_simpler_confidence(best: np.ndarray, without: np.ndarray) -> np.ndarray:
    """For each itemset and consequent, the highest confidence of a rule with fewer antecedents.

    Args:
        best: of itemsets one item smaller, for each of their items as consequent.
        without: position of each itemset among those, when one of its items is left out.
    """
    simpler = np.zeros(without.shape)
    for consequent in range(without.shape[1]):
        for left_out in range(without.shape[1]):
            if left_out != consequent:
                column = consequent - (left_out < consequent)
                simpler[:, consequent] = np.maximum(simpler[:, consequent], best[without[:, left_out], column])
    return simpler


def _antecedents(rows: np.ndarray, row: np.ndarray, column: np.ndarray) -> Sequence[np.ndarray]:
    others = np.arange(rows.shape[1]) != column[:, None]
    return list(rows[row][others].reshape(len(row), rows.shape[1] - 1))
