"""Methods that are only compared: none of them made the blend better, so that no list is made by them.

They have candidates of their own, lest theirs help the blend where it is judged, and not where it is served.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from marketlake.recommend.data.customer_batch import Block
from marketlake.recommend.evaluation.evaluation import Method
from marketlake.recommend.ranking.candidates import Candidates, chosen
from marketlake.recommend.ranking.scores import Table

NAMES = {
    "item_item": "item-item (bought together)",
    "content": "content (words of products)",
    "sequence": "next basket (Markov)",
}


class Scorer(Protocol):
    """A method: what it gives to each customer of a block and each product, by name."""

    def scores(self, block: Block) -> dict[str, np.ndarray]:
        """name -> a row a customer, a column a product."""
        ...


def compared(block: Block, scorers: Sequence[Scorer]) -> Candidates:
    """The best of each method for the customers of a block; its columns are `NAMES`."""
    scores = {name: Table(values) for scorer in scorers for name, values in scorer.scores(block).items()}
    row, item, is_repeat, _ = chosen(block, scores, explored=tuple(NAMES))
    return Candidates(row, item, is_repeat, {name: scores[name].at(row, item) for name in NAMES})


def methods(candidates: Candidates) -> list[Method]:
    """Each of them, as people read it."""
    return [Method(name, candidates.columns[column]) for column, name in NAMES.items()]
