"""Training periods of a backtest, and recipes that it compares."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyspark.sql import SparkSession

from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import backtest as backtests
from marketlake.recommend.evaluation.recipe import flatten_settings, other_recipe
from marketlake.recommend.evaluation.training_data import TrainingData
from marketlake.recommend.settings import AlsSettings, ListSettings, RankerSettings, TrainingSettings

AS_OF = date(2025, 12, 31)


def days(spark: SparkSession, *, known: int, periods: int) -> list[int]:
    """Days from the start of each training period to the end, with so many days of data."""
    settings = TrainingSettings(period_days=10, ranker=RankerSettings(periods=periods))
    by_day = spark.createDataFrame([(AS_OF - timedelta(days=known),)], "happened_on date")
    data = TrainingData(settings, ListSettings(), AS_OF, None, by_day)  # type: ignore[arg-type]  # no table is read
    return [(AS_OF - day).days for day in data.training_periods()]


def test_older_periods_need_ninety_days_of_history(spark: SparkSession) -> None:
    assert days(spark, known=130, periods=8) == [20, 30, 40]
    assert days(spark, known=129, periods=8) == [20, 30]
    assert days(spark, known=1000, periods=3) == [20, 30, 40]


def test_there_is_always_one_training_period(spark: SparkSession) -> None:
    assert days(spark, known=30, periods=8) == [20]
    assert days(spark, known=1000, periods=1) == [20]


def test_an_older_period_that_teaches_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    newest, middle, oldest = (AS_OF - timedelta(days=days) for days in (20, 30, 40))
    silent = {middle}

    def train_on_period(_: TrainingData, day: date, before: date | None) -> tuple[date, date]:
        """Each begins where the one before it ended."""
        assert before == max((other for other in (middle, oldest) if other < day and other not in silent), default=None)
        if day in silent:
            raise NothingToLearnError("nothing was bought")
        return day, day

    monkeypatch.setattr(backtests, "train_on_period", train_on_period)
    monkeypatch.setattr(backtests, "evaluate_last_period", lambda _, *of: of)
    monkeypatch.setattr(TrainingData, "training_periods", lambda _: [newest, middle, oldest])
    data = TrainingData(TrainingSettings(), ListSettings(), AS_OF, None, None)  # type: ignore[arg-type]  # no frame is read
    assert backtests.backtest(data) == ([newest, oldest], newest)
    silent.add(newest)
    with pytest.raises(NothingToLearnError):
        backtests.backtest(data)


def test_a_recipe_is_another_one_only_by_settings_of_the_training() -> None:
    settings = TrainingSettings(period_days=14, min_improvement=0.01)
    assert other_recipe(TrainingSettings(period_days=28).model_dump_json(), settings) is None
    champion = TrainingSettings(period_days=28, als=AlsSettings(rank=8))
    assert other_recipe(champion.model_dump_json(), settings) == champion.model_copy(
        update={"period_days": 14, "min_improvement": 0.01}
    )
    for text in ("", '{"no_such_setting": 1}'):
        with pytest.raises(ValueError, match="other code"):
            other_recipe(text, settings)


def test_settings_are_logged_by_their_dotted_names() -> None:
    flat = flatten_settings(TrainingSettings(als=AlsSettings(rank=8)))
    assert (flat["als.rank"], flat["period_days"]) == (8, 28)
