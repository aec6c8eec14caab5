"""A trained recommender: the fitted state of a day and a ranker, which make lists with NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.ranking.candidates import build_candidates
from marketlake.recommend.ranking.ranker import Ensemble
from marketlake.recommend.ranking.slots import choose_listed
from marketlake.recommend.serving.cold_start import content_lists
from marketlake.recommend.serving.reasons import explain
from marketlake.recommend.settings import TrainingSettings

COLUMNS = ("customer_id", "rank", "product_id", "score", "list_type", "reason")


@dataclass(frozen=True)
class Recommender:
    """A trained recommender.

    Attributes:
        run_date: last day that it knows.
        settings: by which it was trained, and by which pairs are made for it.
        state: fitted state of that day.
        ranker: trained on the periods before it.
    """

    run_date: date
    settings: TrainingSettings
    state: FittedState
    ranker: Ensemble

    def with_state(self, state: FittedState) -> Recommender:
        """The same ranker with the state of another day."""
        return replace(self, state=state)

    def recommend(
        self, batch: CustomerBatch, *, length: int, explore_slots: int, diversity: float = 0.0
    ) -> pd.DataFrame:
        """Lists for the customers of a batch.

        Args:
            batch: the customers' pairs, in the model's catalogue.
            length: of a list.
            explore_slots: of those, for products that are new to the customer.
            diversity: by types of product, as in `diversity.mmr`; 0 takes the most probable.

        Returns:
            `COLUMNS`: rank from 1; score, the probability of a purchase in a period as long as those of the training;
            list_type and reason. Customers with no purchase of a current product get a fallback list (`cold_start`).
        """
        cold = content_lists(batch.subset(~batch.has_bought), self.state, length=length)
        warm = self._recommend_warm(batch.subset(batch.has_bought), length, explore_slots, diversity)
        return pd.concat([warm, *cold], ignore_index=True)[list(COLUMNS)]

    def _recommend_warm(self, batch: CustomerBatch, length: int, explore_slots: int, diversity: float) -> pd.DataFrame:
        found, catalogue = build_candidates(batch, self.state), self.state.catalogue
        probability = self.ranker.probability(found)
        chosen, place = choose_listed(
            found,
            probability,
            catalogue.type_of,
            length=length,
            explore_slots=explore_slots,
            diversity=diversity,
        )
        return pd.DataFrame(
            {
                "customer_id": batch.customer_id[found.row[chosen]],
                "rank": place + 1,
                "product_id": catalogue.product_id[found.item[chosen]],
                "score": probability[chosen],
                "list_type": np.where(found.is_repeat[chosen], "repeat", "explore"),
                "reason": explain(found, chosen),
            }
        )
