"""Searches settings of ALS on a period that no model is judged on; it changes none: a person puts them into conf.

    spark-submit jobs/tune_recommender.py --config conf/demo.yaml --run-date 2017-12-03

With periods of `period_days`, the last of them ending on the run date: ALS learns from what was known two periods ago
and is judged on the last but one. The last, on which train_recommender judges for the same date, is seen by no trial.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.data.integer_ids import new_integer_ids, with_integer_ids
from marketlake.recommend.data.interactions import between, purchases
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import evaluation, plots, tuning
from marketlake.recommend.evaluation.evaluation import Period
from marketlake.recommend.evaluation.tuning import Trial, Worth
from marketlake.recommend.methods import als
from marketlake.recommend.methods.scores import DenseScores
from marketlake.recommend.settings import SearchSettings, TrainingSettings
from marketlake.recommend.training import (
    collect_batch,
    daily_interactions,
    fit_catalogue,
    pairs_before,
    purchases_with_repeat_flag,
)
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.touchpoints import EVENTS


@dataclass(frozen=True)
class Ground:
    """What the trials of one half-life share.

    Attributes:
        ratings: of all customers, as ALS takes them.
        item: number of each product of the catalogue.
        batch: what was known of the customers who are judged.
        after: what they bought in the period.
        popularity: worth of lists of what most customers bought in the last 14 days.
    """

    ratings: DataFrame
    item: np.ndarray
    batch: CustomerBatch
    after: Period
    popularity: Worth


def run(context: Context) -> None:
    """Tries every combination, and says in MLflow what each is worth and which is the best."""
    learning = context.config.section("train_recommender", TrainingSettings)
    search = context.settings(SearchSettings)
    as_of = context.as_of - timedelta(days=2 * learning.period_days)
    title = f"ALS known up to {as_of - timedelta(days=1)}, judged on the {learning.period_days} days after it"
    log.info("%s", title)
    found: dict[Trial, Worth | None] = dict.fromkeys(tuning.trials(search, learning))
    numbers = number_names(context, as_of).persist()
    with context.tracker.run(context, {"validation_from": as_of, **search.model_dump()}) as run_of:
        for half_life in dict.fromkeys(trial.half_life_days for trial in found):
            trials = [trial for trial in found if trial.half_life_days == half_life]
            settings = learning.model_copy(update={"half_life_days": half_life})
            with ground(context, settings, numbers, as_of) as shared:
                for trial, worth, seconds in tried(trials, shared, search.parallel):
                    log.info("%s: %.4f", trial, worth.ndcg_10_explore)
                    with run_of.child(str(trial), trial.parameters()) as child:
                        child.metrics(scores(worth) | {"seconds": seconds})
                    found[trial] = worth
        numbers.unpersist()
        table, popularity = tuning.table(found), shared.popularity
        run_of.metrics(scores(found[tuning.best(found)]) | scores(popularity, "recent_popularity_"))
        run_of.table(table, "trials")
        run_of.figure(plots.trials(table, title, baseline=popularity.ndcg_10_explore), "trials")
        run_of.description(tuning.description(found, popularity, title))


def scores(worth: Worth, prefix: str = "") -> dict[str, float]:
    """What is compared, as metrics."""
    return {f"{prefix}ndcg_10_explore": worth.ndcg_10_explore, f"{prefix}ndcg_10_all": worth.ndcg_10_all}


def number_names(context: Context, as_of: date) -> DataFrame:
    """Numbers of the search's own: nothing is written, and no name of a later day changes where the fit begins."""
    bought = purchases(context.read(ORDER_LINES)).where(F.col("happened_on") < F.lit(as_of))
    none = context.spark.createDataFrame([], "kind string, name string, number int")
    return new_integer_ids(none, bought)


@contextmanager
def ground(context: Context, settings: TrainingSettings, numbers: DataFrame, as_of: date) -> Iterator[Ground]:
    """What was known before a day and bought in the period from it; ratings stay in memory while it is used.

    Raises:
        InputError: too few days are known.
    """
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    by_day = daily_interactions(lines, events, orders, settings)
    known = pairs_before(by_day, as_of=as_of, settings=settings).persist()
    ratings = with_integer_ids(known, numbers).persist()
    try:
        catalogue, item = fit_catalogue(
            known, context.read(PRODUCTS), numbers, as_of=as_of, min_buyers=settings.min_buyers
        )
        customers = known.agg(F.count_distinct("customer_id")).collect()[0][0]  # one number
        share = min(1.0, settings.evaluation_sample / customers)
        batch = collect_batch(sample_by_hash(known, share, "customer_id"), catalogue)
        later = between(purchases(lines), as_of, settings.period_days)
        # Collected: what the judged customers bought in one period.
        bought = sample_by_hash(purchases_with_repeat_flag(later, known), share, "customer_id").toPandas()
        after = evaluation.period(bought, batch.customer_id, catalogue)
        if after.is_repeat.all():
            raise NothingToLearnError(f"nobody bought anything new to her in the {settings.period_days} days from it")
        recent = catalogue.statistics["buyers_14"]
        popularity = tuning.worth(lambda history: DenseScores(np.broadcast_to(recent, history.shape)), batch, after)
        yield Ground(ratings, item, batch, after, popularity)
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: known before {as_of}: {error}.",
            f"A search for {context.run_date} needs more than {2 * settings.period_days} days before it: load them "
            "with ingest_sources, choose a later run date or a shorter jobs.train_recommender.period_days.",
        ) from None
    finally:
        known.unpersist()
        ratings.unpersist()


def tried(trials: Sequence[Trial], shared: Ground, parallel: int) -> Iterator[tuple[Trial, Worth, float]]:
    """Each trial with its worth and the seconds it took, so many at a time, in their order."""
    cores = shared.ratings.sparkSession.sparkContext.defaultParallelism

    def attempt(trial: Trial) -> tuple[Trial, Worth, float]:
        start = time.monotonic()
        model = als.fit(shared.ratings, trial.als, blocks=cores)
        factors = als.item_factors(model, shared.item, trial.als)
        return trial, tuning.worth_of_factors(factors, shared.batch, shared.after), time.monotonic() - start

    with ThreadPoolExecutor(parallel) as pool:
        yield from pool.map(attempt, trials)


JOB = Job(
    name="tune_recommender",
    summary="Searches settings of ALS on weeks that judge no model, each trial a run in MLflow, and changes none.",
    run=run,
    reads=(ORDER_LINES, ORDERS, EVENTS, PRODUCTS),
    settings=SearchSettings,
    on_request=True,
)

if __name__ == "__main__":
    main(JOB)
