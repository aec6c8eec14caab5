"""The rules of all scopes: each in one Python process where its baskets fit, else by Spark MLlib."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T
from pyspark.sql.pandas.types import to_arrow_schema

from marketlake.baskets import fp_growth
from marketlake.baskets.counting import count_itemsets
from marketlake.baskets.mining import (
    COLUMNS,
    add_holdout_results,
    itemsets_to_count,
    min_count,
    mine_scope,
    select_rules,
)
from marketlake.baskets.scopes import SCOPE
from marketlake.baskets.settings import MiningSettings
from marketlake.baskets.transactions import Transactions
from marketlake.tables.baskets import ASSOCIATION_RULES


def rules_schema() -> T.StructType:
    """The columns of gold.association_rules without the run date; Spark parses their types, so it must be running."""
    return T.StructType([field for field in ASSOCIATION_RULES.schema if field.name in (*SCOPE, *COLUMNS)])


def mine_scopes(baskets: DataFrame, scopes: pd.DataFrame, settings: MiningSettings) -> DataFrame:
    """The rules of some scopes; those with more items than one process takes are mined by MLlib.

    Args:
        baskets: `scopes.by_scope`.
        scopes: rows of `scopes.scope_sizes`; at least one.
        settings: of the mining.

    Returns:
        `rules_schema()`.
    """
    spark = baskets.sparkSession
    fits_in_memory = scopes["items"] <= settings.max_items_in_memory
    parts = []
    if fits_in_memory.any():
        small = spark.createDataFrame(scopes.loc[fits_in_memory, list(SCOPE)])
        parts.append(mine_in_workers(baskets.join(F.broadcast(small), list(SCOPE), "left_semi"), settings))
    for row in scopes[~fits_in_memory].to_dict("records"):
        parts.append(spark.createDataFrame(mine_with_fp_growth(baskets, row, settings), rules_schema()))
    return reduce(DataFrame.unionByName, parts)


def mine_in_workers(baskets: DataFrame, settings: MiningSettings) -> DataFrame:
    """The rules of scopes that fit in one Python worker each; scopes are mined in parallel.

    Args:
        baskets: `scopes.by_scope` of those scopes.
        settings: of the mining.

    Returns:
        `rules_schema()`.
    """
    arrow_schema = to_arrow_schema(rules_schema())

    def mine_group(scope: tuple[pa.Scalar, ...], group: pa.Table) -> pa.Table:
        values = dict(zip(SCOPE, (value.as_py() for value in scope), strict=True))
        rules = mine_scope(group, settings.min_support[values["level"]], settings)
        return pa.Table.from_pandas(rules.assign(**values), schema=arrow_schema, preserve_index=False)

    return baskets.select(*SCOPE, "items", "is_holdout").groupBy(*SCOPE).applyInArrow(mine_group, rules_schema())


def mine_with_fp_growth(baskets: DataFrame, scope: Mapping[str, Any], settings: MiningSettings) -> pd.DataFrame:
    """The rules of one scope of any size.

    Collected: its frequent itemsets and its rules; see `fp_growth.mine`.

    Args:
        baskets: `scopes.by_scope`.
        scope: a row of `scopes.scope_sizes`.
        settings: of the mining.

    Returns:
        `rules_schema()`.
    """
    in_scope = reduce(DataFrame.where, [F.col(name) == F.lit(scope[name]) for name in SCOPE], baskets)
    basket_count, holdout_count = int(scope["baskets"]), int(scope["holdout_baskets"])
    itemsets = fp_growth.mine(
        in_scope.where("not is_holdout").select("items"),
        basket_count=basket_count,
        min_count=min_count(basket_count, settings.min_support[scope["level"]], settings),
        max_size=settings.max_itemset_size,
    )
    rules = select_rules(itemsets, settings)
    counts = count_in_batches(in_scope.where("is_holdout"), itemsets_to_count(rules))
    tested = add_holdout_results(rules, counts, holdout_count)
    return tested.assign(**{name: scope[name] for name in SCOPE})[rules_schema().names]


def count_in_batches(baskets: DataFrame, itemsets: list[tuple[str, ...]]) -> np.ndarray:
    """`counting.count_itemsets` over any number of baskets: batch by batch, then summed."""

    def count_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            counts = count_itemsets(Transactions.from_arrow(batch["items"]), itemsets)
            position = np.flatnonzero(counts)
            yield pa.RecordBatch.from_pydict({"position": position, "count": counts[position]})

    parts = baskets.select("items").mapInArrow(count_batches, "position bigint, count bigint")
    rows = parts.groupBy("position").agg(F.sum("count").alias("count")).toArrow()
    total = np.zeros(len(itemsets), dtype=np.int64)
    total[rows["position"].to_numpy()] = rows["count"].to_numpy()
    return total
