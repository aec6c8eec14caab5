"""What stands beside the blend on the day that is judged: the methods that are only compared, and the ladder."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from pyspark.sql import DataFrame

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.evaluation.holdout import Beside
from marketlake.recommend.methods.method import FitData, FittedState
from marketlake.recommend.methods.registry import REFERENCE, fit_models
from marketlake.recommend.ranking.collection import collect_method_candidates
from marketlake.recommend.scoring import fit_fallback
from marketlake.recommend.settings import TrainingSettings


def beside(
    pairs: DataFrame,
    purchases: DataFrame,
    segment_of: DataFrame,
    fitted: tuple[FittedState, FitData],
    settings: TrainingSettings,
    *,
    share: float,
) -> Beside:
    """The candidates of the methods that are only compared, the fallback lists, and segments of the judged customers.

    Collected: purchases of the compared customers in `markov_chain.DAYS`, a row a product and day (60 bytes).

    Args:
        pairs: `pairs.build_pairs` up to the day.
        purchases: `interactions.purchases` of the `markov_chain.DAYS` before it.
        segment_of: `demographics.demographic_segments`.
        fitted: state of the day, and the data that its methods were fitted on.
        settings: how many customers are compared, and how large a segment must be.
        share: of the customers, who are judged.
    """
    state, data = fitted
    baskets = sample_by_hash(purchases, min(1.0, settings.neighbour_sample / state.customers), "customer_id")
    bought = baskets.select("customer_id", "product_id", "happened_on").distinct().toPandas()
    models = {**state.models, **fit_models(REFERENCE, replace(data, baskets=bought))}
    judged = sample_by_hash(pairs, share, "customer_id")
    customer_id, found = collect_method_candidates(judged, replace(state, models=models), REFERENCE)
    known: pd.DataFrame = sample_by_hash(segment_of.where("segment is not null"), share, "customer_id").toPandas()
    return Beside(
        customer_id, found, fit_fallback(pairs, segment_of, state, settings), known.set_index("customer_id")["segment"]
    )
