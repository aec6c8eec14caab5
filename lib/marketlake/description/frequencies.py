"""Frequency tables and histograms, from the counts of the scans."""

from __future__ import annotations

from typing import Any

import numpy as np

from marketlake.description.columns import DescribedColumn, as_text, round_digits
from marketlake.description.moments import Scale, Shape
from marketlake.description.summary import Summary


def value_rows(column: DescribedColumn, summary: Summary, *, top: int) -> list[dict[str, Any]]:
    """The most frequent values of a column; ties in the order of the values.

    A column with more values than were counted (see `summarise`) has none: its most frequent values could only
    be estimated.

    Args:
        column: the column.
        summary: its result of the second scan.
        top: the most values to return.

    Returns:
        kind, position, value, lower_bound, upper_bound, rows, share, as in gold.column_frequencies.
    """
    if not summary.values:
        return []
    present = sum(rows for _, rows in summary.values)
    return [
        _row(
            column,
            "value",
            position,
            value=as_text(column, value),
            bounds=(None, None),
            rows=rows,
            present=present,
        )
        for position, (value, rows) in enumerate(summary.values[:top], start=1)
    ]


def bin_rows(column: DescribedColumn, scale: Scale, shape: Shape) -> list[dict[str, Any]]:
    """The histogram of a measured column, lowest bar first, empty bars included.

    Args:
        column: the column.
        scale: what it was measured against: the ends of the bars.
        shape: its result of the third scan: the rows in each bar.

    Returns:
        kind, position, value, lower_bound, upper_bound, rows, share, as in gold.column_frequencies. Bounds are for
        numbers only; `value` is the lower end of the bar in both cases.
    """
    rows = []
    for position, (low, high, count) in enumerate(
        zip(scale.edges[:-1], scale.edges[1:], shape.bars, strict=True), start=1
    ):
        bounds = (round_digits(low), round_digits(high)) if column.is_numeric else (None, None)
        label = as_text(column, round_digits(low) if column.is_numeric else round(low))
        rows.append(_row(column, "bin", position, value=label, bounds=bounds, rows=count, present=shape.present))
    return rows


def distance_from_median(summary: Summary) -> float | None:
    """Median absolute deviation, from the 999 quantiles.

    The quantiles are equally likely values of the column, so their median distance from the median is that of the
    column, off by at most 0.1% of the rows in rank; one more scan for the exact figure would buy nothing.

    Source: Hampel, The Influence Curve and its Role in Robust Estimation (JASA 1974).
    """
    if not summary.grid:
        return None
    middle = summary.percentile(50)
    return float(np.median(np.abs(np.array(summary.grid) - middle)))


def _row(
    column: DescribedColumn,
    kind: str,
    position: int,
    *,
    value: str | None,
    bounds: tuple[float | None, float | None],
    rows: int,
    present: int,
) -> dict[str, Any]:
    """One row of gold.column_frequencies, without the run it belongs to."""
    return {
        "column_name": column.name,
        "kind": kind,
        "position": position,
        "value": value,
        "lower_bound": bounds[0],
        "upper_bound": bounds[1],
        "rows": rows,
        "share": round_digits(rows / present) if present else None,
    }
