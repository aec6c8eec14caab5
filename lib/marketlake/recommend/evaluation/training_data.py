"""Data that every period of a training is fitted on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.evaluation.holdout import period_start, training_periods
from marketlake.recommend.data.catalogue import WINDOWS
from marketlake.recommend.settings import ListSettings, TrainingSettings
from marketlake.recommend.training import daily_interactions


@dataclass(frozen=True)
class TrainingInputs:
    """Tables up to the run date.

    Attributes:
        order_lines: silver.order_lines.
        orders: silver.orders.
        events: silver.events.
        products: silver.products.
        customers: silver.customers.
        integer_ids: ops.integer_ids.
    """

    order_lines: DataFrame
    orders: DataFrame
    events: DataFrame
    products: DataFrame
    customers: DataFrame
    integer_ids: DataFrame


@dataclass(frozen=True)
class TrainingData:
    """Data that every period is trained on.

    Attributes:
        settings: of the training.
        everyday: settings of the everyday list, which is evaluated too.
        as_of: first day that is not known at all.
        inputs: tables up to it.
        by_day: `training.daily_interactions`; every period reads it, so it should be in memory.
    """

    settings: TrainingSettings
    everyday: ListSettings
    as_of: date
    inputs: TrainingInputs
    by_day: DataFrame

    def period_start(self, period: int) -> date:
        """The first day of a period: 1 is the last, which is held out."""
        return period_start(self.as_of, period, period_days=self.settings.period_days)

    def training_periods(self) -> list[date]:
        """First days of the periods before the last, newest first.

        One, and older ones with enough history before them for the statistics of products.
        """
        # A single date; without any data there are no older periods.
        first = self.by_day.agg(F.min("happened_on")).collect()[0][0] or self.as_of
        return training_periods(
            self.as_of,
            period_days=self.settings.period_days,
            periods=self.settings.ranker.periods,
            first_day=first,
            history_days=max(WINDOWS),
        )


@contextmanager
def prepare_training_data(
    inputs: TrainingInputs, settings: TrainingSettings, everyday: ListSettings, *, as_of: date
) -> Iterator[TrainingData]:
    """The training data by some settings; the interactions of each day stay in memory while it is used."""
    by_day = daily_interactions(inputs.order_lines, inputs.events, inputs.orders, settings).persist()
    try:
        yield TrainingData(settings, everyday, as_of, inputs, by_day)
    finally:
        by_day.unpersist()
