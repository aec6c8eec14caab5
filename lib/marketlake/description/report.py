"""One page that describes one or more tables, to be read without a network and without Spark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2
import pandas as pd

from marketlake.description.describe import Description
from marketlake.description.notes import column_notes, number, share, shorten
from marketlake.description.pictures import bars_svg, correlation_matrix, tint

TEMPLATE = "report.html.j2"
VALUES_SHOWN = 10
FIGURES = (
    ("Mean", "mean"),
    ("Median", "median"),
    ("Standard deviation", "standard_deviation"),
    ("Minimum", "minimum"),
    ("5%", "percentile_5"),
    ("Lower quartile", "percentile_25"),
    ("Upper quartile", "percentile_75"),
    ("95%", "percentile_95"),
    ("Maximum", "maximum"),
    ("Interquartile range", "interquartile_range"),
    ("Median abs. deviation", "median_absolute_deviation"),
    ("Skewness", "skewness"),
    ("Kurtosis (excess)", "kurtosis"),
    ("Zeros", "zeros"),
    ("Negatives", "negatives"),
)


def render_report(descriptions: Sequence[Description], *, title: str = "What is in the tables") -> str:
    """A self-contained HTML page: a table of contents, then a part for each table.

    Args:
        descriptions: from `describe`; the page names the table, its version, rows and run date from their rows.
        title: heading of the page.

    Returns:
        The page. It links to nothing outside itself; every value is escaped.
    """
    text = resources.files(__package__ or "marketlake.description").joinpath(TEMPLATE).read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters.update(number=number, share=share, shorten=shorten)
    tables = [_table(place, d) for place, d in enumerate(descriptions, start=1) if len(d.statistics)]
    return environment.from_string(text).render(title=title, tables=tables)


def _table(place: int, description: Description) -> dict[str, Any]:
    """What the page says of one table."""
    rows: list[dict[str, Any]] = description.statistics.to_dict("records")
    columns = [_column(f"t{place}-c{row['position']}", row, description.frequencies) for row in rows]
    first = rows[0]
    return {
        "anchor": f"t{place}",
        "name": first["table_name"],
        "version": first["table_version"],
        "run_date": first["run_date"],
        "rows": first["rows"],
        "columns": columns,
        "incomplete": sum(bool(row["nulls"]) for row in rows),
        "personal": sum(bool(row["personal"]) for row in rows),
        "simulated": _simulated(description.frequencies),
        "heat": _heat_map(description.associations),
        "sampled": _sampled(description.associations, first["rows"]),
        "pairs": description.associations.query("method == 'cramers_v'").to_dict("records"),
        "transforms": [row for row in rows if row["transform"] not in (None, "none")],
    }


def _simulated(frequencies: pd.DataFrame) -> int:
    """Rows whose `source` says that they are made up."""
    sources = frequencies[(frequencies["column_name"] == "source") & (frequencies["kind"] == "value")]
    return int(sources.loc[sources["value"].str.startswith("simulated"), "rows"].sum())


def _column(anchor: str, row: dict[str, Any], frequencies: pd.DataFrame) -> dict[str, Any]:
    """What the page says of one column."""
    mine = frequencies[frequencies["column_name"] == row["column_name"]]
    values = mine[mine["kind"] == "value"].to_dict("records")
    bins = mine[mine["kind"] == "bin"].to_dict("records")
    present = row["rows"] - row["nulls"] - row["not_finite"]
    bars, labels = [b["rows"] for b in bins], _bin_labels(bins, row)
    if not bins:
        bars, labels = [v["rows"] for v in values], [f"{shorten(v['value'])}: {share(v['share'])}" for v in values]
    shown = values[:VALUES_SHOWN]
    return {
        "anchor": anchor,
        "row": row,
        "present": present,
        "notes": column_notes(row),
        "mini": bars_svg(bars, labels, width=132, height=26, css_class="mini" if bins else "mini counted"),
        "histogram": bars_svg([b["rows"] for b in bins], labels, width=640, height=150, css_class="histogram"),
        "ends": tuple(_end(row, key, 19) for key in ("smallest", "middle", "largest")),
        "short_ends": tuple(_end(row, key, 10) for key in ("smallest", "middle", "largest")),
        "lumped": _lumped(bins),
        "frequent": shown,
        "others": present - sum(v["rows"] for v in shown),
        "widest": max((v["share"] for v in shown), default=1.0) or 1.0,
        "figures": [(label, number(row[key])) for label, key in FIGURES if row[key] is not None],
    }


def _end(row: dict[str, Any], key: str, most: int = 19) -> str:
    """One of the words under a histogram; a moment is cut to its day or second, other text gets an ellipsis."""
    numeric = {"smallest": "minimum", "middle": "median", "largest": "maximum"}[key]
    if row[numeric] is not None:
        return number(row[numeric])
    if row["data_type"].startswith("timestamp") and row[key] is not None:
        return str(row[key])[:most]
    return shorten(row[key], max(most, 14))


def _bin_labels(bins: list[dict[str, Any]], row: dict[str, Any]) -> list[str]:
    """What the tooltip of each bar says."""
    ends = [_bin_end(b) for b in bins] + [_end(row, "largest")]
    return [f"{ends[i]} to {ends[i + 1]}: {number(b['rows'])} rows, {share(b['share'])}" for i, b in enumerate(bins)]


def _bin_end(bar: dict[str, Any]) -> str:
    """The lower end of a bar."""
    return number(bar["lower_bound"]) if bar["lower_bound"] is not None else str(bar["value"])[:19]


def _lumped(bins: list[dict[str, Any]]) -> str | None:
    """Says so when the outer bars hold a tail, since they are drawn as wide as the others."""
    if len(bins) < 4 or bins[0]["lower_bound"] is None:
        return None
    usual = bins[2]["lower_bound"] - bins[1]["lower_bound"]
    sides = []
    if bins[0]["upper_bound"] - bins[0]["lower_bound"] > 1.5 * usual:
        sides.append(f"the first bar holds everything below {number(bins[0]['upper_bound'])}")
    if bins[-1]["upper_bound"] - bins[-1]["lower_bound"] > 1.5 * usual:
        sides.append(f"the last bar holds everything from {number(bins[-1]['lower_bound'])} up")
    return " and ".join(sides).capitalize() + "." if sides else None


def _heat_map(associations: pd.DataFrame) -> dict[str, Any] | None:
    """Pearson below the diagonal and Spearman above it, so that one picture holds both."""
    linear, ranked = correlation_matrix(associations, "pearson"), correlation_matrix(associations, "spearman")
    if linear.empty:
        return None
    names = list(linear.columns)
    below, above = linear.to_numpy(dtype=float), ranked.to_numpy(dtype=float)
    lines = []
    for i, left in enumerate(names):
        cells = []
        for j, right in enumerate(names):
            method, source = ("Pearson", below) if i > j else ("Spearman", above)
            value = None if i == j or math.isnan(source[i, j]) else float(source[i, j])
            cells.append(
                {
                    "text": "" if value is None else f"{value:.2f}".replace("-0.00", "0.00"),
                    "style": tint(value),
                    "hint": f"{method}, {left} and {right}: {'not defined' if value is None else f'{value:.3f}'}",
                    "diagonal": i == j,
                }
            )
        lines.append({"name": left, "cells": cells})
    return {"names": names, "lines": lines}


def _sampled(associations: pd.DataFrame, rows: int) -> int | None:
    """Rows of the sample that Spearman rests on; None when it was the whole table."""
    ranked = associations.loc[associations["method"] == "spearman", "rows"]
    most = max((int(r) for r in ranked), default=rows)
    whole = max((int(r) for r in associations.loc[associations["method"] == "pearson", "rows"]), default=rows)
    return most if most < whole else None
