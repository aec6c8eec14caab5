"""The description of a table: the entry point for jobs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from marketlake.description import associations, frequencies, moments
from marketlake.description.columns import DescribedColumn, as_text, list_columns, round_digits
from marketlake.description.moments import Scale, Shape
from marketlake.description.summary import ColumnCounts, Summary, count_columns, summarise
from marketlake.description.transforms import Suggestion, suggest_transform
from marketlake.tables.description import COLUMN_ASSOCIATIONS, COLUMN_FREQUENCIES, COLUMN_STATISTICS
from marketlake.tables.table import Table

PERCENTILES = (1, 5, 25, 75, 95, 99)


@dataclass(frozen=True)
class Description:
    """Description of a table; each frame has the columns of its output table, in order, with None for missing values.

    Attributes:
        statistics: gold.column_statistics, one row per column.
        frequencies: gold.column_frequencies, at most `top` + `bins` rows per column.
        associations: gold.column_associations, two rows per pair of numeric columns and one per chosen pair.
    """

    statistics: pd.DataFrame
    frequencies: pd.DataFrame
    associations: pd.DataFrame


@np.errstate(all="ignore")
def describe(
    frame: DataFrame,
    *,
    table_name: str,
    table_version: int | None,
    run_date: date,
    pairs: Sequence[tuple[str, str]] = (),
    personal: Collection[str] = (),
    bins: int = 20,
    top: int = 20,
    max_rank_rows: int = 100_000,
    distinct_limit: int = 5_000,
) -> Description:
    """Statistics, frequencies and associations of the columns of a frame.

    The frame is scanned at most five times, whatever its number of columns: (1) counts and distinct values, (2) values
    or quantiles, (3) shape, outliers, histograms and Pearson, (4) ranks for Spearman, (5) the chosen pairs. Scans with
    nothing to do are left out; an empty frame has one. Each is one query, which Spark runs as one or two jobs (two
    stages: partial sums, then their total). What comes to the driver grows with the columns, never with the rows: at
    most 1.25 x `distinct_limit` values per column, 4 numbers per pair of columns, `max_rank_rows` rows of numbers, and
    100,000 cells per chosen pair.

    Results do not depend on how the rows lie in partitions, but for quantiles of columns with over `distinct_limit`
    values and 10,000 rows, which may move by 0.01% of the rows in rank. Doubles keep 12 significant digits; what
    overflows (the deviation of numbers near 1e308) is null. The session should be in UTC, as all of ours are:
    timestamps are shown in UTC.

    Args:
        frame: any frame; nested types, odd column names, NaN and infinity are allowed.
        table_name: `<layer>.<name>`, for the results.
        table_version: version of the table that was read; None when it has none.
        run_date: day for which it is described.
        pairs: columns to cross for chi-squared and Cramer's V.
        personal: columns of which only counts, nulls and an estimate of the distinct values are taken.
        bins: the most bars of a histogram.
        top: the most frequent values to keep of a column.
        max_rank_rows: the most rows that are ranked for Spearman; beyond, a sample by hash of at most as many.
        distinct_limit: columns with no more values (by estimate) get a frequency table, a mode and exact quantiles.

    Returns:
        The description; its frames go through `createDataFrame(frame, schema=TABLE.schema)` as they are.

    Raises:
        ValueError: when `personal` or `pairs` name a column that is missing, or a pair one that may not be shown.
    """
    columns = list_columns(frame, personal=personal)
    associations.check_pairs(columns, pairs)
    counts = count_columns(frame, columns)
    summaries = summarise(frame, columns, counts, distinct_limit=distinct_limit)
    scales = [moments.build_scale(s, summary, bins=bins) for s, summary in zip(columns, summaries, strict=True)]
    rows = counts[0].rows if counts else 0

    shapes, related = _measured(frame, columns, scales) if rows else ({}, [])
    if related:
        related += associations.spearman(frame, columns, rows=rows, max_rank_rows=max_rank_rows)
    related += associations.contingency(frame, columns, counts, pairs if rows else ())

    of_which = {"run_date": run_date, "table_name": table_name, "table_version": table_version}
    statistics, frequent = [], []
    for place, (column, count, summary) in enumerate(zip(columns, counts, summaries, strict=True)):
        shape = shapes.get(place)
        statistics.append(statistics_row(column, count, summary, scales[place], shape))
        frequent += _frequency_rows(column, summary, scales[place], shape, top=top)
    return Description(
        _table(COLUMN_STATISTICS, of_which, statistics),
        _table(COLUMN_FREQUENCIES, of_which, frequent),
        _table(COLUMN_ASSOCIATIONS, of_which, related),
    )


def _measured(
    frame: DataFrame, columns: Sequence[DescribedColumn], scales: Sequence[Scale]
) -> tuple[dict[int, Shape], list[dict[str, Any]]]:
    """Shapes by position of the column, and Pearson's correlations; no scan without measurable columns."""
    places = [place for place, column in enumerate(columns) if column.is_measurable]
    if not places:
        return {}, []
    lines = [columns[place] for place in places]
    shapes, products = moments.measure(frame, lines, [scales[place] for place in places])
    return dict(zip(places, shapes, strict=True)), associations.pearson(lines, products)


def _frequency_rows(
    column: DescribedColumn, summary: Summary, scale: Scale, shape: Shape | None, *, top: int
) -> list[dict[str, Any]]:
    """Frequent values, then the histogram, of one column."""
    values = frequencies.value_rows(column, summary, top=top)
    return values if shape is None else values + frequencies.bin_rows(column, scale, shape)


def statistics_row(
    column: DescribedColumn, count: ColumnCounts, summary: Summary, scale: Scale, shape: Shape | None
) -> dict[str, Any]:
    """One row of gold.column_statistics, without the run it belongs to; absent keys are null."""
    exact = summary.values is not None
    row: dict[str, Any] = {
        "column_name": column.name,
        "position": column.position,
        "data_type": column.data_type.simpleString(),
        "personal": column.personal,
        "rows": count.rows,
        "nulls": count.nulls,
        "null_share": round_digits(count.nulls / count.rows) if count.rows else None,
        "not_finite": count.not_finite,
        "distinct_values": len(summary.values) if summary.values is not None else count.distinct,
        "distinct_is_exact": None if count.distinct is None else exact or not count.present,
        "minimum_text": as_text(column, summary.minimum),
        "maximum_text": as_text(column, summary.maximum),
    }
    if summary.values:
        row["mode"] = as_text(column, summary.values[0][0])
        row["mode_rows"] = summary.values[0][1]
    if summary.grid:
        median = summary.percentile(50)
        row["median_text"] = as_text(column, median if column.is_numeric else round(median or 0))
    if column.is_numeric and shape is not None and summary.grid:
        row |= _numbers(summary, scale, shape)
    return row


def _numbers(summary: Summary, scale: Scale, shape: Shape) -> dict[str, Any]:
    """The part of the row that only numbers have."""
    minimum = float(summary.minimum)
    suggestion: Suggestion = suggest_transform(summary.grid, minimum)
    fenced = math.isfinite(scale.lower_fence)
    lower, upper = summary.percentile(25) or 0.0, summary.percentile(75) or 0.0
    return {
        "mean": round_digits(summary.mean),
        "standard_deviation": round_digits(summary.deviation),
        "skewness": _shape(shape.skewness),
        "kurtosis": _shape(shape.kurtosis),
        "minimum": round_digits(minimum),
        **{f"percentile_{p}": round_digits(summary.percentile(p)) for p in PERCENTILES},
        "median": round_digits(summary.percentile(50)),
        "maximum": round_digits(float(summary.maximum)),
        "interquartile_range": round_digits(upper - lower),
        "median_absolute_deviation": round_digits(frequencies.distance_from_median(summary)),
        "zeros": shape.zeros,
        "negatives": shape.negatives,
        "lower_fence": round_digits(scale.lower_fence) if fenced else None,
        "upper_fence": round_digits(scale.upper_fence) if fenced else None,
        "outliers_iqr": shape.outliers_iqr if fenced else None,
        "outliers_zscore": shape.outliers_zscore,
        "transform": suggestion.name,
        "transform_lambda": round_digits(suggestion.box_cox_lambda),
        "skewness_after": _shape(suggestion.skewness_after),
    }


def _shape(number: float | None) -> float | None:
    """Nine decimals: a symmetric column has a skewness of 0, not of 3e-17 on one run and -2e-17 on the next."""
    found = round_digits(number)
    return None if found is None else round(found, 9) + 0.0


def _table(table: Table, of_which: dict[str, Any], rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with the columns of a table, in order, of Python objects, so that None stays None."""
    names = table.column_names
    records = [tuple((of_which | row).get(name) for name in names) for row in rows]
    return pd.DataFrame(records, columns=names, dtype=object)
