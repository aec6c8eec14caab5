"""Final lists: places of the heads, and what happens when a head cannot fill its own."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.ranking.lists import fill_slots


def blend(scores: list[tuple[int, int, bool, float]], length: int, explore_slots: int) -> list[tuple[int, int, int]]:
    """(customer, item, place) of the lists of candidates (customer, item, is repeat, score)."""
    row, item, repeat, score = (np.array(column) for column in zip(*scores, strict=True))
    chosen, place = fill_slots(row, item, repeat, score, length=length, explore_slots=explore_slots)
    return list(zip(row[chosen].tolist(), item[chosen].tolist(), place.tolist(), strict=True))


def test_each_head_has_its_places_and_the_score_decides_within_the_list() -> None:
    candidates = [(0, 1, True, 0.9), (0, 2, True, 0.8), (0, 3, True, 0.7), (0, 4, False, 0.85), (0, 5, False, 0.1)]
    assert blend(candidates, length=3, explore_slots=1) == [(0, 1, 0), (0, 4, 1), (0, 2, 2)]
    assert blend(candidates, length=3, explore_slots=2) == [(0, 1, 0), (0, 4, 1), (0, 5, 2)]


def test_places_that_a_head_cannot_fill_go_to_the_other() -> None:
    new_customer = [(0, 4, False, 0.2), (0, 5, False, 0.1), (0, 6, False, 0.05)]
    assert blend(new_customer, length=3, explore_slots=1) == [(0, 4, 0), (0, 5, 1), (0, 6, 2)]
    knows_all = [(1, 1, True, 0.3), (1, 2, True, 0.2)]
    assert blend(knows_all, length=2, explore_slots=1) == [(1, 1, 0), (1, 2, 1)]


def test_of_equal_scores_the_smaller_item_is_first() -> None:
    assert blend([(0, 9, True, 0.5), (0, 3, True, 0.5)], length=1, explore_slots=0) == [(0, 3, 0)]
