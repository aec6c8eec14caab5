"""Lists of recommendations from scored candidates: so many places for each head, the best first."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.methods.top_k import NONE


def top_lists(row: np.ndarray, item: np.ndarray, score: np.ndarray, *, customers: int, length: int) -> np.ndarray:
    """The best candidates of each customer as a matrix of items; `NONE` where there are fewer.

    Of equal scores the smaller item comes first.

    >>> top_lists(np.array([0, 0, 1]), np.array([4, 2, 3]), np.array([0.1, 0.1, 0.5]), customers=2, length=2).tolist()
    [[2, 4], [3, -1]]
    """
    order, place = rank_within_customer(row, item, score)
    within = place < length
    found = np.full((customers, length), NONE, dtype=np.int64)
    found[row[order][within], place[within]] = item[order][within]
    return found


def rank_within_customer(
    row: np.ndarray, item: np.ndarray, score: np.ndarray, last: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The candidates in the order of customer and score, and the place of each in her list, from 0.

    Those that are marked as `last` come after all others of the customer.
    """
    order = np.lexsort((item, -score, row) if last is None else (item, -score, last, row))
    sorted_row = row[order]
    return order, np.arange(len(row)) - np.searchsorted(sorted_row, sorted_row)


def fill_slots(
    row: np.ndarray,
    item: np.ndarray,
    is_repeat: np.ndarray,
    score: np.ndarray,
    preferred: np.ndarray | None = None,
    *,
    length: int,
    explore_slots: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of the final lists, and the place of each in its list, from 0.

    Each list has `explore_slots` for products that are new to the customer and the rest for what she knows; places
    that one head cannot fill go to the other. What is `preferred` (the score, if nothing else is given) is in the list;
    within it the score decides.
    """
    preferred = score if preferred is None else preferred
    beyond = np.empty(len(row), dtype=bool)
    for head, places in ((is_repeat, length - explore_slots), (~is_repeat, explore_slots)):
        at = np.flatnonzero(head)
        order, place = rank_within_customer(row[at], item[at], preferred[at])
        beyond[at[order]] = place >= places
    # What is beyond its head's places comes after all that is within: only if the list is not full.
    order, place = rank_within_customer(row, item, preferred, beyond)
    chosen = order[place < length]
    within, place = rank_within_customer(row[chosen], item[chosen], score[chosen])
    return chosen[within], place
