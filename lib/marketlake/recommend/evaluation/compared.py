"""Methods that are only compared: none of them made the blend better, so that no list is made by them.

They have candidates of their own, lest theirs help the blend where it is judged, and not where it is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.evaluation.evaluation import Method
from marketlake.recommend.methods.scores import DenseScores
from marketlake.recommend.ranking.candidates import Candidates, select_candidates

NAMES = {
    "item_item": "item-item (bought together)",
    "content": "content (words of products)",
    "sequence": "next basket (Markov)",
}


class Scorer(Protocol):
    """A method: what it gives to each customer of a batch and each product, by name."""

    def scores(self, batch: CustomerBatch) -> dict[str, np.ndarray]:
        """name -> a row a customer, a column a product."""
        ...


def compared(batch: CustomerBatch, scorers: Sequence[Scorer]) -> Candidates:
    """The best of each method for the customers of a batch; its columns are `NAMES`."""
    scores = {name: DenseScores(values) for scorer in scorers for name, values in scorer.scores(batch).items()}
    row, item, is_repeat, _ = select_candidates(batch, scores, explored=tuple(NAMES))
    return Candidates(row, item, is_repeat, {name: scores[name].at(row, item) for name in NAMES})


def methods(candidates: Candidates) -> list[Method]:
    """Each of them, as people read it."""
    return [Method(name, candidates.columns[column]) for column, name in NAMES.items()]
