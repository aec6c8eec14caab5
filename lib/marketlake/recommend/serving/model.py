"""A trained recommender: what a day knew, and a ranker; it makes lists of customers' pairs with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from marketlake.recommend.data.customer_batch import Block
from marketlake.recommend.ranking.candidates import Knowledge, candidates
from marketlake.recommend.ranking.diversity import preference
from marketlake.recommend.ranking.lists import blended
from marketlake.recommend.ranking.ranker import Ensemble
from marketlake.recommend.serving.cold_start import content_lists
from marketlake.recommend.serving.reasons import reasons
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
    ranker: Ensemble

    def on(self, knowledge: Knowledge) -> Model:
        """The same ranker with what another day knows."""
        return replace(self, knowledge=knowledge)

    def recommend(self, block: Block, *, length: int, explore_slots: int, diversity: float = 0.0) -> pd.DataFrame:
        """Lists for the customers of a block.

        Args:
            block: the customers' pairs, in the model's catalogue.
            length: of a list.
            explore_slots: of those, for products that are new to the customer.
            diversity: by types of product, as in `diversity.mmr`; 0 takes the most probable.

        Returns:
            `COLUMNS`: rank from 1; score, the probability that she buys it in the weeks that the ranker learnt from;
            head and reason. Who never bought anything that is sold gets a list of the ladder (`cold_start`).
        """
        known, of_day = block.has_bought, self.knowledge
        cold = content_lists(
            block.part(~known), of_day.content, of_day.catalogue, customers=of_day.customers, length=length
        )
        warm = self._blended(block.part(known), length, explore_slots, diversity)
        return pd.concat([warm, *cold], ignore_index=True)[list(COLUMNS)]

    def _blended(self, block: Block, length: int, explore_slots: int, diversity: float) -> pd.DataFrame:
        found, catalogue = candidates(block, self.knowledge), self.knowledge.catalogue
        probability = self.ranker.probability(found)
        preferred = probability
        if diversity > 0:
            kind = catalogue.type_of[found.item]
            preferred = preference(found.row, found.item, probability, kind, length=length, diversity=diversity)
        chosen, place = blended(
            found.row, found.item, found.is_repeat, probability, preferred, length=length, explore_slots=explore_slots
        )
        return pd.DataFrame(
            {
                "customer_id": block.customer_id[found.row[chosen]],
                "rank": place + 1,
                "product_id": catalogue.product_id[found.item[chosen]],
                "score": probability[chosen],
                "head": np.where(found.is_repeat[chosen], "repeat", "explore"),
                "reason": reasons(found, chosen),
            }
        )
