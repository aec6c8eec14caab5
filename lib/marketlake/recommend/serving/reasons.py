"""Why a product is in a list, in words that a customer could read."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.lists import rank_within_customer

# What says most for a product that is new to her: the method by which it stands highest in her list.
EXPLORE = {
    "neighbours_14": "customers who buy like you bought it these two weeks",
    "neighbours_28": "customers who buy like you bought it this month",
    "als": "goes with what you buy",
    "affinity": "popular among what you buy most",
    "buyers_14": "much bought these two weeks",
    "buyers_28": "much bought this month",
}
DUE = 0.8  # of her gap has passed


def explain(candidates: Candidates, chosen: np.ndarray) -> list[str]:
    """The reason of each chosen candidate."""
    columns = {name: values[chosen] for name, values in candidates.columns.items()}
    ranks = np.column_stack([_ranks(candidates, name)[chosen] for name in EXPLORE])
    nearest = [list(EXPLORE.values())[place] for place in ranks.argmin(axis=1)] if len(chosen) else []
    return [
        _again(int(days), first, last) if repeat else found
        for repeat, days, first, last, found in zip(
            candidates.is_repeat[chosen],
            np.nan_to_num(columns["order_days"]),
            columns["days_since_first_order"],
            columns["days_since_last_order"],
            nearest,
            strict=True,
        )
    ]


def _again(days: int, days_since_first_order: float, days_since_last_order: float) -> str:
    ago = f"{_days(days_since_last_order)} ago" if days_since_last_order >= 1 else "today"
    if days == 1:
        return f"bought once, {ago}"
    gap = (days_since_first_order - days_since_last_order) / (days - 1)
    due = ", due now" if days_since_last_order >= DUE * gap else ""
    every = f"every {_days(gap)}" if round(float(gap)) > 1 else "every day"
    return f"bought {every}{due}, last {ago}"


def _days(count: float) -> str:
    number = round(float(count))
    return f"{number} days" if number > 1 else "1 day"


def _ranks(candidates: Candidates, name: str) -> np.ndarray:
    """Place of each candidate in its customer's list of one method, among those that are new to her."""
    score = np.where(candidates.is_repeat, -np.inf, candidates.columns[name])
    order, place = rank_within_customer(candidates.row, candidates.item, score)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = place
    return ranks
