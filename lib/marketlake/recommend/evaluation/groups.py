"""For whom lists are good: judged customers in groups by how much was known of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from marketlake.recommend.evaluation.evaluation import Evaluation, Period
from marketlake.recommend.ranking.candidates import Candidates

WARM, COLD = "all warm", "cold"


def groups(candidates: Candidates, customer_id: np.ndarray, judged: Period) -> list[tuple[str, np.ndarray]]:
    """Name of each group, and whether each judged customer is of it: the warm, their thirds, the cold.

    The thirds are by how many different products she had bought; with ties they are not of one size. Empty groups are
    left out.

    Args:
        candidates: of the day before the period.
        customer_id: of the candidates' rows.
        judged: what was bought.
    """
    first = np.searchsorted(candidates.row, np.arange(len(customer_id)))
    before = np.full(len(judged.customer_id), -1)
    place = np.searchsorted(customer_id, judged.customer_id[judged.is_known])
    before[judged.is_known] = candidates.columns["customer_products"][first[place]]
    found = [(WARM, judged.is_known)]
    if judged.is_known.any():
        low, high = np.quantile(before[judged.is_known], [1 / 3, 2 / 3]).astype(int)
        found += [
            (f"up to {low} products before", judged.is_known & (before <= low)),
            (f"{low + 1} to {high}", (before > low) & (before <= high)),
            (f"more than {high}", before > high),
        ]
    return [(name, of_group) for name, of_group in (*found, (COLD, ~judged.is_known)) if of_group.any()]


def by_group(result: Evaluation, of_groups: Sequence[tuple[str, np.ndarray]], methods: Sequence[str]) -> pd.DataFrame:
    """group, customers, and the mean nDCG@10 over all purchases by each of some methods."""
    return pd.DataFrame(
        [
            {
                "group": name,
                "customers": int(of_group.sum()),
                **{method: float(result.score(method, "all")[of_group].mean()) for method in methods},
            }
            for name, of_group in of_groups
        ]
    )
