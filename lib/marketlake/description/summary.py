"""Counts and quantiles of all columns, in two scans of the frame whatever the number of columns.

The first scan counts. It decides, by the estimated number of distinct values, how the second one looks at a column:
a column with few values is described exactly by how often each occurs; one with many by quantiles that Spark keeps
in a summary of bounded size. (Building that summary for every row costs some twenty times as much as counting, so it
is done only where it is needed.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.description.columns import DescribedColumn

GRID = 1000
QUANTILE_ACCURACY = 10_000


@dataclass(frozen=True)
class ColumnCounts:
    """Result of the first scan for one column.

    Attributes:
        rows: rows of the frame.
        nulls: rows in which the column is null.
        not_finite: rows with NaN or infinity.
        distinct: estimated number of values (5% standard error), at most the rows that have one; None when the type
            cannot be counted.
    """

    rows: int
    nulls: int
    not_finite: int
    distinct: int | None

    @property
    def present(self) -> int:
        """Rows with a value that counts."""
        return self.rows - self.nulls - self.not_finite


@dataclass(frozen=True)
class Summary:
    """Result of the second scan for one column; parts that were not requested are empty.

    Attributes:
        values: each value (of `DescribedColumn.clean`) and its rows, most frequent first; None when there are too many.
        minimum: smallest value, of the column's own type.
        maximum: largest value, of the column's own type.
        mean: arithmetic mean; None when there are no rows.
        deviation: sample standard deviation; None below two rows.
        grid: the 0.1%, 0.2%, ... 99.9% quantiles of a measured column; empty without rows.
    """

    values: list[tuple[Any, int]] | None = None
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    deviation: float | None = None
    grid: tuple[float, ...] = ()

    def percentile(self, percent: int) -> float | None:
        """The value that `percent` per cent of the rows do not exceed."""
        return self.grid[percent * GRID // 100 - 1] if self.grid else None


def count_columns(frame: DataFrame, columns: Sequence[DescribedColumn]) -> list[ColumnCounts]:
    """Rows, nulls, not-finite numbers and distinct values of all columns, in one aggregate (scan 1).

    Args:
        frame: any frame.
        columns: its columns.

    Returns:
        One `ColumnCounts` per column, in order. Spark returns one row with at most three numbers per column.

    Source: Heule et al., HyperLogLog in Practice (EDBT 2013), for the distinct values.
    """
    aggregates: list[Column] = [F.count(F.lit(1)).alias("rows")]
    for column in columns:
        aggregates.append(F.count(column.raw).alias(f"filled_{column.position}"))
        if column.may_be_infinite:
            aggregates.append(F.count(column.clean).alias(f"finite_{column.position}"))
        if column.is_countable:
            aggregates.append(F.approx_count_distinct(column.clean).alias(f"distinct_{column.position}"))
    result = frame.agg(*aggregates).collect()[0].asDict()
    return [_counts(column, result) for column in columns]


def _counts(column: DescribedColumn, result: dict[str, int]) -> ColumnCounts:
    """The counts of one column."""
    filled = result[f"filled_{column.position}"]
    finite = result.get(f"finite_{column.position}", filled)
    estimate = result.get(f"distinct_{column.position}")
    return ColumnCounts(
        rows=result["rows"],
        nulls=result["rows"] - filled,
        not_finite=filled - finite,
        distinct=None if estimate is None else min(estimate, finite),
    )


def summarise(
    frame: DataFrame, columns: Sequence[DescribedColumn], counts: Sequence[ColumnCounts], *, distinct_limit: int
) -> list[Summary]:
    """Values, extremes, mean, deviation and quantiles of all columns that may be shown, in one aggregate (scan 2).

    Quantiles are values that occur, without interpolation (`inverted_cdf` in NumPy). They are exact for a column of
    at most `distinct_limit` values or 10,000 rows; beyond that their rank may be off by 0.01% of the rows, and that
    little may depend on how the rows are spread over partitions.

    Args:
        frame: any frame.
        columns: its columns.
        counts: `count_columns` of the same columns.
        distinct_limit: the most values a column may have to be counted value by value.

    Returns:
        One `Summary` per column, in order. Spark returns one row, with at most 1.25 times `distinct_limit` values or
        999 quantiles per column.

    Source: Greenwald and Khanna, Space-Efficient Online Computation of Quantile Summaries (SIGMOD 2001); Anderson et
        al., A High-Performance Algorithm for Identifying Frequent Items in Data Streams (IMC 2017), which is exact
        while the values fit into its map, as they do here.
    """
    aggregates: list[Column] = []
    for column, count in zip(columns, counts, strict=True):
        if not column.is_shown or not count.present:
            continue
        if _has_few_values(count, distinct_limit):
            aggregates.append(_value_counts(column, distinct_limit))
        else:
            aggregates.extend(_ordered_aggregates(column))
    result = frame.agg(*aggregates).collect()[0].asDict() if aggregates else {}
    return [_summary(column, count, result) for column, count in zip(columns, counts, strict=True)]


def _has_few_values(count: ColumnCounts, distinct_limit: int) -> bool:
    """True when a column is counted value by value."""
    return count.distinct is not None and count.distinct <= distinct_limit


def _value_counts(column: DescribedColumn, distinct_limit: int) -> Column:
    """All values with their rows; twice the limit is asked for, as the distinct count is an estimate."""
    return F.call_function("approx_top_k", column.clean, F.lit(2 * distinct_limit), F.lit(4 * distinct_limit)).alias(
        f"values_{column.position}"
    )


def _ordered_aggregates(column: DescribedColumn) -> list[Column]:
    """Aggregates of a column with too many values to count."""
    place = column.position
    found = [F.min(column.clean).alias(f"minimum_{place}"), F.max(column.clean).alias(f"maximum_{place}")]
    if column.is_measurable:
        number = column.clean.cast("double")
        grid = [step / GRID for step in range(1, GRID)]
        found.append(F.percentile_approx(number, grid, QUANTILE_ACCURACY).alias(f"grid_{place}"))
    if column.is_numeric:
        found.append(F.avg(number).alias(f"mean_{place}"))
        found.append(F.stddev_samp(number).alias(f"deviation_{place}"))
    return found


def _summary(column: DescribedColumn, count: ColumnCounts, result: dict[str, Any]) -> Summary:
    """The summary of one column."""
    place = column.position
    if f"values_{place}" in result:
        pairs = [(pair["item"], pair["count"]) for pair in result[f"values_{place}"] if pair["item"] is not None]
        complete = sum(rows for _, rows in pairs) == count.present
        return _from_values(column, pairs) if complete else Summary()
    return Summary(
        minimum=result.get(f"minimum_{place}"),
        maximum=result.get(f"maximum_{place}"),
        mean=result.get(f"mean_{place}"),
        deviation=result.get(f"deviation_{place}"),
        grid=tuple(result.get(f"grid_{place}") or ()),
    )


def _from_values(column: DescribedColumn, pairs: list[tuple[Any, int]]) -> Summary:
    """The summary of a column whose values were all counted."""
    ordered = sorted(pairs)
    frequent = sorted(ordered, key=lambda pair: -pair[1])
    if not column.is_measurable:
        return Summary(frequent, ordered[0][0], ordered[-1][0])
    numbers = np.array([float(value) for value, _ in ordered])
    rows = np.array([count for _, count in ordered], dtype=np.int64)
    total = int(rows.sum())
    ranks = [-(-step * total // GRID) for step in range(1, GRID)]
    grid = numbers[np.searchsorted(np.cumsum(rows), ranks)]
    mean = float(np.average(numbers, weights=rows)) if column.is_numeric else None
    deviation = None
    if mean is not None and total > 1:
        deviation = math.sqrt(float(np.average((numbers - mean) ** 2, weights=rows)) * total / (total - 1))
    return Summary(frequent, ordered[0][0], ordered[-1][0], mean, deviation, tuple(grid.tolist()))
