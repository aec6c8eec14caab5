"""Reference methods for the evaluation: methods outside the blend, and the fallback lists.

The methods outside the blend get their own candidates. Sharing them would help the blend in evaluation but not in
production.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.evaluation.offline_evaluation import MethodScores
from marketlake.recommend.methods.method import FitData, FittedState
from marketlake.recommend.methods.registry import REFERENCE, fit_models
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.collection import collect_method_candidates
from marketlake.recommend.scoring import fit_fallback
from marketlake.recommend.serving.popularity_fallback import NO_SEGMENT, PopularityFallback
from marketlake.recommend.settings import TrainingSettings


@dataclass(frozen=True)
class ReferenceMethods:
    """Candidates of the methods outside the blend, and the fallback lists of the evaluated day.

    Attributes:
        customer_id: customers of the candidates' rows.
        candidates: of the methods outside the blend.
        fallback: of the day.
        segment: of the evaluated customers who have one, by customer_id.
    """

    customer_id: np.ndarray
    candidates: Candidates
    fallback: PopularityFallback
    segment: pd.Series

    def segments_of(self, customer_id: np.ndarray) -> np.ndarray:
        """The segment of each customer; `NO_SEGMENT` for customers without one."""
        return self.segment.reindex(customer_id).fillna(NO_SEGMENT).to_numpy(dtype=str)

    def score(self) -> list[MethodScores]:
        """The methods outside the blend, on their own candidates."""
        return [MethodScores(method.title, self.candidates.columns[method.name]) for method in REFERENCE]


def build_reference_methods(
    pairs: DataFrame,
    state: FittedState,
    data: FitData,
    settings: TrainingSettings,
    *,
    purchases: DataFrame,
    segments: DataFrame,
    share: float,
) -> ReferenceMethods:
    """Fits the reference methods on a day and collects their candidates.

    Collected: purchases of the compared customers in `markov_chain.DAYS`, a row a product and day (60 bytes).

    Args:
        pairs: `pairs.build_pairs` up to the day.
        state: of the day.
        data: that its methods were fitted on.
        settings: how many customers are compared, and how large a segment must be.
        purchases: `interactions.purchases` of the `markov_chain.DAYS` before it.
        segments: `demographics.demographic_segments`.
        share: of the customers, who are evaluated.
    """
    sample = sample_by_hash(purchases, min(1.0, settings.neighbour_sample / state.customers), "customer_id")
    baskets = sample.select("customer_id", "product_id", "happened_on").distinct().toPandas()
    models = {**state.models, **fit_models(REFERENCE, replace(data, baskets=baskets))}
    evaluated = sample_by_hash(pairs, share, "customer_id")
    customer_id, candidates = collect_method_candidates(evaluated, replace(state, models=models), REFERENCE)
    named: pd.DataFrame = sample_by_hash(segments.where("segment is not null"), share, "customer_id").toPandas()
    return ReferenceMethods(
        customer_id,
        candidates,
        fit_fallback(pairs, segments, state, settings),
        named.set_index("customer_id")["segment"],
    )
