"""Lists for who bought nothing that is still sold, but is known by what she looked at, or bought before it ended."""

from __future__ import annotations

import numpy as np
import pandas as pd

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import Block
from marketlake.recommend.methods.content import Content
from marketlake.recommend.ranking.top_k import top_k
from marketlake.recommend.serving.popularity_fallback import CONTENT, POPULAR, everybody, filled, ladder_list

ALIKE = 50  # products most like what she touched, of which the most popular come first


def content_lists(
    block: Block, content: Content, catalogue: Catalogue, *, customers: int, length: int
) -> list[pd.DataFrame]:
    """A list for each customer of a block: the rung `content`, filled up by what all buy.

    Args:
        block: customers who bought nothing that is sold; one of whom nothing at all is known gets what all buy.
        content: words of products.
        catalogue: the products that are sold.
        customers: how many there are in all.
        length: of a list.

    Returns:
        for each customer customer_id and `model.COLUMNS`; score is the share of all customers who bought the product
        in the last 28 days.
    """
    share = everybody(catalogue, customers)[0]
    popular, _ = filled(share[None, :], length)
    likeness = content.scores(block)["content"]
    alike, _ = top_k(np.where(likeness > 0, likeness, -np.inf), max(ALIKE, length))
    lists = []
    for customer_id, nearest in zip(block.customer_id, alike, strict=True):
        items = np.union1d(nearest[nearest >= 0], popular)
        rungs = np.stack([np.where(np.isin(items, nearest), share[items], 0), share[items]])
        found, rung = filled(rungs, length)
        found = items[found]
        made = ladder_list(catalogue, found, np.where(rung == 0, CONTENT, POPULAR))
        lists.append(made.assign(customer_id=customer_id, score=share[found].astype(float)))
    return lists
