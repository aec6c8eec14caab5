"""Figures of a description for MLflow: missing values, histograms, correlations."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from marketlake.description.describe import Description
from marketlake.reporting.plots import draw_bars, new_figure
from marketlake.reporting.style import BLUE, DIVERGING, INK, ORANGE, bare, escape_dollars


def draw_figures(description: Description, prefix: str) -> dict[str, Figure]:
    """The figures of one table: missing, histograms and, when columns were associated, correlation.

    Args:
        description: of the table.
        prefix: of the figures' names.
    """
    figures = {
        f"{prefix}_missing": missing_figure(description.statistics),
        f"{prefix}_histograms": histograms_figure(description.frequencies),
    }
    if not description.associations.empty:
        figures[f"{prefix}_correlation"] = correlation_figure(description.associations)
    return figures


def missing_figure(statistics: pd.DataFrame) -> Figure:
    """Share of rows without a value, one bar per column.

    Args:
        statistics: gold.column_statistics of one table.

    Returns:
        The figure; columns are in the order of the table.
    """
    figure = new_figure(8, max(2.0, 0.3 * len(statistics) + 1))
    axes = figure.subplots()
    shares = [100 * (value or 0.0) for value in statistics["null_share"]]
    draw_bars(axes, list(statistics["column_name"]), {"rows without a value": shares}, colours=[ORANGE])
    axes.set(xlim=(0, 100), xlabel="rows without a value (%)")
    return figure


def histograms_figure(frequencies: pd.DataFrame, *, across: int = 4) -> Figure:
    """The histograms of one table in a grid; the outer bars reach to the extremes and are drawn as wide as others.

    Args:
        frequencies: gold.column_frequencies of one table.
        across: histograms per row.

    Returns:
        The figure; a note instead of bars when the table has no histogram.
    """
    bins = frequencies[frequencies["kind"] == "bin"]
    names = list(dict.fromkeys(bins["column_name"]))
    down = max(1, math.ceil(len(names) / across))
    figure = new_figure(3 * across, 2.2 * down)
    if not names:
        figure.text(0.5, 0.5, "no numeric or time column", ha="center", color=INK)
        return figure
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        bars = bins[bins["column_name"] == name]
        axes.bar(range(len(bars)), bars["rows"].astype(float), width=0.92, color=BLUE)
        ends = bars["value"].tolist()
        axes.set_xticks([0, len(bars) - 1], [ends[0][:10], ends[-1][:10]])
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_title(escape_dollars(name), fontsize=9, color=INK)
        bare(axes)
    for axes in grid[len(names) :]:
        axes.set_axis_off()
    return figure


def correlation_figure(associations: pd.DataFrame, *, method: str = "pearson") -> Figure:
    """Heat map of one method's coefficients.

    Args:
        associations: gold.column_associations of one table.
        method: pearson or spearman.

    Returns:
        The figure; a note instead of a map when no pair was correlated.
    """
    matrix = correlation_matrix(associations, method)
    side = max(3.0, 0.45 * len(matrix) + 2)
    figure = new_figure(side + 1, side)
    if matrix.empty:
        figure.text(0.5, 0.5, "fewer than two numeric columns", ha="center", color=INK)
        return figure
    axes = figure.subplots()
    values = matrix.to_numpy(dtype=float)
    picture = axes.imshow(values, cmap=DIVERGING, vmin=-1, vmax=1)
    names = [escape_dollars(name) for name in matrix.columns]
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    if len(names) <= 15:
        for i, j in ((i, j) for i in range(len(names)) for j in range(len(names))):
            value = float(values[i, j])
            if not math.isnan(value):
                ink = "white" if abs(value) > 0.6 else INK
                axes.text(
                    j, i, f"{value:.2f}".replace("-0.00", "0.00"), ha="center", va="center", fontsize=7, color=ink
                )
    axes.set_title(method.capitalize(), fontsize=10, color=INK)
    figure.colorbar(picture, ax=axes, shrink=0.8)
    return figure


def correlation_matrix(associations: pd.DataFrame, method: str) -> pd.DataFrame:
    """The coefficients of one method as a square; the diagonal is 1, undefined ones are missing.

    Args:
        associations: gold.column_associations of one table.
        method: pearson or spearman.

    Returns:
        Rows and columns are column names in the order of the table.
    """
    pairs = associations[associations["method"] == method]
    names = list(dict.fromkeys([*pairs["left_column"], *pairs["right_column"]]))
    square = {name: dict.fromkeys(names, float("nan")) for name in names}
    for left, right, value in zip(pairs["left_column"], pairs["right_column"], pairs["coefficient"], strict=True):
        square[left][right] = square[right][left] = float("nan") if value is None else float(value)
    for name in names:
        square[name][name] = 1.0
    return pd.DataFrame(square, index=names, columns=names, dtype=float)
