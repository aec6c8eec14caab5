"""Content-based lists for customers whose known products were only viewed or have been discontinued."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.content import CONTENT as CONTENT_METHOD
from marketlake.recommend.methods.content import Content
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.methods.top_k import top_k
from marketlake.recommend.serving.popularity_fallback import (
    CONTENT,
    POPULAR,
    fallback_list,
    fill_from_levels,
    overall_popularity,
)

ALIKE = 50  # products most like those that the customer touched, of which the most popular come first


def content_lists(batch: CustomerBatch, state: FittedState, *, length: int) -> list[pd.DataFrame]:
    """A list for each customer of a batch: similar products first, then overall best sellers.

    Args:
        batch: customers with no purchase of a current product; customers without any known product get best sellers.
        state: of the day.
        length: of a list.

    Returns:
        for each customer customer_id and `model.COLUMNS`; score is the share of all customers who bought the product
        in the last 28 days.
    """
    share = overall_popularity(state.catalogue, state.customers)[0]
    popular, _ = fill_from_levels(share[None, :], length)
    model: Content = state.models[CONTENT_METHOD.name]
    likeness = model.scores(batch)
    alike, _ = top_k(np.where(likeness > 0, likeness, -np.inf), max(ALIKE, length))
    lists = []
    for customer_id, nearest in zip(batch.customer_id, alike, strict=True):
        items = np.union1d(nearest[nearest >= 0], popular)
        levels = np.stack([np.where(np.isin(items, nearest), share[items], 0), share[items]])
        found, level = fill_from_levels(levels, length)
        found = items[found]
        made = fallback_list(state.catalogue, found, np.where(level == 0, CONTENT, POPULAR))
        lists.append(made.assign(customer_id=customer_id, score=share[found].astype(float)))
    return lists
