"""A column's statistics in the words of the person who will use the column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TRANSFORM_WORDS = {
    "log": "a logarithm",
    "log1p": "log(1 + x)",
    "box-cox": "a Box-Cox transform",
}


def number(value: Any) -> str:
    """A number for reading: thousands apart, about four digits; a dash for a missing one.

    >>> number(1234567.8), number(12.4), number(0.00012345), number(None)
    ('1,234,568', '12.4', '0.0001234', '–')
    """
    if value is None:
        return "–"
    size = abs(value)
    if isinstance(value, int) or size == 0 or 1e3 <= size < 1e15:
        return f"{value:,.0f}"
    if 1 <= size < 1e3:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:.4g}"


def share(value: float | None) -> str:
    """A share as a percentage; what is not quite nothing, or not quite all, is not shown as if it were.

    >>> share(0.031), share(0.0000001), share(1.0), share(None)
    ('3.1%', '<0.1%', '100%', '–')
    """
    if value is None:
        return "–"
    if 0 < value < 0.001:
        return "<0.1%"
    if 0.999 < value < 1:
        return ">99.9%"
    return f"{100 * value:.1f}".rstrip("0").rstrip(".") + "%"


def column_notes(row: Mapping[str, Any]) -> list[str]:
    """What is worth saying of a column, most pressing first.

    Args:
        row: one row of gold.column_statistics.

    Returns:
        Sentences; empty when there is nothing out of the ordinary.
    """
    if not row["rows"]:
        return ["The table is empty."]
    if row["nulls"] == row["rows"]:
        return ["Every row is missing: the column says nothing."]
    notes = _missing_notes(row)
    if row["personal"]:
        return [*notes, "Personal data: only counts are shown, never a value."]
    if row["distinct_values"] == 1:
        return [*notes, "Every row that has a value has the same one: the column cannot tell rows apart."]
    return [*notes, *_value_notes(row), *_outlier_notes(row), *_shape_notes(row)]


def _missing_notes(row: Mapping[str, Any]) -> list[str]:
    """Nulls, NaN and infinity."""
    notes = []
    if row["nulls"]:
        notes.append(f"{share(row['null_share'])} of rows have no value ({number(row['nulls'])}).")
    if row["not_finite"]:
        notes.append(f"{number(row['not_finite'])} rows hold NaN or infinity and are left out of every figure below.")
    return notes


def _value_notes(row: Mapping[str, Any]) -> list[str]:
    """Dominant values, and values that never repeat."""
    present = row["rows"] - row["nulls"] - row["not_finite"]
    if row["mode_rows"] and row["mode_rows"] / present >= 0.9:
        return [f"{share(row['mode_rows'] / present)} of the values are {shorten(row['mode'])}."]
    if row["distinct_is_exact"] and row["distinct_values"] == present:
        return ["No value occurs twice: probably a key."]
    if row["distinct_values"] and not row["distinct_is_exact"] and row["middle"] is None:
        return [f"About {number(row['distinct_values'])} different values: too many to count one by one."]
    return []


def _outlier_notes(row: Mapping[str, Any]) -> list[str]:
    """Values beyond the fences, or far from the mean."""
    notes = []
    present = row["rows"] - row["nulls"] - row["not_finite"]
    if row["outliers_iqr"]:
        sides = []
        if row["minimum"] < row["lower_fence"]:
            sides.append(f"below {number(row['lower_fence'])}")
        if row["maximum"] > row["upper_fence"]:
            sides.append(f"above {number(row['upper_fence'])}")
        part = share(row["outliers_iqr"] / present)
        notes.append(f"Values {' or '.join(sides)} are outliers by the IQR rule: {part} of values.")
    elif row["interquartile_range"] == 0:
        notes.append("The middle half of the values are all the same, so the IQR rule has nothing to say of outliers.")
    if row["outliers_zscore"]:
        part = share(row["outliers_zscore"] / present)
        notes.append(f"{part} of values lie over three standard deviations from the mean.")
    return notes


def _shape_notes(row: Mapping[str, Any]) -> list[str]:
    """Skewness, and what would help."""
    skewness = row["skewness"]
    if skewness is None or abs(skewness) < 0.5:
        return []
    tail = "high" if skewness > 0 else "low"
    much = "Strongly" if abs(skewness) >= 1 else "Moderately"
    notes = [f"{much} skewed: a long tail of {tail} values (skewness {number(skewness)})."]
    if row["transform"] in TRANSFORM_WORDS:
        words = TRANSFORM_WORDS[row["transform"]]
        if row["transform_lambda"] is not None:
            words += f" with lambda {number(row['transform_lambda'])}"
        notes.append(f"For a linear model, take {words}: it leaves a skewness of {number(row['skewness_after'])}.")
    elif abs(skewness) >= 1:
        notes.append("No simple transform makes it symmetric: consider groups of values instead.")
    return notes


def shorten(text: str | None, most: int = 60) -> str:
    """A value short enough for a cell; a dash for a missing one, and quotes round an empty or blank one."""
    if text is None:
        return "–"
    if not text.strip():
        return f'"{text[:most]}"'
    return text if len(text) <= most else text[: most - 1] + "…"
