"""Data that the trials of one half-life share, and the trials run on them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.data.integer_ids import new_integer_ids, with_integer_ids
from marketlake.recommend.data.interactions import purchases
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation.holdout import HoldoutPurchases, collect_purchases, evaluation_share
from marketlake.recommend.evaluation.tuning import Trial, TrialScore, score_factors, score_trial
from marketlake.recommend.methods import als
from marketlake.recommend.methods.scores import DenseScores
from marketlake.recommend.settings import TrainingSettings
from marketlake.recommend.training import collect_batch, daily_interactions, fit_catalogue, pairs_before


@dataclass(frozen=True)
class TuningData:
    """Data that the trials of one half-life share.

    Attributes:
        ratings: of all customers, for ALS.
        item: integer id of each product of the catalogue.
        batch: pairs of the evaluated customers before the day.
        bought: their purchases in the period from the day on.
        popularity: score of lists of the most popular products of the last 14 days.
    """

    ratings: DataFrame
    item: np.ndarray
    batch: CustomerBatch
    bought: HoldoutPurchases
    popularity: TrialScore


def number_ids_before(order_lines: DataFrame, as_of: date) -> DataFrame:
    """Integer ids of the customers and products of purchases before a day, whatever ops.integer_ids holds.

    So a search has the same result in every run, however often it was trained in between.
    """
    bought = purchases(order_lines).where(F.col("happened_on") < F.lit(as_of))
    none = order_lines.sparkSession.createDataFrame([], "kind string, name string, number int")
    return new_integer_ids(none, bought)


@contextmanager
def prepare_tuning_data(
    settings: TrainingSettings,
    *,
    as_of: date,
    order_lines: DataFrame,
    orders: DataFrame,
    events: DataFrame,
    products: DataFrame,
    integer_ids: DataFrame,
) -> Iterator[TuningData]:
    """Pairs before a day and purchases in the period from it; ratings stay in memory while they are used.

    Args:
        settings: of the training, with the half-life of the trials.
        as_of: first day of the period.
        order_lines: silver.order_lines.
        orders: silver.orders.
        events: silver.events.
        products: silver.products.
        integer_ids: `number_ids_before` the day.

    Raises:
        NothingToLearnError: too few days are known.
    """
    by_day = daily_interactions(order_lines, events, orders, settings)
    pairs = pairs_before(by_day, as_of=as_of, settings=settings).persist()
    ratings = with_integer_ids(pairs, integer_ids).persist()
    try:
        catalogue, item = fit_catalogue(pairs, products, integer_ids, as_of=as_of, min_buyers=settings.min_buyers)
        customers = pairs.agg(F.count_distinct("customer_id")).collect()[0][0]  # one number
        share = evaluation_share(settings, customers)
        batch = collect_batch(sample_by_hash(pairs, share, "customer_id"), catalogue)
        bought = collect_purchases(
            order_lines,
            pairs,
            batch.customer_id,
            catalogue,
            as_of=as_of,
            period_days=settings.period_days,
            share=share,
        )
        if bought.is_repeat.all():
            raise NothingToLearnError(f"no customer bought a new product in the {settings.period_days} days from it")
        recent = catalogue.statistics["buyers_14"]
        popularity = score_trial(lambda history: DenseScores(np.broadcast_to(recent, history.shape)), batch, bought)
        yield TuningData(ratings, item, batch, bought, popularity)
    except NothingToLearnError as error:
        raise NothingToLearnError(f"known before {as_of}: {error}") from None
    finally:
        pairs.unpersist()
        ratings.unpersist()


def run_trials(
    trials: Sequence[Trial], data: TuningData, *, parallel: int
) -> Iterator[tuple[Trial, TrialScore, float]]:
    """Each trial with its score and duration in seconds, several at a time, in their order."""
    cores = data.ratings.sparkSession.sparkContext.defaultParallelism

    def run_trial(trial: Trial) -> tuple[Trial, TrialScore, float]:
        start = time.monotonic()
        model = als.fit(data.ratings, trial.als, blocks=cores)
        factors = als.item_factors(model, data.item, trial.als)
        return trial, score_factors(factors, data.batch, data.bought), time.monotonic() - start

    with ThreadPoolExecutor(parallel) as pool:
        yield from pool.map(run_trial, trials)
