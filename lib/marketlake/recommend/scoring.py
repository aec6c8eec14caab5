"""Lists for all customers, in Spark: those of whom something is known by the model, the others by the ladder."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.data.demographics import segment_popularity
from marketlake.recommend.data.map_batches import map_customer_batches
from marketlake.recommend.methods.als import share_factors
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.serving.popularity_fallback import NO_SEGMENT, PopularityFallback
from marketlake.recommend.settings import TrainingSettings

LIST = "rank int, product_id string, score double, list_type string, reason string"


def fit_fallback(
    pairs: DataFrame, segment_of: DataFrame, state: FittedState, settings: TrainingSettings
) -> PopularityFallback:
    """What is offered to customers of whom nothing is known but their segment, or not even that.

    Collected: a row for each product that a segment bought in the last 28 days.

    Args:
        pairs: `pairs.pairs` up to a day.
        segment_of: `segments.segments`.
        state: of the day.
        settings: how large a segment must be.
    """
    bought = segment_popularity(pairs, segment_of, min_customers=settings.segments.min_customers)
    return PopularityFallback.from_segment_popularity(bought.toPandas(), state.catalogue, state.customers)


def recommend_known(
    pairs: DataFrame, model: Recommender, *, length: int, explore_slots: int, diversity: float
) -> DataFrame:
    """The lists of all customers of whom something is known, scored in one pass.

    Args:
        pairs: `pairs.pairs`, made by the model's settings.
        model: it goes to the workers with the function.
        length: of a list.
        explore_slots: of those, for products that are new to the customer.
        diversity: by types of product, as in `diversity.mmr`; 0 takes the most probable.

    Returns:
        customer_id, rank (int, from 1), product_id, score, list_type, reason.
    """

    factors = share_factors(model.state.factors, pairs.sparkSession)
    there = model.with_state(replace(model.state, factors=factors))

    def work(batch: CustomerBatch) -> pa.RecordBatch:
        found = there.recommend(batch, length=length, explore_slots=explore_slots, diversity=diversity)
        return pa.RecordBatch.from_pandas(found.astype({"rank": "int32"}), preserve_index=False)

    return map_customer_batches(pairs, model.state.catalogue, work, f"customer_id string, {LIST}")


def recommend_fallback(people: DataFrame, steps: PopularityFallback, *, length: int) -> DataFrame:
    """The lists of customers of whom nothing is known but their segment, or not even that.

    Args:
        people: customer_id, segment (may be missing).
        steps: of the day.
        length: of a list.

    Returns:
        as of `recommended`.
    """
    lists = people.sparkSession.createDataFrame(steps.lists(length), f"segment string, {LIST}")
    segment = F.when(F.col("segment").isin(steps.segments.tolist()), F.col("segment")).otherwise(NO_SEGMENT)
    return (
        people.select("customer_id", segment.alias("segment"))
        .join(F.broadcast(lists), "segment", "inner")
        .select("customer_id", "rank", "product_id", "score", "list_type", "reason")
    )
