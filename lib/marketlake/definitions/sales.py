"""Sales that count: orders and lines from the day on which they are booked."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def booked(rows: DataFrame, *, as_of: date) -> DataFrame:
    """Orders or lines that count by a day; one that was never paid, or cancelled before, never does.

    Args:
        rows: silver.orders or silver.order_lines.
        as_of: first day that is not known (UTC).

    Returns:
        the rows whose `booked_date` lies before `as_of`.
    """
    return rows.where(F.col("booked_date") < F.lit(as_of))
