"""Notes on a column for the person who will use it: missing values, outliers, skewness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketlake.reporting.formats import format_number, format_share, shorten

TRANSFORM_WORDS = {
    "log": "a logarithm",
    "log1p": "log(1 + x)",
    "box-cox": "a Box-Cox transform",
}


def column_notes(row: Mapping[str, Any]) -> list[str]:
    """Remarkable facts about a column, most pressing first.

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
        notes.append(f"{format_share(row['null_share'])} of rows have no value ({format_number(row['nulls'])}).")
    if row["not_finite"]:
        notes.append(
            f"{format_number(row['not_finite'])} rows hold NaN or infinity and are left out of every figure below."
        )
    return notes


def _value_notes(row: Mapping[str, Any]) -> list[str]:
    """Dominant values, and values that never repeat."""
    present = row["rows"] - row["nulls"] - row["not_finite"]
    if row["mode_rows"] and row["mode_rows"] / present >= 0.9:
        return [f"{format_share(row['mode_rows'] / present)} of the values are {shorten(row['mode'])}."]
    if row["distinct_is_exact"] and row["distinct_values"] == present:
        return ["No value occurs twice: probably a key."]
    if row["distinct_values"] and not row["distinct_is_exact"] and row["median_text"] is None:
        return [f"About {format_number(row['distinct_values'])} different values: too many to count one by one."]
    return []


def _outlier_notes(row: Mapping[str, Any]) -> list[str]:
    """Values beyond the fences, or far from the mean."""
    notes = []
    present = row["rows"] - row["nulls"] - row["not_finite"]
    if row["outliers_iqr"]:
        sides = []
        if row["minimum"] < row["lower_fence"]:
            sides.append(f"below {format_number(row['lower_fence'])}")
        if row["maximum"] > row["upper_fence"]:
            sides.append(f"above {format_number(row['upper_fence'])}")
        part = format_share(row["outliers_iqr"] / present)
        notes.append(f"Values {' or '.join(sides)} are outliers by the IQR rule: {part} of values.")
    elif row["interquartile_range"] == 0:
        notes.append("The middle half of the values are all the same, so the IQR rule has nothing to say of outliers.")
    if row["outliers_zscore"]:
        part = format_share(row["outliers_zscore"] / present)
        notes.append(f"{part} of values lie over three standard deviations from the mean.")
    return notes


def _shape_notes(row: Mapping[str, Any]) -> list[str]:
    """Skewness, and the transform that would help."""
    skewness = row["skewness"]
    if skewness is None or abs(skewness) < 0.5:
        return []
    tail = "high" if skewness > 0 else "low"
    much = "Strongly" if abs(skewness) >= 1 else "Moderately"
    notes = [f"{much} skewed: a long tail of {tail} values (skewness {format_number(skewness)})."]
    if row["transform"] in TRANSFORM_WORDS:
        words = TRANSFORM_WORDS[row["transform"]]
        if row["transform_lambda"] is not None:
            words += f" with lambda {format_number(row['transform_lambda'])}"
        notes.append(
            f"For a linear model, take {words}: it leaves a skewness of {format_number(row['skewness_after'])}."
        )
    elif abs(skewness) >= 1:
        notes.append("No simple transform makes it symmetric: consider groups of values instead.")
    return notes
