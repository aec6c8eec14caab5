"""Associations between columns: Pearson and Spearman for numbers, chi-squared for chosen pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from scipy import stats

from marketlake.description.columns import DescribedColumn, round_digits
from marketlake.description.moments import Products
from marketlake.description.summary import ColumnCounts

CELL_LIMIT = 100_000
HASH_BITS = 62


def pearson(columns: Sequence[DescribedColumn], products: Products) -> list[dict[str, Any]]:
    """Pearson's correlation of all pairs, each over the rows in which both have a value.

    Args:
        columns: the columns of `products`, in order; those that are not numeric are skipped.
        products: sums from the third scan, of values already centred, so that no digits are lost.

    Returns:
        left_column, right_column, method, coefficient (null when either does not vary), rows, and null for the
        columns of chi-squared, as in gold.column_associations.

    Source: Pearson, Notes on Regression and Inheritance (1895).
    """
    found = []
    for i, left in enumerate(columns):
        for j in range(i + 1, len(columns)):
            right = columns[j]
            if left.is_numeric and right.is_numeric:
                found.append(_row(left.name, right.name, "pearson", _correlation(products, i, j)))
    return found


def _correlation(products: Products, i: int, j: int) -> dict[str, Any]:
    """The coefficient of one pair, and its rows."""
    rows = products.rows[i, j]
    if rows < 2:
        return {"coefficient": None, "rows": int(rows)}
    sum_i, sum_j = products.first[i, j], products.first[j, i]
    left = products.second[i, j] - sum_i**2 / rows
    right = products.second[j, i] - sum_j**2 / rows
    tiny = 1e-12 * rows
    if not (left > tiny and right > tiny):
        return {"coefficient": None, "rows": int(rows)}
    coefficient = (products.cross[i, j] - sum_i * sum_j / rows) / math.sqrt(left * right)
    return {"coefficient": round_digits(min(1.0, max(-1.0, float(coefficient)))), "rows": int(rows)}


def spearman(
    frame: DataFrame, columns: Sequence[DescribedColumn], *, rows: int, max_rank_rows: int
) -> list[dict[str, Any]]:
    """Spearman's rank correlation of all pairs, exact up to `max_rank_rows` rows, else on a sample (scan 4).

    The sample is those rows whose hash of all plain columns is smallest, so that it does not depend on
    partitions; identical rows are in it together. At most `max_rank_rows` rows of the numeric columns come to the
    driver: 8 bytes a number, 40 MB for 100,000 rows of 50 columns.

    Args:
        frame: any frame.
        columns: its columns; only numbers that may be shown are ranked.
        rows: rows of the frame.
        max_rank_rows: the most rows that are ranked.

    Returns:
        left_column, right_column, method, coefficient (null when either does not vary), rows, and null for the
        columns of chi-squared, as in gold.column_associations.

    Source: Spearman, The Proof and Measurement of Association between Two Things (1904); ties get their mean rank.
    """
    ranked = [column for column in columns if column.is_numeric]
    if len(ranked) < 2:
        return []
    sample = _sample(frame, columns, rows=rows, most=max_rank_rows)
    numbers = pd.DataFrame({s.position: sample.column(f"c{s.position}").to_numpy() for s in ranked}, dtype=float)
    with np.errstate(all="ignore"):
        coefficients = numbers.corr(method="spearman").to_numpy()
    filled = numbers.notna().to_numpy().astype(np.int64)
    both = filled.T @ filled
    return [
        _row(
            left.name,
            right.name,
            "spearman",
            {"coefficient": round_digits(float(coefficients[i, j])), "rows": int(both[i, j])},
        )
        for i, left in enumerate(ranked)
        for j, right in enumerate(ranked)
        if i < j
    ]


def _sample(frame: DataFrame, columns: Sequence[DescribedColumn], *, rows: int, most: int) -> Any:
    """The numeric columns of at most `most` rows, as an Arrow table."""
    numbers = [s.clean.cast("double").alias(f"c{s.position}") for s in columns if s.is_numeric]
    if rows <= most:
        return frame.select(*numbers).toArrow()
    plain = [column.clean for column in columns if column.is_countable]
    order = _hash(plain)
    threshold = int((1 << HASH_BITS) * min(1.0, 1.2 * most / rows))
    hashed = frame.select(order.alias("hash"), *numbers).where(F.col("hash") < threshold)
    names = [name for name in hashed.columns if name != "hash"]
    return hashed.orderBy("hash", *names).limit(most).select(*names).toArrow()


def _hash(plain: list[Column]) -> Column:
    """A hash of a row, from 0 to 2^62 - 1."""
    return F.xxhash64(*plain).bitwiseAND(F.lit((1 << HASH_BITS) - 1))


def contingency(
    frame: DataFrame,
    columns: Sequence[DescribedColumn],
    counts: Sequence[ColumnCounts],
    pairs: Sequence[tuple[str, str]],
) -> list[dict[str, Any]]:
    """Chi-squared and Cramer's V of chosen pairs, all counted in one scan of the frame (scan 5).

    Rows in which either is null are left out. Chi-squared is without Yates's correction, and V without a correction
    for bias, as in the textbooks. A pair whose table would have over 100,000 cells is not counted: with as many cells
    as rows, chi-squared says nothing.

    Args:
        frame: any frame.
        columns: its columns.
        counts: `count_columns` of the same columns.
        pairs: names of the columns to cross.

    Returns:
        left_column, right_column, method, coefficient, rows, chi_squared, degrees_of_freedom, p_value, as in
        gold.column_associations. All but the names are null for a pair that is too large; the coefficient is null
        when either has fewer than two values. At most 100,000 counts per pair come to the driver.

    Raises:
        ValueError: when a pair names a column that is missing, personal or of a nested type, or the same one twice.

    Source: Pearson (1900) for chi-squared; Cramer, Mathematical Methods of Statistics (1946), ch. 21, for V.
    """
    by_name = {column.name: (column, count) for column, count in zip(columns, counts, strict=True)}
    check_pairs(columns, pairs)
    distinct = [(by_name[left][1].distinct or 0) * (by_name[right][1].distinct or 0) for left, right in pairs]
    wanted = [place for place, cells in enumerate(distinct) if cells <= CELL_LIMIT]
    cells: dict[int, list[Any]] = {place: [] for place in wanted}
    if wanted:
        crossed = F.explode(
            F.array(
                *(
                    F.struct(
                        F.lit(place).alias("pair"),
                        by_name[pairs[place][0]][0].clean.cast("string").alias("left"),
                        by_name[pairs[place][1]][0].clean.cast("string").alias("right"),
                    )
                    for place in wanted
                )
            )
        )
        counted = frame.select(crossed.alias("cell")).groupBy("cell.pair", "cell.left", "cell.right").count()
        for row in counted.where(F.col("left").isNotNull() & F.col("right").isNotNull()).collect():
            cells[row["pair"]].append((row["left"], row["right"], row["count"]))
    return [
        _row(*names, "cramers_v", chi_squared(cells[place]) if place in cells else {})
        for place, names in enumerate(pairs)
    ]


def check_pairs(columns: Sequence[DescribedColumn], pairs: Sequence[tuple[str, str]]) -> None:
    """Raises before any scan when a pair cannot be crossed."""
    may_cross = {column.name for column in columns if column.is_shown}
    for pair in pairs:
        unknown = [name for name in pair if name not in may_cross]
        if unknown or pair[0] == pair[1]:
            raise ValueError(
                f"cannot cross {pair[0]} with {pair[1]}: a pair is two different columns, present, not personal "
                f"and not nested; these are: {', '.join(sorted(may_cross))}"
            )


def chi_squared(cells: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
    """Chi-squared and Cramer's V of a contingency table, given by its non-zero cells.

    Args:
        cells: left value, right value, rows; each pair of values once.

    Returns:
        coefficient, rows, chi_squared, degrees_of_freedom, p_value; all but rows are None for a table with fewer than
        two values on a side.
    """
    rows = sum(count for _, _, count in cells)
    left = {name: place for place, name in enumerate(sorted({cell[0] for cell in cells}))}
    right = {name: place for place, name in enumerate(sorted({cell[1] for cell in cells}))}
    if min(len(left), len(right)) < 2:
        return {"coefficient": None, "rows": rows}
    table = np.zeros((len(left), len(right)))
    for one, other, count in cells:
        table[left[one], right[other]] = count
    statistic, p_value, freedom, _ = stats.chi2_contingency(table, correction=False)
    v = math.sqrt(float(statistic) / (rows * (min(table.shape) - 1)))
    return {
        "coefficient": round_digits(min(1.0, v)),
        "rows": rows,
        "chi_squared": round_digits(float(statistic)),
        "degrees_of_freedom": int(freedom),
        "p_value": round_digits(float(p_value)),
    }


def _row(left: str, right: str, method: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """One row of gold.column_associations, without the run it belongs to; absent keys are null."""
    return {"left_column": left, "right_column": right, "method": method, **found}
