"""Splits in time."""

from __future__ import annotations

import doctest
from datetime import date, timedelta

from marketlake.evaluation import holdout
from marketlake.evaluation.holdout import period_start, training_periods

AS_OF = date(2025, 12, 31)


def test_the_numbers_in_docstrings_are_true() -> None:
    failed, tried = doctest.testmod(holdout)
    assert (failed, tried > 0) == (0, True)


def days(*, known: int, periods: int) -> list[int]:
    """Days from the start of each training period to the end, with so many days of data."""
    first = AS_OF - timedelta(days=known)
    found = training_periods(AS_OF, period_days=10, periods=periods, first_day=first, history_days=90)
    return [(AS_OF - day).days for day in found]


def test_older_periods_need_history_before_them() -> None:
    assert days(known=130, periods=8) == [20, 30, 40]
    assert days(known=129, periods=8) == [20, 30]
    assert days(known=1000, periods=3) == [20, 30, 40]


def test_one_training_period_is_always_there_and_never_the_last() -> None:
    assert days(known=30, periods=8) == [20]
    assert days(known=0, periods=1) == [20]
    assert period_start(AS_OF, 1, period_days=10) == AS_OF - timedelta(days=10)
