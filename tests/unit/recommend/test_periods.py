"""Which periods a ranker learns from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyspark.sql import SparkSession

import train_recommender
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation.backtest import Ground
from marketlake.recommend.settings import RankerSettings, TrainingSettings

AS_OF = date(2025, 12, 31)


def days(spark: SparkSession, *, known: int, periods: int) -> list[int]:
    """How long before the end the periods begin that are learnt from, when so many days are known."""
    settings = TrainingSettings(period_days=10, ranker=RankerSettings(periods=periods))
    by_day = spark.createDataFrame([(AS_OF - timedelta(days=known),)], "happened_on date")
    ground = Ground(settings, AS_OF, by_day, by_day, by_day, by_day, by_day)
    return [(AS_OF - day).days for day in ground.days_to_learn_from()]


def test_older_periods_are_learnt_from_where_ninety_days_are_known_before_them(spark: SparkSession) -> None:
    assert days(spark, known=130, periods=8) == [20, 30, 40]
    assert days(spark, known=129, periods=8) == [20, 30]
    assert days(spark, known=1000, periods=3) == [20, 30, 40]


def test_one_period_is_always_learnt_from(spark: SparkSession) -> None:
    assert days(spark, known=30, periods=8) == [20]
    assert days(spark, known=1000, periods=1) == [20]


def test_an_older_period_that_teaches_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    newest, middle, oldest = (AS_OF - timedelta(days=days) for days in (20, 30, 40))
    silent = {middle}

    def learnt_from(_: Ground, day: date, before: date | None) -> tuple[date, date]:
        """Each begins where the one before it ended."""
        assert before == max((other for other in (middle, oldest) if other < day and other not in silent), default=None)
        if day in silent:
            raise NothingToLearnError("nothing was bought")
        return day, day

    monkeypatch.setattr(train_recommender, "learnt_from", learnt_from)
    monkeypatch.setattr(train_recommender, "judged_on_last", lambda _, *of: of)
    monkeypatch.setattr(Ground, "days_to_learn_from", lambda _: [newest, middle, oldest])
    ground = Ground(TrainingSettings(), AS_OF, *[None] * 5)  # type: ignore[arg-type]  # no frame is read
    assert train_recommender.judged_by(ground) == ([newest, oldest], newest)
    silent.add(newest)
    with pytest.raises(NothingToLearnError):
        train_recommender.judged_by(ground)
