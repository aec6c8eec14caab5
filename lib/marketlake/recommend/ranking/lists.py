"""Lists of recommendations from scored candidates: slots for repeat and explore products, the best first."""

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
    """The order of the candidates by customer and score, and the place of each in its customer's list, from 0.

    Candidates that are marked as `last` come after all others of the customer.
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

    Each list has `explore_slots` for products that are new to the customer, and the rest for repeat purchases; slots
    that one type cannot fill go to the other. The most `preferred` (by default the score) get into the list; within it
    the score decides.
    """
    preferred = score if preferred is None else preferred
    beyond = np.empty(len(row), dtype=bool)
    for of_type, places in ((is_repeat, length - explore_slots), (~is_repeat, explore_slots)):
        at = np.flatnonzero(of_type)
        order, place = rank_within_customer(row[at], item[at], preferred[at])
        beyond[at[order]] = place >= places
    # Candidates beyond their type's slots come after all others: only if the list is not full.
    order, place = rank_within_customer(row, item, preferred, beyond)
    chosen = order[place < length]
    within, place = rank_within_customer(row[chosen], item[chosen], score[chosen])
    return chosen[within], place
