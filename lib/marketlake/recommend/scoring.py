"""Lists for all customers, in Spark: those of whom something is known by the model, the others by the ladder."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.data.customer_batch import Block
from marketlake.recommend.data.demographics import segment_popularity
from marketlake.recommend.data.map_batches import by_block
from marketlake.recommend.ranking.candidates import Knowledge
from marketlake.recommend.serving.memory_mapped import for_workers
from marketlake.recommend.serving.model import Model
from marketlake.recommend.serving.popularity_fallback import EVERYBODY, Ladder
from marketlake.recommend.settings import Learning

LIST = "rank int, product_id string, score double, head string, reason string"


def ladder(pairs: DataFrame, segment_of: DataFrame, knowledge: Knowledge, settings: Learning) -> Ladder:
    """What is offered to customers of whom nothing is known but their segment, or not even that.

    Collected: a row for each product that a segment bought in the last 28 days.

    Args:
        pairs: `pairs.pairs` up to a day.
        segment_of: `segments.segments`.
        knowledge: of the day.
        settings: how large a segment must be.
    """
    bought = segment_popularity(pairs, segment_of, min_customers=settings.segments.min_customers)
    return Ladder.of(bought.toPandas(), knowledge.catalogue, knowledge.customers)


def recommended(pairs: DataFrame, model: Model, *, length: int, explore_slots: int, diversity: float) -> DataFrame:
    """The lists of all customers of whom something is known, scored in one pass.

    Args:
        pairs: `pairs.pairs`, made by the model's settings.
        model: it goes to the workers with the function.
        length: of a list.
        explore_slots: of those, for products that are new to the customer.
        diversity: by types of product, as in `diversity.mmr`; 0 takes the most probable.

    Returns:
        customer_id, rank (int, from 1), product_id, score, head, reason.
    """

    factors = for_workers(model.knowledge.factors, pairs.sparkSession)
    there = model.on(replace(model.knowledge, factors=factors))

    def work(block: Block) -> pa.RecordBatch:
        found = there.recommend(block, length=length, explore_slots=explore_slots, diversity=diversity)
        return pa.RecordBatch.from_pandas(found.astype({"rank": "int32"}), preserve_index=False)

    return by_block(pairs, model.knowledge.catalogue, work, f"customer_id string, {LIST}")


def from_ladder(people: DataFrame, steps: Ladder, *, length: int) -> DataFrame:
    """The lists of customers of whom nothing is known but their segment, or not even that.

    Args:
        people: customer_id, segment (may be missing).
        steps: of the day.
        length: of a list.

    Returns:
        as of `recommended`.
    """
    lists = people.sparkSession.createDataFrame(steps.lists(length), f"segment string, {LIST}")
    segment = F.when(F.col("segment").isin(steps.segments.tolist()), F.col("segment")).otherwise(EVERYBODY)
    return (
        people.select("customer_id", segment.alias("segment"))
        .join(F.broadcast(lists), "segment", "inner")
        .select("customer_id", "rank", "product_id", "score", "head", "reason")
    )
