"""The rules of every scope: in one process each where its baskets fit, by MLlib where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

from marketlake.baskets import fp_growth
from marketlake.baskets.counting import counts_in
from marketlake.baskets.mining import COLUMNS, SCOPE, counted_sets, kept_rules, min_count, mined, with_next
from marketlake.baskets.settings import Mining
from marketlake.baskets.transactions import Transactions
from marketlake.tables.baskets import ASSOCIATION_RULES


def schema() -> T.StructType:
    """The columns of gold.association_rules without the run date; Spark reads their types, so it must have started."""
    return T.StructType([field for field in ASSOCIATION_RULES.schema if field.name in (*SCOPE, *COLUMNS)])


def in_processes(baskets: DataFrame, settings: Mining) -> DataFrame:
    """The rules of scopes that fit one Python process each; scopes are mined side by side.

    Args:
        baskets: `members.by_member` of those scopes.
        settings: how.

    Returns:
        `schema()`.
    """
    arrow_schema = to_arrow_schema(schema())

    def work(scope: tuple[pa.Scalar, ...], group: pa.Table) -> pa.Table:
        level, dimension, member = (value.as_py() for value in scope)
        found = mined(group, settings.support[level], settings)
        named = found.assign(level=level, dimension=dimension, member=member)
        return pa.Table.from_pandas(named, schema=arrow_schema, preserve_index=False)

    return baskets.select(*SCOPE, "items", "is_next").groupBy(*SCOPE).applyInArrow(work, schema())


def by_mllib(baskets: DataFrame, scope: tuple[str, str, str], sizes: tuple[int, int], settings: Mining) -> pd.DataFrame:
    """The rules of one scope of any size.

    Collected: its frequent itemsets and its rules; see `fp_growth.mine`.

    Args:
        baskets: `members.by_member` of the scope.
        scope: level, dimension, member.
        sizes: baskets of the period that is mined, and of the next.
        settings: how.

    Returns:
        `schema()`.
    """
    number, later = sizes
    least = min_count(number, settings.support[scope[0]], settings)
    earlier = baskets.where("not is_next").select("items")
    itemsets = fp_growth.mine(earlier, number=number, min_count=least, longest=settings.longest)
    found = kept_rules(itemsets, settings)
    counts = counted(baskets.where("is_next"), counted_sets(found))
    return with_next(found, counts, later).assign(**dict(zip(SCOPE, scope, strict=True)))


def counted(baskets: DataFrame, sets: list[tuple[str, ...]]) -> np.ndarray:
    """`counting.counts_in` over baskets of any number: batch by batch, and then summed."""

    def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            counts = counts_in(Transactions.of(batch["items"]), sets)
            place = np.flatnonzero(counts)
            yield pa.RecordBatch.from_pydict({"place": place, "count": counts[place]})

    parts = baskets.select("items").mapInArrow(work, "place bigint, count bigint")
    rows = parts.groupBy("place").agg(F.sum("count").alias("count")).toArrow()
    total = np.zeros(len(sets), dtype=np.int64)
    total[rows["place"].to_numpy()] = rows["count"].to_numpy()
    return total
