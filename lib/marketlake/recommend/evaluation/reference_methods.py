"""What stands beside the blend on the day that is judged: the methods that are only compared, and the ladder."""

from __future__ import annotations

import pandas as pd
from pyspark.sql import DataFrame

from marketlake.recommend.evaluation import compared
from marketlake.recommend.evaluation.holdout import Beside
from marketlake.recommend.methods.item_knn import item_item
from marketlake.recommend.methods.markov_chain import next_basket
from marketlake.recommend.ranking.candidates import Knowledge
from marketlake.recommend.scoring import ladder
from marketlake.recommend.settings import Learning
from marketlake.recommend.training import collected, sampled

LATELY = 0.5  # purchases, each worth half after 90 days: one of the last 90 days, or some before


def beside(
    pairs: DataFrame,
    purchases: DataFrame,
    segment_of: DataFrame,
    knowledge: Knowledge,
    settings: Learning,
    *,
    share: float,
) -> Beside:
    """The candidates of the methods that are only compared, the ladder, and segments of the judged customers.

    Collected: what the compared customers bought in `sequence.DAYS`, a row a product and day (60 bytes).

    Args:
        pairs: `pairs.pairs` up to the day.
        purchases: `interactions.purchases` of the `sequence.DAYS` before it.
        segment_of: `segments.segments`.
        knowledge: of the day.
        settings: how many customers are compared, and how large a segment must be.
        share: of the customers, who are judged.
    """
    baskets = sampled(purchases, min(1.0, settings.neighbour_sample / knowledge.customers))
    bought = baskets.select("customer_id", "product_id", "happened_on").distinct().toPandas()
    _, decayed = knowledge.neighbours.lately["neighbours"]
    scorers = (item_item(decayed >= LATELY), knowledge.content, next_basket(bought, knowledge.catalogue))
    customer_id, found = collected(
        sampled(pairs, share),
        knowledge.catalogue,
        lambda block: compared.compared(block, scorers),
        tuple(compared.NAMES),
    )
    known: pd.DataFrame = sampled(segment_of.where("segment is not null"), share).toPandas()
    return Beside(
        customer_id, found, ladder(pairs, segment_of, knowledge, settings), known.set_index("customer_id")["segment"]
    )
