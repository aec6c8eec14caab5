"""The list that a customer gets: the ranker's candidates in slots for repeat and for new products, with diversity."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.diversity import preference
from marketlake.recommend.ranking.lists import fill_slots


def choose_listed(
    candidates: Candidates,
    probability: np.ndarray,
    type_of: np.ndarray,
    *,
    length: int,
    explore_slots: int,
    diversity: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of the final lists, and the place of each in its list, from 0.

    Args:
        candidates: of a batch of customers.
        probability: of each candidate.
        type_of: type of each product of the catalogue.
        length: of a list.
        explore_slots: of those, for products that are new to the customer.
        diversity: by types of product, as in `diversity.mmr`; 0 takes the most probable.
    """
    row, item = candidates.row, candidates.item
    preferred = probability
    if diversity > 0:
        preferred = preference(row, item, probability, type_of[item], length=length, diversity=diversity)
    return fill_slots(
        row, item, candidates.is_repeat, probability, preferred, length=length, explore_slots=explore_slots
    )
