"""The report on one or more tables: a page that is read without a network and without Spark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import resources
from typing import Any

import pandas as pd

from marketlake.description.describe import Description
from marketlake.description.findings import advise, as_rows, conclude
from marketlake.description.notes import column_notes
from marketlake.description.plots import correlation_matrix
from marketlake.reporting.formats import count_of, format_number, format_share, shorten
from marketlake.reporting.html import Section, Source, render_page, render_template
from marketlake.reporting.svg import bars_svg, tint

PACKAGE = "marketlake.description"
VALUES_SHOWN = 10
TEXT_OF = {"minimum_text": "minimum", "median_text": "median", "maximum_text": "maximum"}
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
METHOD = (
    "Counts, means and histograms are exact. Quantiles are values that occur (no interpolation); of columns with more "
    "than 5,000 values and 10,000 rows their rank is exact to 0.01% of the rows.",
    "Outliers by the IQR rule lie more than 1.5 interquartile ranges outside the quartiles (Tukey, 1977).",
    "Correlations are Pearson's and Spearman's; chosen pairs have chi-squared and Cramér's V.",
    "Values of personal columns are never read into this page. Times are UTC.",
)


def render_report(
    descriptions: Sequence[Description],
    references: pd.DataFrame | None = None,
    *,
    title: str = "Data description",
) -> str:
    """A self-contained HTML page: conclusion and advice, then a section for each table.

    Args:
        descriptions: from `describe`; the page names the table, its version, rows and run date from their rows.
        references: gold.reference_checks of the same tables.
        title: heading of the page.

    Returns:
        The page. It links to nothing outside itself; every value is escaped.
    """
    tables = [_table(place, d) for place, d in enumerate(descriptions, start=1) if len(d.statistics)]
    if not tables:
        return render_page(title, ["No table was described."], [], [], sources=[], method=METHOD)
    statistics = as_rows([d.statistics for d in descriptions])
    unknown = as_rows([] if references is None else [references])
    rows, simulated = sum(table["rows"] for table in tables), sum(table["simulated"] for table in tables)
    return render_page(
        title,
        conclude(statistics, unknown, rows=rows, simulated=simulated),
        advise(statistics, unknown, simulated=simulated),
        [_section(table) for table in tables],
        sources=[
            Source(t["name"], t["version"], f"{count_of(t['rows'], 'row')}, run date {t['run_date']}") for t in tables
        ],
        method=METHOD,
        style=resources.files(PACKAGE).joinpath("report.css").read_text(encoding="utf-8"),
    )


def describe_run(tables: Sequence[str], title: str) -> str:
    """The description of the run in MLflow."""
    return (
        f"**{title}**\n\nDescribes {', '.join(tables)}. Open the artifact `tables.html`: conclusions first, then every "
        "column with its distribution and oddities."
    )


def _section(table: dict[str, Any]) -> Section:
    """One table as a part of the page."""
    return Section(table["name"], render_template(PACKAGE, "table.html.j2", table=table), table["anchor"], _size(table))


def _size(table: dict[str, Any]) -> str:
    return f"{count_of(table['rows'], 'row')}, {count_of(len(table['columns']), 'column')}, {table['run_date']}"


def _table(place: int, description: Description) -> dict[str, Any]:
    """The values that the template shows for one table."""
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
    """Rows whose `source` begins with `simulated`."""
    sources = frequencies[(frequencies["column_name"] == "source") & (frequencies["kind"] == "value")]
    return int(sources.loc[sources["value"].str.startswith("simulated"), "rows"].sum())


def _column(anchor: str, row: dict[str, Any], frequencies: pd.DataFrame) -> dict[str, Any]:
    """The values that the template shows for one column."""
    mine = frequencies[frequencies["column_name"] == row["column_name"]]
    values = mine[mine["kind"] == "value"].to_dict("records")
    bins = mine[mine["kind"] == "bin"].to_dict("records")
    present = row["rows"] - row["nulls"] - row["not_finite"]
    bars, labels = [b["rows"] for b in bins], _bin_labels(bins, row)
    if not bins:
        bars = [v["rows"] for v in values]
        labels = [f"{shorten(v['value'])}: {format_share(v['share'])}" for v in values]
    shown = values[:VALUES_SHOWN]
    picture = f"Distribution of {row['column_name']}"
    return {
        "anchor": anchor,
        "row": row,
        "present": present,
        "notes": column_notes(row),
        "mini": bars_svg(
            bars, labels, width=132, height=26, title=picture, css_class="mini" if bins else "mini counted"
        ),
        "histogram": bars_svg(
            [b["rows"] for b in bins], labels, width=640, height=150, title=picture, css_class="histogram"
        ),
        "ends": tuple(_end(row, key, 19) for key in TEXT_OF),
        "short_ends": tuple(_end(row, key, 10) for key in TEXT_OF),
        "lumped": _lumped(bins),
        "frequent": shown,
        "others": present - sum(v["rows"] for v in shown),
        "widest": max((v["share"] for v in shown), default=1.0) or 1.0,
        "figures": [(label, format_number(row[key])) for label, key in FIGURES if row[key] is not None],
    }


def _end(row: dict[str, Any], key: str, most: int = 19) -> str:
    """A label under a histogram: timestamps are cut to the day or second, other text is shortened."""
    if row[TEXT_OF[key]] is not None:
        return format_number(row[TEXT_OF[key]])
    if row["data_type"].startswith("timestamp") and row[key] is not None:
        return str(row[key])[:most]
    return shorten(row[key], max(most, 14))


def _bin_labels(bins: list[dict[str, Any]], row: dict[str, Any]) -> list[str]:
    """The tooltip of each bar."""
    ends = [_bin_end(b) for b in bins] + [_end(row, "maximum_text")]
    return [
        f"{ends[i]} to {ends[i + 1]}: {format_number(b['rows'])} rows, {format_share(b['share'])}"
        for i, b in enumerate(bins)
    ]


def _bin_end(bar: dict[str, Any]) -> str:
    """The lower end of a bar."""
    return format_number(bar["lower_bound"]) if bar["lower_bound"] is not None else str(bar["value"])[:19]


def _lumped(bins: list[dict[str, Any]]) -> str | None:
    """A note when an outer bar holds a tail, since it is drawn as wide as the others."""
    if len(bins) < 4 or bins[0]["lower_bound"] is None:
        return None
    usual = bins[2]["lower_bound"] - bins[1]["lower_bound"]
    sides = []
    if bins[0]["upper_bound"] - bins[0]["lower_bound"] > 1.5 * usual:
        sides.append(f"the first bar holds everything below {format_number(bins[0]['upper_bound'])}")
    if bins[-1]["upper_bound"] - bins[-1]["lower_bound"] > 1.5 * usual:
        sides.append(f"the last bar holds everything from {format_number(bins[-1]['lower_bound'])} up")
    return " and ".join(sides).capitalize() + "." if sides else None


def _heat_map(associations: pd.DataFrame) -> dict[str, Any] | None:
    """Pearson below the diagonal and Spearman above it, so that one heat map shows both."""
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
    """Size of the sample that Spearman rests on; None when all rows were ranked."""
    ranked = associations.loc[associations["method"] == "spearman", "rows"]
    most = max((int(r) for r in ranked), default=rows)
    whole = max((int(r) for r in associations.loc[associations["method"] == "pearson", "rows"]), default=rows)
    return most if most < whole else None
