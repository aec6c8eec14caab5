"""Shape, outliers, histogram and co-movement of all measured columns, in one scan (scan 3).

Spark sends the measured columns to Python as Arrow batches; NumPy reduces each partition to one array of sums, which
Spark adds up. Its cost hardly grows with the number of pairs of columns, whereas one `corr` aggregate per pair would:
50 columns are 1,225 pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.description.columns import DescribedColumn
from marketlake.description.summary import Summary

FENCE = 1.5
FAR_FENCE = 3.0
Z_LIMIT = 3.0
FACTS = 8

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Scale:
    """Reference values of a column for the third scan.

    Attributes:
        mean: subtracted first, so that high powers do not lose their digits.
        deviation: divided by; 1 when the column does not vary.
        lower_fence: numbers below are outliers by the IQR rule.
        upper_fence: numbers above are outliers by the IQR rule.
        edges: ends of the bars of the histogram, one more than there are bars; empty without rows.
    """

    mean: float
    deviation: float
    lower_fence: float
    upper_fence: float
    edges: tuple[float, ...]


@dataclass(frozen=True)
class Shape:
    """Result of the third scan for one column.

    Attributes:
        present: rows with a value.
        skewness: g1; None when the column does not vary.
        kurtosis: excess g2; None when the column does not vary.
        zeros: rows that are 0.
        negatives: rows below 0.
        outliers_iqr: rows outside the fences.
        outliers_zscore: rows over three standard deviations from the mean.
        bars: rows in each bar of the histogram.
    """

    present: int
    skewness: float | None
    kurtosis: float | None
    zeros: int
    negatives: int
    outliers_iqr: int
    outliers_zscore: int
    bars: tuple[int, ...]


@dataclass(frozen=True)
class Products:
    """Sums over the rows in which both columns of a pair have a value; square, in the order of the columns.

    `first[i, j]` is the sum of column i, and `second[i, j]` of its square, over the rows in which j has a value.
    """

    rows: Array
    first: Array
    second: Array
    cross: Array


def build_scale(column: DescribedColumn, summary: Summary, *, bins: int) -> Scale:
    """Reference values of a column, from its result of the second scan.

    A column that is not a number (a date) has no mean; its middle stands in, and its shape is not used.
    """
    if not summary.grid:
        return Scale(0.0, 1.0, -np.inf, np.inf, ())
    lower, upper = fences(summary)
    centre = summary.mean if summary.mean is not None else summary.percentile(50)
    edges = bin_edges(summary, bins=bins, is_whole=column.is_whole)
    return Scale(float(centre or 0.0), float(summary.deviation or 1.0), lower, upper, edges)


def fences(summary: Summary) -> tuple[float, float]:
    """Quartiles less and plus 1.5 interquartile ranges; nothing lies outside when that range is 0.

    A discount that is 0 on four rows in five has no interquartile range, and calling each discount an outlier would
    say nothing.

    Source: Tukey, Exploratory Data Analysis (1977), ch. 2.
    """
    lower, upper = summary.percentile(25), summary.percentile(75)
    if lower is None or upper is None or lower == upper:
        return -np.inf, np.inf
    return lower - FENCE * (upper - lower), upper + FENCE * (upper - lower)


def bin_edges(summary: Summary, *, bins: int, is_whole: bool) -> tuple[float, ...]:
    """Ends of at most `bins` bars of equal width, of which the outer two reach to the extremes.

    The bars span the values from the 1% to the 99% quantile and all within three interquartile ranges of the
    quartiles: one order of a million would otherwise leave every other order in the first bar. Bars of whole numbers
    are whole numbers wide, since bars of 2.6 weeks would show a comb that is not in the data.

    Args:
        summary: result of the second scan for the column; it has rows.
        bins: the most bars.
        is_whole: True when the column holds whole numbers only.

    Returns:
        The ends in rising order; one bar (twice the same end) for a constant column.
    """
    least, most = float(summary.minimum), float(summary.maximum)
    if least == most:
        return least, most
    low, high = least, most
    first, last = summary.percentile(1), summary.percentile(99)
    if first is not None and last is not None and first != last:
        quartiles = (summary.percentile(25) or 0.0, summary.percentile(75) or 0.0)
        reach = FAR_FENCE * (quartiles[1] - quartiles[0])
        low = max(least, min(first, quartiles[0] - reach))
        high = min(most, max(last, quartiles[1] + reach))
    if is_whole:
        low, high = float(np.floor(low)), float(np.ceil(high))
        width = float(np.ceil((high - low + 1) / bins))
        inner = np.arange(low + width, high + 1, width)
    else:
        inner = np.linspace(low, high, bins + 1)[1:-1]
    inner = np.unique(inner[(inner > least) & (inner <= most)])
    return least, *inner.tolist(), most


def measure(
    frame: DataFrame, columns: Sequence[DescribedColumn], scales: Sequence[Scale]
) -> tuple[list[Shape], Products]:
    """Shapes of the columns and sums of products of all pairs, in one scan of the frame (scan 3).

    Args:
        frame: any frame.
        columns: the measured columns.
        scales: reference values of each, in the same order.

    Returns:
        One `Shape` per column, and the `Products` of their standardised values. Spark returns one number per bar,
        nine per column and four per pair: about 12,000 for 50 columns.
    """
    numbers = frame.select(*(s.clean.cast("double").alias(f"c{s.position}") for s in columns))
    parts = numbers.mapInArrow(_reducer(list(scales)), "place int, total double")
    found = parts.groupBy("place").agg(F.sum("total").alias("total")).collect()
    totals = np.zeros(_length(scales))
    for row in found:
        totals[row["place"]] = row["total"]
    return _unpack(totals, scales)


def _bars(scales: Sequence[Scale]) -> int:
    """Bars of the column that has most."""
    return max((len(s.edges) - 1 for s in scales if s.edges), default=0)


def _length(scales: Sequence[Scale]) -> int:
    """Numbers that a partition is reduced to."""
    columns = len(scales)
    return columns * (FACTS + _bars(scales)) + 4 * columns * columns


def _reducer(
    scales: list[Scale],
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that reduces the Arrow batches of one partition to one batch of sums."""

    def reduce(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        totals = np.zeros(_length(scales))
        for batch in batches:
            columns = [column.to_numpy(zero_copy_only=False).astype(float) for column in batch.columns]
            with np.errstate(all="ignore"):
                totals += _sums(np.column_stack(columns), scales)
        places = pa.array(np.arange(len(totals), dtype=np.int32))
        yield pa.RecordBatch.from_arrays([places, pa.array(totals)], names=["place", "total"])

    return reduce


def _sums(numbers: Array, scales: list[Scale]) -> Array:
    """The sums of one batch: facts of each column, its bars, then the four matrices of pairs."""
    filled = ~np.isnan(numbers)
    mean = np.array([s.mean for s in scales])
    deviation = np.array([s.deviation for s in scales])
    z = np.where(filled, (numbers - mean) / deviation, 0.0)
    outside = (numbers < [s.lower_fence for s in scales]) | (numbers > [s.upper_fence for s in scales])
    squares = z * z  # not z**2, z**3, z**4: NumPy's power is thirty times as slow as a product
    facts = [filled, squares, squares * z, squares * squares, numbers == 0, numbers < 0, outside, np.abs(z) > Z_LIMIT]
    bars = np.zeros((len(scales), _bars(scales)))
    for place, s in enumerate(scales):
        if s.edges:
            values = numbers[filled[:, place], place]
            bar = np.searchsorted(s.edges[1:-1], values, side="right")
            bars[place] = np.bincount(bar, minlength=bars.shape[1])
    present = filled.astype(float)
    pairs = [present.T @ present, z.T @ present, squares.T @ present, z.T @ z]
    return np.concatenate([*(f.sum(axis=0) for f in facts), bars.ravel(), *(p.ravel() for p in pairs)])


def _unpack(totals: Array, scales: Sequence[Scale]) -> tuple[list[Shape], Products]:
    """The reverse of `_sums`, once everything is added up."""
    size, width = len(scales), _bars(scales)
    facts = totals[: FACTS * size].reshape(FACTS, size)
    bars = totals[FACTS * size : (FACTS + width) * size].reshape(size, width)
    rows, first, second, cross = totals[(FACTS + width) * size :].reshape(4, size, size)
    shapes = []
    for place, s in enumerate(scales):
        present, squares, cubes, fourths, zeros, negatives, outside, far = facts[:, place].tolist()
        varies = present > 0 and squares > 0
        shapes.append(
            Shape(
                present=int(present),
                skewness=(cubes / present) / (squares / present) ** 1.5 if varies else None,
                kurtosis=(fourths / present) / (squares / present) ** 2 - 3.0 if varies else None,
                zeros=int(zeros),
                negatives=int(negatives),
                outliers_iqr=int(outside),
                outliers_zscore=int(far),
                bars=tuple(int(count) for count in bars[place, : max(len(s.edges) - 1, 0)]),
            )
        )
    return shapes, Products(rows, first, second, cross)
