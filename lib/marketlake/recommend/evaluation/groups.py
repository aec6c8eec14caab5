"""Groups of evaluated customers by the number of products that they had bought before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketlake.recommend.evaluation.holdout import HoldoutPurchases
from marketlake.recommend.evaluation.offline_evaluation import Evaluation
from marketlake.recommend.ranking.candidates import Candidates

WARM, COLD = "all warm", "cold"


def group_customers(
    candidates: Candidates, customer_id: np.ndarray, bought: HoldoutPurchases
) -> list[tuple[str, np.ndarray]]:
    """Name and mask of each group of evaluated customers: all warm ones, their thirds, the cold ones.

    The thirds are by the number of different products bought before; with ties they differ in size. Empty groups are
    left out.

    Args:
        candidates: of the day before the period.
        customer_id: of the candidates' rows.
        bought: purchases of the period.
    """
    first = np.searchsorted(candidates.row, np.arange(len(customer_id)))
    products = np.full(len(bought.customer_id), -1)
    place = np.searchsorted(customer_id, bought.customer_id[bought.is_known])
    products[bought.is_known] = candidates.columns["customer_products"][first[place]]
    groups = [(WARM, bought.is_known)]
    if bought.is_known.any():
        low, high = np.quantile(products[bought.is_known], [1 / 3, 2 / 3]).astype(int)
        groups += [
            (f"up to {low} products before", bought.is_known & (products <= low)),
            (f"{low + 1} to {high}", (products > low) & (products <= high)),
            (f"more than {high}", products > high),
        ]
    return [(name, members) for name, members in (*groups, (COLD, ~bought.is_known)) if members.any()]


def score_groups(
    evaluation: Evaluation, groups: Sequence[tuple[str, np.ndarray]], methods: Sequence[str]
) -> pd.DataFrame:
    """group, customers, and the mean nDCG@10 over all purchases by each of some methods."""
    return pd.DataFrame(
        [
            {
                "group": name,
                "customers": int(members.sum()),
                **{method: float(evaluation.score(method, "all")[members].mean()) for method in methods},
            }
            for name, members in groups
        ]
    )
