"""Alternating least squares on implicit feedback, by Spark MLlib.

Here factors are fitted; `latent_factors` is the method that scores by them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from pyspark.errors import IllegalArgumentException
from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.recommend.data.catalogue import places_in
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.methods.fold_in import Factors
from marketlake.recommend.methods.memory_mapped import share_with_workers
from marketlake.recommend.settings import AlsSettings

# Iterations; without it the plan grows until the driver's stack is full. Needs the session's `spark.checkpoint.dir`.
CHECKPOINT_EVERY = 5


def fit(ratings: DataFrame, settings: AlsSettings, *, blocks: int) -> ALSModel:
    """Factors of customers and items.

    It begins with random ones: MLlib takes no others (`warm_start` does).

    Args:
        ratings: customer (int), item (int), rating (above 0), a row a pair; read twice.
        settings: how.
        blocks: parts of customers and of items: as many as the cores; MLlib's default of 10 is slow on a laptop.

    Raises:
        NothingToLearnError: no item has enough customers.

    Source: Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets (2008).
    """
    fitting = ALS(
        userCol="customer",
        itemCol="item",
        ratingCol="rating",
        implicitPrefs=True,
        rank=settings.rank,
        regParam=settings.reg,
        alpha=settings.alpha,
        maxIter=settings.iterations,
        numUserBlocks=blocks,
        numItemBlocks=blocks,
        checkpointInterval=CHECKPOINT_EVERY,
        seed=settings.seed,
        coldStartStrategy="drop",
    )
    try:
        return fitting.fit(drop_rare_items(ratings, settings.min_buyers))
    except IllegalArgumentException as error:
        if "No ratings available" not in str(error):
            raise
        raise NothingToLearnError(f"no product has {settings.min_buyers} customers") from None


def drop_rare_items(ratings: DataFrame, min_buyers: int) -> DataFrame:
    """Ratings without items of few customers: they say nothing about other customers."""
    if min_buyers == 1:
        return ratings
    items = ratings.groupBy("item").agg(F.count(F.lit(1)).alias("buyers"))
    return ratings.join(items.where(F.col("buyers") >= min_buyers), "item", "left_semi")


def item_factors(model: ALSModel, numbers: np.ndarray, settings: AlsSettings) -> Factors:
    """Factors of products by their integer ids.

    Collected: 4 bytes times rank a product, 128 MB for a million of rank 32.

    Args:
        model: result of `fit`.
        numbers: integer ids of the catalogue's products.
        settings: of the fit.
    """
    known, values = factor_matrix(model.itemFactors.select("id", "features").toArrow())
    place = places_in(known, numbers)
    return Factors.from_items(
        np.where((place >= 0)[:, None], values[place], 0).astype(np.float32), settings.reg, settings.alpha
    )


def share_factors(factors: Factors, spark: SparkSession) -> Factors:
    """Factors for functions that workers run; large ones lie in a file, largest rows first."""
    norm_sorted = factors.norm_sorted
    return replace(factors, norm_sorted=replace(norm_sorted, rows=share_with_workers(norm_sorted.rows, spark)))


def factor_matrix(rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Numbers, sorted, and a row for each, from the columns id and features that MLlib gives."""
    numbers = rows["id"].to_numpy()
    order = np.argsort(numbers)
    features = rows["features"].combine_chunks().flatten().to_numpy()
    return numbers[order], features.reshape(len(numbers), -1)[order]


def build_als_model(users: DataFrame, items: DataFrame, settings: AlsSettings) -> ALSModel:
    """MLlib's model of factors that were not fitted by it.

    Args:
        users: id, features of customers.
        items: id, features of items.
        settings: of the fit.
    """
    # Its constructor is not offered in Python. There is no JVM only under Spark Connect.
    models = users.sparkSession._jvm.org.apache.spark.ml.recommendation  # type: ignore[union-attr]
    model = ALSModel(models.ALSModel("ALS_warm", settings.rank, users._jdf, items._jdf))
    return model.setUserCol("customer").setItemCol("item").setColdStartStrategy("drop")
