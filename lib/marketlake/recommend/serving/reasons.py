"""The reason for a product in a list, as the customer reads it."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.methods.registry import BLEND
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.lists import rank_within_customer

# A new product is shown with the reason of the method in which it stands highest; of equal ones the first of these.
EXPLORE = {
    method.name: method.reason
    for method in sorted(BLEND, key=lambda method: -method.reason_priority)
    if method.reason is not None
}
DUE = 0.8  # share of the usual gap after which a product is due again


def explain(candidates: Candidates, chosen: np.ndarray) -> list[str]:
    """The reason of each chosen candidate."""
    columns = {name: values[chosen] for name, values in candidates.columns.items()}
    ranks = np.column_stack([_ranks(candidates, name)[chosen] for name in EXPLORE])
    nearest = [list(EXPLORE.values())[place] for place in ranks.argmin(axis=1)] if len(chosen) else []
    return [
        _repeat_reason(int(days), first, last) if repeat else found
        for repeat, days, first, last, found in zip(
            candidates.is_repeat[chosen],
            np.nan_to_num(columns["order_days"]),
            columns["days_since_first_order"],
            columns["days_since_last_order"],
            nearest,
            strict=True,
        )
    ]


def _repeat_reason(order_days: int, days_since_first: float, days_since_last: float) -> str:
    ago = f"{_days(days_since_last)} ago" if days_since_last >= 1 else "today"
    if order_days == 1:
        return f"Bought once, {ago}"
    gap = (days_since_first - days_since_last) / (order_days - 1)
    every = f"every {_days(gap)}" if round(float(gap)) > 1 else "every day"
    if days_since_last >= DUE * gap:
        return f"Due again: bought {every}, last time {ago}"
    return f"Bought {every}, last time {ago}"


def _days(count: float) -> str:
    number = round(float(count))
    return f"{number} days" if number > 1 else "1 day"


def _ranks(candidates: Candidates, name: str) -> np.ndarray:
    """Place of each candidate in its customer's list of one method, among those that are new to the customer."""
    score = np.where(candidates.is_repeat, -np.inf, candidates.columns[name])
    order, place = rank_within_customer(candidates.row, candidates.item, score)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = place
    return ranks
