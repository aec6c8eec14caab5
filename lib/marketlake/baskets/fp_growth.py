"""Frequent itemsets by FP-Growth of Spark MLlib, for baskets that do not fit in one process."""

from __future__ import annotations

import numpy as np
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.baskets.itemsets import Itemsets


def mine(baskets: DataFrame, *, basket_count: int, min_count: int, max_size: int) -> Itemsets:
    """All itemsets in at least `min_count` baskets: the same as `eclat.mine` finds.

    Collected: the frequent itemsets, some 100 bytes each; `min_count` bounds them.

    Args:
        baskets: items (array of distinct strings).
        basket_count: number of the baskets.
        min_count: baskets.
        max_size: items of an itemset; MLlib finds longer ones too, which are left out.
    """
    # MLlib rounds share times baskets up to a count: half a basket less is safe from the rounding of either.
    model = FPGrowth(itemsCol="items", minSupport=(min_count - 0.5) / basket_count).fit(baskets)
    frequent = model.freqItemsets.where(F.size("items") <= max_size)
    rows = frequent.select(F.size("items").alias("size"), "items", "freq").toArrow()
    if not rows.num_rows:
        return Itemsets.from_matrices(np.array([], dtype=str), [], basket_count)
    size, counts = rows["size"].to_numpy(), rows["freq"].to_numpy()
    flat = rows["items"].combine_chunks().flatten().to_numpy(zero_copy_only=False).astype(str)
    names, position = np.unique(flat, return_inverse=True)
    start = np.cumsum(size) - size
    matrices = []
    for length in np.unique(size):
        is_length = size == length
        matrices.append((position[start[is_length][:, None] + np.arange(length)], counts[is_length]))
    return Itemsets.from_matrices(names, matrices, basket_count)
