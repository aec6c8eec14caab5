"""What a day knows, learnt from pairs: statistics, factors, neighbours; and the candidates of customers by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import INPUT, CustomerBatch
from marketlake.recommend.data.integer_ids import with_integer_ids
from marketlake.recommend.data.interactions import interactions
from marketlake.recommend.data.map_batches import map_customer_batches
from marketlake.recommend.data.memory_mapped import share_with_workers
from marketlake.recommend.data.pairs import aggregate_by_day
from marketlake.recommend.data.pairs import build_pairs as pairs_of
from marketlake.recommend.data.product_statistics import product_statistics
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.methods import als, content, warm_start
from marketlake.recommend.methods.content import Content
from marketlake.recommend.methods.fold_in import Factors
from marketlake.recommend.methods.user_knn import fit_neighbours
from marketlake.recommend.ranking.candidates import FEATURES, SHARED, Candidates, FittedState, build_candidates
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.settings import TrainingSettings

COLUMNS = tuple(dict.fromkeys((*FEATURES, *SHARED)))


def collect_batch(pairs: DataFrame, catalogue: Catalogue) -> CustomerBatch:
    """The pairs of (sampled) customers as one batch on the driver: some 40 bytes a pair."""
    return CustomerBatch.from_arrow(pairs.select(*INPUT).toArrow(), catalogue)


def collect_candidates(pairs: DataFrame, state: FittedState) -> tuple[np.ndarray, Candidates]:
    """Candidates of (sampled) customers on the driver: 200 bytes each, some hundreds a customer.

    Args:
        pairs: `pairs.pairs` of whole customers.
        state: of the day.

    Returns:
        ids of the customers, sorted, and their candidates; a candidate's row is the customer's place among the ids.
    """
    there = replace(state, factors=share_with_workers(state.factors, pairs.sparkSession))
    return collect_candidates_with(pairs, state.catalogue, lambda batch: build_candidates(batch, there), COLUMNS)


def collect_candidates_with(
    pairs: DataFrame, catalogue: Catalogue, found_by: Callable[[CustomerBatch], Candidates], names: Sequence[str]
) -> tuple[np.ndarray, Candidates]:
    """Candidates of (sampled) customers on the driver: what a function finds for each batch, and so many columns."""

    def work(batch: CustomerBatch) -> pa.RecordBatch:
        batch = batch.subset(batch.has_bought)  # who bought nothing is recommended by the ladder, not by a ranker
        found = found_by(batch)
        values = np.column_stack([found.columns[name] for name in names]).astype(np.float32)
        lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), len(names))
        columns = {
            "customer_id": pa.array(batch.customer_id[found.row], pa.string()),
            "item": pa.array(found.item, pa.int32()),
            "is_repeat": pa.array(found.is_repeat),
            "values": lists.cast(pa.list_(pa.float32())),
        }
        return pa.RecordBatch.from_pydict(columns)

    schema = "customer_id string, item int, is_repeat boolean, values array<float>"
    return unpack_candidates(map_customer_batches(pairs, catalogue, work, schema).toArrow(), names)


def unpack_candidates(rows: pa.Table, names: Sequence[str]) -> tuple[np.ndarray, Candidates]:
    """Candidates from rows of customer_id, item, is_repeat and values, in the order of customer and item."""
    customer_id, row = np.unique(rows["customer_id"].to_numpy().astype(str), return_inverse=True)
    item = rows["item"].to_numpy().astype(np.int64)
    order = np.lexsort((item, row))
    values = rows["values"].combine_chunks().flatten().to_numpy().reshape(-1, len(names))[order]
    columns = {name: values[:, place] for place, name in enumerate(names)}
    is_repeat = rows["is_repeat"].to_numpy().astype(bool)[order]
    return customer_id, Candidates(row[order], item[order], is_repeat, columns)


def purchases_with_repeat_flag(purchases: DataFrame, pairs: DataFrame) -> DataFrame:
    """What customers bought in a period, once each.

    Args:
        purchases: `interactions.purchases` of the period.
        pairs: up to the day before it.

    Returns:
        customer_id, product_id, is_repeat (she had bought it before).
    """
    before = pairs.where("order_days > 0").select("customer_id", "product_id", F.lit(True).alias("is_repeat"))
    bought = purchases.select("customer_id", "product_id").distinct()
    return bought.join(before, ["customer_id", "product_id"], "left").fillna(False, ["is_repeat"])


def daily_interactions(lines: DataFrame, events: DataFrame, orders: DataFrame, settings: TrainingSettings) -> DataFrame:
    """`pairs.by_day` of all interactions that the settings weigh.

    Args:
        lines: silver.order_lines.
        events: silver.events.
        orders: silver.orders.
        settings: weights.
    """
    return aggregate_by_day(interactions(lines, events, orders, settings.weights), settings.weights)


def pairs_before(by_day: DataFrame, *, as_of: date, settings: TrainingSettings) -> DataFrame:
    """`pairs.pairs` before a day, as the settings weigh them.

    Args:
        by_day: `happenings` by the same settings.
        as_of: first day that is not known.
        settings: weights and half-life.
    """
    return pairs_of(by_day, as_of=as_of, weights=settings.weights, half_life_days=settings.half_life_days)


def fit_state(
    pairs: DataFrame,
    products: DataFrame,
    numbers: DataFrame,
    *,
    as_of: date,
    settings: TrainingSettings,
    blocks: int,
    before: FittedState | None = None,
) -> tuple[FittedState, ALSModel]:
    """What a day knows, and MLlib's own model of its factors.

    Collected: a row a product (its factors too), and the pairs of the customers that others are compared with
    (40 bytes each).

    Args:
        pairs: `pairs.pairs` up to the day; it is read five times.
        products: silver.products.
        numbers: ops.integer_ids, with all of the pairs' names.
        as_of: first day that is not known.
        settings: how.
        blocks: of ALS.
        before: of an earlier day by the same settings, whose factors ALS begins with where it is to start warm.

    Raises:
        NothingToLearnError: no product is sold.
    """
    catalogue, item = fit_catalogue(pairs, products, numbers, as_of=as_of, min_buyers=settings.min_buyers)
    ratings = with_integer_ids(pairs, numbers)
    begun = _factors_of(before, catalogue) if before is not None and settings.als.warm_iterations else np.empty(0)
    if begun.any():
        model = warm_start.refit(ratings, item, begun, settings.als, blocks=blocks)
    else:
        model = als.fit(ratings, settings.als, blocks=blocks)
    factors = als.item_factors(model, item, settings.als)
    return _with_customers(pairs, products, catalogue, factors, settings), model


def fit_catalogue(
    pairs: DataFrame, products: DataFrame, numbers: DataFrame, *, as_of: date, min_buyers: int
) -> tuple[Catalogue, np.ndarray]:
    """The products that a day sells, and the number of each.

    Collected: a row a product, 100 bytes.

    Args:
        pairs: `pairs.pairs` up to the day.
        products: silver.products.
        numbers: ops.integer_ids.
        as_of: first day that is not known.
        min_buyers: with fewer customers in the last 90 days a product does not count as sold.

    Raises:
        NothingToLearnError: no product is sold.
    """
    rows = product_statistics(pairs, products, as_of=as_of, min_buyers=min_buyers)
    named = numbers.where("kind = 'product'").select(F.col("name").alias("product_id"), "number")
    found: pd.DataFrame = rows.join(named, "product_id", "inner").orderBy("product_id").toPandas()
    return _build_catalogue(found), found["number"].to_numpy()


def refresh_model(
    model: Recommender, pairs: DataFrame, products: DataFrame, offered: DataFrame, *, as_of: date
) -> Recommender:
    """A trained model with the statistics and neighbours of another day; its factors and its ranker stay.

    Args:
        model: as it was trained.
        pairs: `pairs.pairs` up to the day, made by the model's settings.
        products: silver.products.
        offered: product_id of those that may be recommended.
        as_of: first day that is not known.

    Raises:
        NothingToLearnError: no product is sold.
    """
    settings, before = model.settings, model.state
    rows = product_statistics(pairs, products, as_of=as_of, min_buyers=settings.min_buyers)
    catalogue = _build_catalogue(rows.join(offered, "product_id", "left_semi").toPandas())  # a row a product
    factors = Factors.from_items(_factors_of(before, catalogue), before.factors.reg, before.factors.alpha)
    return model.with_state(_with_customers(pairs, products, catalogue, factors, settings))


def _factors_of(before: FittedState, catalogue: Catalogue) -> np.ndarray:
    """What an earlier day's factors were of a catalogue's products: a row each, zeros where they had none."""
    place = before.catalogue.places(catalogue.product_id)
    return np.where((place >= 0)[:, None], before.factors.norm_sorted.factors(place), 0).astype(np.float32)


def _build_catalogue(rows: pd.DataFrame) -> Catalogue:
    catalogue = Catalogue.from_statistics(rows)
    if not len(catalogue):
        raise NothingToLearnError("no product was bought by enough customers in the last 90 days")
    return catalogue


def _with_customers(
    pairs: DataFrame, products: DataFrame, catalogue: Catalogue, factors: Factors, settings: TrainingSettings
) -> FittedState:
    customers = pairs.agg(F.count_distinct("customer_id")).collect()[0][0]  # one number
    compared = sample_by_hash(pairs, min(1.0, settings.neighbour_sample / customers), "customer_id")
    touched = products.join(pairs.select("product_id").distinct(), "product_id", "right")
    words = Content.fit(touched.select("product_id", *content.COLUMNS).toPandas(), catalogue)  # a row a product
    return FittedState(catalogue, factors, fit_neighbours(collect_batch(compared, catalogue)), customers, words)
