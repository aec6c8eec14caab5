"""Backtest of the recommender: a ranker trained on earlier periods is evaluated on the last one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.demographics import demographic_segments
from marketlake.recommend.data.interactions import between, purchases
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation.backtest_result import BacktestResult, evaluate_holdout
from marketlake.recommend.evaluation.baselines import best_half_life
from marketlake.recommend.evaluation.holdout import (
    HoldoutDay,
    collect_purchases,
    evaluation_share,
    label_candidates,
)
from marketlake.recommend.evaluation.reference_methods import build_reference_methods
from marketlake.recommend.evaluation.training_data import TrainingData
from marketlake.recommend.methods import markov_chain
from marketlake.recommend.methods.method import FitData, FittedState
from marketlake.recommend.ranking.collection import collect_candidates
from marketlake.recommend.ranking.ranker import Ensemble, PeriodRanker, fit
from marketlake.recommend.settings import TrainingSettings
from marketlake.recommend.training import fit_state, pairs_before

log = logging.getLogger("marketlake")


@dataclass(frozen=True)
class FittedDay:
    """The fitted state before a day, with the data that it was fitted on.

    Attributes:
        as_of: first day that is not known.
        pairs: `pairs.build_pairs`, in memory.
        state: fitted on them.
        data: that the methods of the state were fitted on.
        als: MLlib's own model of its factors.
    """

    as_of: date
    pairs: DataFrame
    state: FittedState
    data: FitData
    als: ALSModel


@dataclass(frozen=True)
class TrainedPeriod:
    """The result of training on one period.

    Attributes:
        ranker: of the period.
        half_life: days, with which own frequency was best.
    """

    ranker: PeriodRanker
    half_life: int


def backtest(data: TrainingData) -> BacktestResult:
    """Trains a ranker on the periods before the last, and evaluates its lists on the last.

    The oldest period comes first, so that ALS can begin each with the factors of the one before.

    Raises:
        NothingToLearnError: the newest of those periods has nothing to learn from; older ones are left out then.
    """
    trained: list[TrainedPeriod] = []
    before: FittedState | None = None
    days, (newest, *older) = data.settings.period_days, data.training_periods()
    for day in (*reversed(older), newest):
        log.info("training on the %d days from %s", days, day)
        try:
            period, before = train_on_period(data, day, before)
        except NothingToLearnError as error:
            if day == newest:
                raise
            log.warning("the %d days from %s are left out: %s", days, day, error)
        else:
            trained.insert(0, period)
    log.info("evaluating on the %d days from %s", days, data.period_start(1))
    return evaluate_last_period(data, trained, before)


@contextmanager
def fitted(data: TrainingData, as_of: date, before: FittedState | None) -> Iterator[FittedDay]:
    """The fitted state before a day; its pairs stay in memory while it is used.

    Args:
        data: of all days.
        as_of: first day that is not known.
        before: state of an earlier day, whose factors a warm start of ALS begins with.

    Raises:
        NothingToLearnError: nothing was bought before it.
    """
    settings, inputs = data.settings, data.inputs
    pairs = pairs_before(data.by_day, as_of=as_of, settings=settings).persist()
    cores = pairs.sparkSession.sparkContext.defaultParallelism
    try:
        state, fit_data, als = fit_state(
            pairs, inputs.products, inputs.integer_ids, as_of=as_of, settings=settings, blocks=cores, before=before
        )
        yield FittedDay(as_of, pairs, state, fit_data, als)
    except NothingToLearnError as error:
        raise NothingToLearnError(f"known before {as_of}: {error}") from None
    finally:
        pairs.unpersist()


def train_on_period(data: TrainingData, as_of: date, before: FittedState | None) -> tuple[TrainedPeriod, FittedState]:
    """Trains a ranker on one period, using only data from before it. Returns the ranker and that prior state.

    Args:
        data: of all periods.
        as_of: first day of the period.
        before: state of an earlier day, whose factors a warm start of ALS begins with.

    Raises:
        NothingToLearnError: nothing was bought before it, or nothing in it.
    """
    with fitted(data, as_of, before) as fitted_day:
        day = _hold_out(data, fitted_day)
    half_life = best_half_life(day.candidates, day.customer_id, day.purchases)
    return TrainedPeriod(_fit_ranker(day, data.settings), half_life), day.state


def evaluate_last_period(
    data: TrainingData, trained: Sequence[TrainedPeriod], before: FittedState | None
) -> BacktestResult:
    """Evaluates the lists of a ranker on the last period.

    Args:
        data: of all periods.
        trained: on the periods before it, newest first.
        before: state of an earlier day, whose factors a warm start of ALS begins with.

    Raises:
        NothingToLearnError: nothing was bought before it.
    """
    settings, first = data.settings, data.period_start(1)
    with fitted(data, first, before) as fitted_day:
        day = _hold_out(data, fitted_day)
        recent = between(
            purchases(data.inputs.order_lines), first - timedelta(days=markov_chain.DAYS), markov_chain.DAYS
        )
        references = build_reference_methods(
            fitted_day.pairs,
            fitted_day.state,
            fitted_day.data,
            settings,
            purchases=recent,
            segments=demographic_segments(data.inputs.customers, settings.fallback.columns),
            share=evaluation_share(settings, day.state.customers),
        )
    ranker = Ensemble(tuple(period.ranker for period in trained))
    return evaluate_holdout(day, references, ranker, half_life=trained[0].half_life, everyday=data.everyday)


def extend_to_last_period(result: BacktestResult, settings: TrainingSettings) -> Ensemble:
    """The evaluated ranker, extended by the period that it was evaluated on and without its oldest.

    Raises:
        NothingToLearnError: nothing was bought in that period.
    """
    return Ensemble((_fit_ranker(result.day, settings), *result.ranker.periods)[: settings.ranker.periods])


def _hold_out(data: TrainingData, fitted_day: FittedDay) -> HoldoutDay:
    """The state of the evaluated customers on a day, and their purchases in the period after it."""
    state, as_of = fitted_day.state, fitted_day.as_of
    share = evaluation_share(data.settings, state.customers)
    customer_id, candidates = collect_candidates(sample_by_hash(fitted_day.pairs, share, "customer_id"), state)
    bought = collect_purchases(
        data.inputs.order_lines,
        fitted_day.pairs,
        customer_id,
        state.catalogue,
        as_of=as_of,
        period_days=data.settings.period_days,
        share=share,
    )
    is_bought = label_candidates(candidates, customer_id, bought)
    return HoldoutDay(as_of, state, customer_id, candidates, bought, is_bought)


def _fit_ranker(day: HoldoutDay, settings: TrainingSettings) -> PeriodRanker:
    try:
        return fit(day.candidates, day.is_bought, settings.ranker)
    except NothingToLearnError as error:
        raise NothingToLearnError(f"in the {settings.period_days} days from {day.as_of}: {error}") from None
