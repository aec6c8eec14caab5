"""Implicit ALS from the factors of an earlier day instead of random ones, which MLlib's own fit cannot begin with.

A round is an iteration of MLlib. In grocery one round from the factors of four weeks before is as good as six from
random ones, in half the time of a fit; but factors then depend on which days came before.

Source: Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from scipy import sparse

from marketlake.recommend.data.catalogue import places_in
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.methods.als import build_als_model, drop_rare_items, factor_matrix, share_factors
from marketlake.recommend.methods.fold_in import Factors, fold_in, gram
from marketlake.recommend.methods.inner_products import NormSortedFactors
from marketlake.recommend.settings import AlsSettings

FACTORS = "id int, features array<float>"


def refit(
    ratings: DataFrame, numbers: np.ndarray, items: np.ndarray, settings: AlsSettings, *, blocks: int
) -> ALSModel:
    """Factors of customers and items, `warm_iterations` rounds on from earlier ones.

    A round is half a step of the customers against the items, and half a step of the items against the customers: items
    without factors get theirs from their customers.

    A worker holds the factors of all customers: 4 bytes times rank each. Collected: those of the items.

    Args:
        ratings: customer (int), item (int), rating (above 0), a row a pair; kept in memory meanwhile.
        numbers: of items that have earlier factors.
        items: those, a row each.
        settings: how; rank, reg and alpha are those of the earlier fit.
        blocks: parts in which customers and items are laid out.

    Raises:
        NothingToLearnError: no item has enough customers.
    """
    rated = drop_rare_items(ratings, settings.min_buyers).repartition(blocks, "customer").persist()
    order = np.argsort(numbers)
    numbers, items = numbers[order], items[order]
    try:
        for _ in range(settings.warm_iterations):
            users = _customers(rated, numbers, items, settings).persist()
            try:
                found = _items(rated, users, settings, blocks).toArrow()
            finally:
                users.unpersist()
            numbers, items = factor_matrix(found)
    finally:
        rated.unpersist()
    users = _customers(rated, numbers, items, settings)
    return build_als_model(users, ratings.sparkSession.createDataFrame(found).to(users.schema), settings)


def _customers(rated: DataFrame, numbers: np.ndarray, items: np.ndarray, settings: AlsSettings) -> DataFrame:
    """Half a step of the customers; a partition has whole ones."""
    factors = share_factors(Factors.from_items(items, settings.reg, settings.alpha), rated.sparkSession)

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        received = list(batches)
        if received:
            yield from _half_step(pa.Table.from_batches(received), "customer", "item", numbers, factors).to_batches()

    return rated.mapInArrow(work, FACTORS)


def _items(rated: DataFrame, users: DataFrame, settings: AlsSettings, blocks: int) -> DataFrame:
    """Half a step of the items: each block of them meets all customers."""
    of_all = _gram(users)

    def work(of_block: pa.Table, customers: pa.Table) -> pa.Table:
        numbers, rows = factor_matrix(customers)
        factors = Factors(NormSortedFactors.from_items(rows), of_all, settings.reg, settings.alpha)
        return _half_step(of_block, "item", "customer", numbers, factors)

    parts = rated.sparkSession.range(blocks).select(F.col("id").alias("block"))
    of_block = rated.groupBy((F.col("item") % blocks).cast("bigint").alias("block"))
    return of_block.cogroup(users.crossJoin(F.broadcast(parts)).groupBy("block")).applyInArrow(work, FACTORS)


def _gram(users: DataFrame) -> np.ndarray:
    """Inner products of the customers' factors; collected as a matrix a batch of them.

    Raises:
        NothingToLearnError: there are no customers.
    """

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            _, rows = factor_matrix(pa.Table.from_batches([batch]))
            yield pa.RecordBatch.from_pydict({"sums": [gram(rows).ravel()]})

    sums = users.mapInArrow(work, "sums array<double>").toArrow()["sums"].to_pylist()
    if not sums:
        raise NothingToLearnError("no product has enough customers")
    total: np.ndarray = np.sum(sums, axis=0)
    return total.reshape(round(len(total) ** 0.5), -1)


def _half_step(rated: pa.Table, rows: str, columns: str, numbers: np.ndarray, factors: Factors) -> pa.Table:
    """New factors of one side of some ratings against fixed ones of the other; `numbers` of the latter are sorted."""
    ids, row = np.unique(rated[rows].to_numpy(), return_inverse=True)
    place = places_in(numbers, rated[columns].to_numpy())
    known = place >= 0
    rating = rated["rating"].to_numpy()[known]
    history = sparse.csr_matrix((rating, (row[known], place[known])), shape=(len(ids), len(numbers)))
    features = pa.array(list(fold_in(history, factors)), pa.list_(pa.float32()))
    return pa.table({"id": pa.array(ids, pa.int32()), "features": features})
