"""What stands beside the blend on the day that is judged: the methods that are only compared, and the ladder."""

from __future__ import annotations

import pandas as pd
from pyspark.sql import DataFrame

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.evaluation import compared
from marketlake.recommend.evaluation.holdout import Beside
from marketlake.recommend.methods.item_knn import fit_item_knn
from marketlake.recommend.methods.markov_chain import fit_markov_chain
from marketlake.recommend.ranking.candidates import FittedState
from marketlake.recommend.scoring import fit_fallback
from marketlake.recommend.settings import TrainingSettings
from marketlake.recommend.training import collect_candidates_with

LATELY = 0.5  # purchases, each worth half after 90 days: one of the last 90 days, or some before


def beside(
    pairs: DataFrame,
    purchases: DataFrame,
    segment_of: DataFrame,
    state: FittedState,
    settings: TrainingSettings,
    *,
    share: float,
) -> Beside:
    """The candidates of the methods that are only compared, the ladder, and segments of the judged customers.

    Collected: what the compared customers bought in `sequence.DAYS`, a row a product and day (60 bytes).

    Args:
        pairs: `pairs.pairs` up to the day.
        purchases: `interactions.purchases` of the `sequence.DAYS` before it.
        segment_of: `segments.segments`.
        state: of the day.
        settings: how many customers are compared, and how large a segment must be.
        share: of the customers, who are judged.
    """
    baskets = sample_by_hash(purchases, min(1.0, settings.neighbour_sample / state.customers), "customer_id")
    bought = baskets.select("customer_id", "product_id", "happened_on").distinct().toPandas()
    _, decayed = state.neighbours.lately["neighbours"]
    scorers = (fit_item_knn(decayed >= LATELY), state.content, fit_markov_chain(bought, state.catalogue))
    customer_id, found = collect_candidates_with(
        sample_by_hash(pairs, share, "customer_id"),
        state.catalogue,
        lambda batch: compared.compared(batch, scorers),
        tuple(compared.NAMES),
    )
    known: pd.DataFrame = sample_by_hash(segment_of.where("segment is not null"), share, "customer_id").toPandas()
    return Beside(
        customer_id, found, fit_fallback(pairs, segment_of, state, settings), known.set_index("customer_id")["segment"]
    )
