"""Holdout splits in time: periods of equal length, counted back from the first day that is not known."""

from __future__ import annotations

from datetime import date, timedelta


def period_start(as_of: date, period: int, *, period_days: int) -> date:
    """The first day of a period before `as_of`: period 1 is the last one, period 2 the one before it.

    Args:
        as_of: first day that is not known; the day after the last period.
        period: number of the period, counted back from 1.
        period_days: length of a period in days.

    >>> period_start(date(2025, 3, 1), 1, period_days=28)
    datetime.date(2025, 2, 1)
    """
    return as_of - timedelta(days=period * period_days)


def training_periods(as_of: date, *, period_days: int, periods: int, first_day: date, history_days: int) -> list[date]:
    """First days of the periods before the last, newest first; the last one is held out.

    The newest of them is always there. An older one needs enough history before it.

    Args:
        as_of: first day that is not known.
        period_days: length of a period in days.
        periods: at most so many.
        first_day: the oldest day with data.
        history_days: days with data that an older period needs before it.

    >>> training_periods(date(2025, 3, 1), period_days=7, periods=9, first_day=date(2025, 1, 1), history_days=30)
    [datetime.date(2025, 2, 15), datetime.date(2025, 2, 8), datetime.date(2025, 2, 1)]
    """
    newest, *older = (period_start(as_of, period, period_days=period_days) for period in range(2, 2 + periods))
    return [newest, *(day for day in older if day - timedelta(days=history_days) >= first_day)]
