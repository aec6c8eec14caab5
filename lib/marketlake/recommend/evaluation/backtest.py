"""What each period teaches, and how the lists of a ranker that learnt from the earlier ones did in the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.frames.sampling import sample_by_hash
from marketlake.recommend.data.catalogue import WINDOWS
from marketlake.recommend.data.demographics import demographic_segments
from marketlake.recommend.data.interactions import between, purchases
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import evaluation
from marketlake.recommend.evaluation.baselines import best_half_life
from marketlake.recommend.evaluation.holdout import Day, Judged, judge
from marketlake.recommend.evaluation.reference_methods import beside
from marketlake.recommend.methods import markov_chain
from marketlake.recommend.methods.method import FitData, FittedState
from marketlake.recommend.ranking.collection import collect_candidates
from marketlake.recommend.ranking.ranker import Ensemble, PeriodRanker, fit
from marketlake.recommend.settings import TrainingSettings
from marketlake.recommend.training import (
    fit_state,
    pairs_before,
    purchases_with_repeat_flag,
)


@dataclass(frozen=True)
class Ground:
    """What every day learns from.

    Attributes:
        settings: how.
        as_of: first day that is not known at all.
        lines: silver.order_lines up to it.
        products: silver.products.
        customers: silver.customers.
        numbers: ops.integer_ids.
        by_day: `learning.happenings`; every day reads it, so that it belongs into memory.
    """

    settings: TrainingSettings
    as_of: date
    lines: DataFrame
    products: DataFrame
    customers: DataFrame
    numbers: DataFrame
    by_day: DataFrame

    def first_of(self, period: int) -> date:
        """The first day of a period: 1 is the last, which is judged."""
        return self.as_of - timedelta(days=period * self.settings.period_days)

    def days_to_learn_from(self) -> list[date]:
        """First days of the periods before the last, the newest first.

        One, and older ones where enough is known before them for the statistics of products.
        """
        # A single date; where nothing is known there are no older periods.
        first = self.by_day.agg(F.min("happened_on")).collect()[0][0] or self.as_of
        newest, *older = (self.first_of(period) for period in range(2, 2 + self.settings.ranker.periods))
        return [newest, *(day for day in older if day - timedelta(days=max(WINDOWS)) >= first)]


@dataclass(frozen=True)
class Known:
    """What was known before a day.

    Attributes:
        as_of: first day that is not known.
        pairs: `pairs.pairs`, in memory.
        state: learnt from them.
        data: that the methods of the state were fitted on.
        als: MLlib's own model of its factors.
    """

    as_of: date
    pairs: DataFrame
    state: FittedState
    data: FitData
    als: ALSModel


@dataclass(frozen=True)
class Learnt:
    """What a period taught.

    Attributes:
        trees: for the ranker.
        half_life: days, with which own frequency was best.
    """

    trees: PeriodRanker
    half_life: int


@contextmanager
def known(ground: Ground, as_of: date, before: FittedState | None) -> Iterator[Known]:
    """What was known before a day; its pairs stay in memory while it is used.

    Args:
        ground: of all days.
        as_of: first day that is not known.
        before: of an earlier day, where ALS may begin.

    Raises:
        NothingToLearnError: nothing was bought before it.
    """
    settings = ground.settings
    pairs = pairs_before(ground.by_day, as_of=as_of, settings=settings).persist()
    cores = pairs.sparkSession.sparkContext.defaultParallelism
    try:
        state, data, als = fit_state(
            pairs, ground.products, ground.numbers, as_of=as_of, settings=settings, blocks=cores, before=before
        )
        yield Known(as_of, pairs, state, data, als)
    except NothingToLearnError as error:
        raise NothingToLearnError(f"known before {as_of}: {error}") from None
    finally:
        pairs.unpersist()


def learnt_from(ground: Ground, as_of: date, before: FittedState | None) -> tuple[Learnt, FittedState]:
    """What the period from a day on teaches to who knows what was known before it; and what that was.

    Args:
        ground: of all periods.
        as_of: first day of the period.
        before: of an earlier day, where ALS may begin.

    Raises:
        NothingToLearnError: nothing was bought before it, or nothing in it.
    """
    with known(ground, as_of, before) as then:
        day = _day(ground, then)
    half_life = best_half_life(day.candidates, day.customer_id, day.after)
    return Learnt(_trees(day, ground.settings), half_life), day.state


def judged_on_last(ground: Ground, learnt: Sequence[Learnt], before: FittedState | None) -> Judged:
    """What became of the lists of a ranker in the last period.

    Args:
        ground: of all periods.
        learnt: from the periods before it, the newest first.
        before: of an earlier day, where ALS may begin.

    Raises:
        NothingToLearnError: nothing was bought before it.
    """
    settings, first = ground.settings, ground.first_of(1)
    with known(ground, first, before) as then:
        last = _day(ground, then)
        segment_of = demographic_segments(ground.customers, settings.segments.columns)
        recent = between(purchases(ground.lines), first - timedelta(days=markov_chain.DAYS), markov_chain.DAYS)
        share = _judged_share(settings, last.state)
        others = beside(then.pairs, recent, segment_of, (then.state, then.data), settings, share=share)
    return judge(last, others, Ensemble(tuple(of.trees for of in learnt)), half_life=learnt[0].half_life)


def with_last(judged: Judged, settings: TrainingSettings) -> Ensemble:
    """The ranker that was judged, a period on: with what the judged period teaches, without its oldest.

    Raises:
        NothingToLearnError: nothing was bought in the judged period.
    """
    return Ensemble((_trees(judged.day, settings), *judged.ranker.periods)[: settings.ranker.periods])


def _judged_share(settings: TrainingSettings, of_day: FittedState) -> float:
    """Share of the customers who are judged."""
    return min(1.0, settings.evaluation_sample / of_day.customers)


def _day(ground: Ground, then: Known) -> Day:
    """What was known of the customers who are judged, and what they bought in the period after it."""
    share = _judged_share(ground.settings, then.state)
    customer_id, found = collect_candidates(sample_by_hash(then.pairs, share, "customer_id"), then.state)
    later = between(purchases(ground.lines), then.as_of, ground.settings.period_days)
    # Collected: what the judged customers bought in one period.
    bought = sample_by_hash(purchases_with_repeat_flag(later, then.pairs), share, "customer_id").toPandas()
    after = evaluation.period(bought, customer_id, then.state.catalogue)
    labels = evaluation.labels(found, customer_id, after)
    return Day(then.as_of, then.state, customer_id, found, after, labels)


def _trees(day: Day, settings: TrainingSettings) -> PeriodRanker:
    try:
        return fit(day.candidates, day.bought, settings.ranker)
    except NothingToLearnError as error:
        raise NothingToLearnError(f"in the {settings.period_days} days from {day.as_of}: {error}") from None
