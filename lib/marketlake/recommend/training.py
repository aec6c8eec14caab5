"""The door for training: interactions, pairs, and the fitted state of a day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import INPUT, CustomerBatch
from marketlake.recommend.data.integer_ids import with_integer_ids
from marketlake.recommend.data.interactions import interactions
from marketlake.recommend.data.pairs import aggregate_by_day, build_pairs
from marketlake.recommend.data.product_statistics import product_statistics
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.methods import als, content, warm_start
from marketlake.recommend.methods.fold_in import Factors
from marketlake.recommend.methods.method import FitData, FittedState
from marketlake.recommend.methods.registry import SERVED, fit_models
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.settings import TrainingSettings


def daily_interactions(lines: DataFrame, events: DataFrame, orders: DataFrame, settings: TrainingSettings) -> DataFrame:
    """`pairs.aggregate_by_day` of all interactions that have a weight in the settings.

    Args:
        lines: silver.order_lines.
        events: silver.events.
        orders: silver.orders.
        settings: weights.
    """
    return aggregate_by_day(interactions(lines, events, orders, settings.weights), settings.weights)


def pairs_before(by_day: DataFrame, *, as_of: date, settings: TrainingSettings) -> DataFrame:
    """`pairs.build_pairs` before a day, weighted by the settings.

    Args:
        by_day: `daily_interactions` by the same settings.
        as_of: first day that is not counted.
        settings: weights and half-life.
    """
    return build_pairs(by_day, as_of=as_of, weights=settings.weights, half_life_days=settings.half_life_days)


def purchases_with_repeat_flag(purchases: DataFrame, pairs: DataFrame) -> DataFrame:
    """The products that customers bought in a period, once each.

    Args:
        purchases: `interactions.purchases` of the period.
        pairs: up to the day before it.

    Returns:
        customer_id, product_id, is_repeat (the customer had bought it before).
    """
    before = pairs.where("order_days > 0").select("customer_id", "product_id", F.lit(True).alias("is_repeat"))
    bought = purchases.select("customer_id", "product_id").distinct()
    return bought.join(before, ["customer_id", "product_id"], "left").fillna(False, ["is_repeat"])


def fit_state(
    pairs: DataFrame,
    products: DataFrame,
    integer_ids: DataFrame,
    *,
    as_of: date,
    settings: TrainingSettings,
    blocks: int,
    before: FittedState | None = None,
) -> tuple[FittedState, FitData, ALSModel]:
    """The fitted state of a day, the data that its methods were fitted on, and MLlib's own model of its factors.

    Collected: a row a product (its factors too), and the pairs of the customers that others are compared with
    (40 bytes each).

    Args:
        pairs: `pairs.build_pairs` up to the day; it is read five times.
        products: silver.products.
        integer_ids: ops.integer_ids, with all names of the pairs.
        as_of: first day that is not counted.
        settings: how.
        blocks: of ALS.
        before: state of an earlier day by the same settings, whose factors a warm start of ALS begins with.

    Raises:
        NothingToLearnError: no product is sold.
    """
    catalogue, item = fit_catalogue(pairs, products, integer_ids, as_of=as_of, min_buyers=settings.min_buyers)
    ratings = with_integer_ids(pairs, integer_ids)
    start = _factors_for(before, catalogue) if before is not None and settings.als.warm_iterations else np.empty(0)
    if start.any():
        model = warm_start.refit(ratings, item, start, settings.als, blocks=blocks)
    else:
        model = als.fit(ratings, settings.als, blocks=blocks)
    factors = als.item_factors(model, item, settings.als)
    state, data = _fit_served(pairs, products, catalogue, factors, settings)
    return state, data, model


def fit_catalogue(
    pairs: DataFrame, products: DataFrame, integer_ids: DataFrame, *, as_of: date, min_buyers: int
) -> tuple[Catalogue, np.ndarray]:
    """The products that are sold on a day, and the integer id of each.

    Collected: a row a product, 100 bytes.

    Args:
        pairs: `pairs.build_pairs` up to the day.
        products: silver.products.
        integer_ids: ops.integer_ids.
        as_of: first day that is not counted.
        min_buyers: with fewer customers in the last 90 days a product does not count as sold.

    Raises:
        NothingToLearnError: no product is sold.
    """
    rows = product_statistics(pairs, products, as_of=as_of, min_buyers=min_buyers)
    named = integer_ids.where("kind = 'product'").select(F.col("name").alias("product_id"), "number")
    found: pd.DataFrame = rows.join(named, "product_id", "inner").orderBy("product_id").toPandas()
    return _build_catalogue(found), found["number"].to_numpy()


def refresh_model(
    model: Recommender, pairs: DataFrame, products: DataFrame, sellable: DataFrame, *, as_of: date
) -> Recommender:
    """A trained model with the statistics and neighbours of another day; its factors and its ranker stay.

    Args:
        model: as it was trained.
        pairs: `pairs.build_pairs` up to the day, made by the model's settings.
        products: silver.products.
        sellable: product_id of the products that may be recommended.
        as_of: first day that is not counted.

    Raises:
        NothingToLearnError: no product is sold.
    """
    settings, before = model.settings, model.state
    rows = product_statistics(pairs, products, as_of=as_of, min_buyers=settings.min_buyers)
    catalogue = _build_catalogue(rows.join(sellable, "product_id", "left_semi").toPandas())  # a row a product
    factors = Factors.from_items(_factors_for(before, catalogue), before.factors.reg, before.factors.alpha)
    state, _ = _fit_served(pairs, products, catalogue, factors, settings)
    return model.with_state(state)


def collect_batch(pairs: DataFrame, catalogue: Catalogue) -> CustomerBatch:
    """The pairs of (sampled) customers as one batch on the driver: some 40 bytes a pair."""
    return CustomerBatch.from_arrow(pairs.select(*INPUT).toArrow(), catalogue)


def _factors_for(before: FittedState, catalogue: Catalogue) -> np.ndarray:
    """Factors of an earlier day for the products of a catalogue: a row each, zeros for products without factors."""
    place = before.catalogue.places(catalogue.product_id)
    return np.where((place >= 0)[:, None], before.factors.norm_sorted.factors(place), 0).astype(np.float32)


def _build_catalogue(rows: pd.DataFrame) -> Catalogue:
    catalogue = Catalogue.from_statistics(rows)
    if not len(catalogue):
        raise NothingToLearnError("no product was bought by enough customers in the last 90 days")
    return catalogue


def _fit_served(
    pairs: DataFrame, products: DataFrame, catalogue: Catalogue, factors: Factors, settings: TrainingSettings
) -> tuple[FittedState, FitData]:
    customers = pairs.agg(F.count_distinct("customer_id")).collect()[0][0]  # one number
    sample = sample_by_hash(pairs, min(1.0, settings.neighbour_sample / customers), "customer_id")
    touched = products.join(pairs.select("product_id").distinct(), "product_id", "right")
    described = touched.select("product_id", *content.COLUMNS).toPandas()  # a row a product
    data = FitData(catalogue, collect_batch(sample, catalogue), described)
    return FittedState(catalogue, customers, factors, fit_models(SERVED, data)), data
