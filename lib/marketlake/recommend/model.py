"""A trained recommender: what a day knew, and a ranker; it makes lists of customers' pairs with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from marketlake.recommend.blocks import Block
from marketlake.recommend.candidates import Knowledge, candidates
from marketlake.recommend.lists import blended
from marketlake.recommend.ranker import Ranker
from marketlake.recommend.reasons import reasons
from marketlake.recommend.settings import Learning

COLUMNS = ("customer_id", "rank", "product_id", "score", "head", "reason")


@dataclass(frozen=True)
class Model:
    """What recommends.

    Attributes:
        run_date: last day that it knows.
        settings: by which it learnt, and by which pairs are made for it.
        knowledge: of that day.
        ranker: learnt from the days before it.
    """

    run_date: date
    settings: Learning
    knowledge: Knowledge
    ranker: Ranker

    def on(self, knowledge: Knowledge) -> Model:
        """The same ranker with what another day knows."""
        return replace(self, knowledge=knowledge)

    def recommend(self, block: Block, *, length: int, explore_places: int) -> pd.DataFrame:
        """Lists for the customers of a block.

        Args:
            block: the customers' pairs, in the model's catalogue.
            length: of a list.
            explore_places: of those, for products that are new to the customer.

        Returns:
            `COLUMNS`: rank from 1; score, the probability that she buys it in the weeks that the ranker learnt from;
            head and reason. For who never bought anything that is sold, all of it is explored.
        """
        found = candidates(block, self.knowledge)
        probability = self.ranker.probability(found)
        chosen, place = blended(
            found.row, found.item, found.is_repeat, probability, length=length, explore_places=explore_places
        )
        return pd.DataFrame(
            {
                "customer_id": block.customer_id[found.row[chosen]],
                "rank": place + 1,
                "product_id": self.knowledge.catalogue.product_id[found.item[chosen]],
                "score": probability[chosen],
                "head": np.where(found.is_repeat[chosen], "repeat", "explore"),
                "reason": reasons(found, chosen),
            },
            columns=list(COLUMNS),
        )
