"""Frequent itemsets by FP-Growth of Spark MLlib, for baskets that do not fit one process."""

from __future__ import annotations

import numpy as np
from pyspark.ml.fpm import FPGrowth
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.baskets.itemsets import Itemsets


def mine(baskets: DataFrame, *, number: int, min_count: int, longest: int) -> Itemsets:
    """All itemsets in at least so many baskets: the same as of `bitsets.mine`.

    Collected: the frequent itemsets, some 100 bytes each; the least count bounds them.

    Args:
        baskets: items (array of distinct strings).
        number: of the baskets.
        min_count: baskets.
        longest: items of a set at most; MLlib finds longer ones too, which are left out.
    """
    # MLlib rounds share times baskets up to a count: half a basket less is safe from the rounding of either.
    model = FPGrowth(itemsCol="items", minSupport=(min_count - 0.5) / number).fit(baskets)
    frequent = model.freqItemsets.where(F.size("items") <= longest)
    rows = frequent.select(F.size("items").alias("size"), "items", "freq").toArrow()
    if not rows.num_rows:
        return Itemsets.of(np.array([], dtype=str), [], number)
    size, counts = rows["size"].to_numpy(), rows["freq"].to_numpy()
    flat = rows["items"].combine_chunks().flatten().to_numpy(zero_copy_only=False).astype(str)
    names, place = np.unique(flat, return_inverse=True)
    start = np.cumsum(size) - size
    found = []
    for length in np.unique(size):
        at = size == length
        found.append((place[start[at][:, None] + np.arange(length)], counts[at]))
    return Itemsets.of(names, found, number)
