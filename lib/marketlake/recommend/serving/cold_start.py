"""Lists for who bought nothing that is still sold, but is known by what she looked at, or bought before it ended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.content import Content
from marketlake.recommend.methods.top_k import top_k
from marketlake.recommend.serving.popularity_fallback import (
    CONTENT,
    POPULAR,
    fallback_list,
    fill_from_levels,
    overall_popularity,
)

ALIKE = 50  # products most like what she touched, of which the most popular come first


def content_lists(
    batch: CustomerBatch, content: Content, catalogue: Catalogue, *, customers: int, length: int
) -> list[pd.DataFrame]:
    """A list for each customer of a batch: the rung `content`, filled up by what all buy.

    Args:
        batch: customers who bought nothing that is sold; one of whom nothing at all is known gets what all buy.
        content: words of products.
        catalogue: the products that are sold.
        customers: how many there are in all.
        length: of a list.

    Returns:
        for each customer customer_id and `model.COLUMNS`; score is the share of all customers who bought the product
        in the last 28 days.
    """
    share = overall_popularity(catalogue, customers)[0]
    popular, _ = fill_from_levels(share[None, :], length)
    likeness = content.scores(batch)["content"]
    alike, _ = top_k(np.where(likeness > 0, likeness, -np.inf), max(ALIKE, length))
    lists = []
    for customer_id, nearest in zip(batch.customer_id, alike, strict=True):
        items = np.union1d(nearest[nearest >= 0], popular)
        rungs = np.stack([np.where(np.isin(items, nearest), share[items], 0), share[items]])
        found, rung = fill_from_levels(rungs, length)
        found = items[found]
        made = fallback_list(catalogue, found, np.where(rung == 0, CONTENT, POPULAR))
        lists.append(made.assign(customer_id=customer_id, score=share[found].astype(float)))
    return lists
