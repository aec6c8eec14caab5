"""Pictures of a description: SVG for the report, matplotlib figures for MLflow."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

BLUE, ORANGE, INK, FAINT = "#2f6690", "#c8553d", "#1f2933", "#e4e7eb"
DIVERGING = LinearSegmentedColormap.from_list("marketlake", [ORANGE, "#ffffff", BLUE])


def bars_svg(
    heights: Sequence[float], labels: Sequence[str], *, width: int, height: int, css_class: str = "bars"
) -> Markup:
    """Upright bars as inline SVG, with a tooltip each.

    Args:
        heights: zero or more, one a bar, in any unit.
        labels: what the tooltip of each bar says.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        css_class: class of the svg element.

    Returns:
        The markup, with the labels escaped; empty without bars. A bar that is not 0 is at least one pixel high.
    """
    if not heights:
        return Markup("")
    tallest = max(heights) or 1.0
    step = width / len(heights)
    gap = min(2.0, step * 0.15)
    bars = []
    for place, (value, label) in enumerate(zip(heights, labels, strict=True)):
        tall = max(1.0, height * value / tallest) if value else 0.0
        bars.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
                f"{place * step + gap / 2:.1f}", f"{height - tall:.1f}", f"{step - gap:.1f}", f"{tall:.1f}", label
            )
        )
    return Markup('<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img">{}</svg>').format(
        css_class, width, height, Markup("").join(bars)
    )


def tint(coefficient: float | None) -> str:
    """CSS for a cell of the heat map: blue for together, orange for opposite, stronger for stronger.

    >>> tint(1.0), tint(None)
    ('background:#2f6690;color:#ffffff', 'background:#f3f4f6')
    """
    if coefficient is None:
        return "background:#f3f4f6"
    red, green, blue, _ = DIVERGING((coefficient + 1) / 2, bytes=True)
    ink = ";color:#ffffff" if abs(coefficient) > 0.6 else ""
    return f"background:#{red:02x}{green:02x}{blue:02x}{ink}"


def missing_figure(statistics: pd.DataFrame) -> Figure:
    """Share of rows without a value, a bar a column.

    Args:
        statistics: gold.column_statistics of one table.

    Returns:
        The figure; columns are in the order of the table.
    """
    figure = Figure(figsize=(8, max(2.0, 0.3 * len(statistics) + 1)), layout="constrained")
    axes = figure.subplots()
    shares = [100 * (value or 0.0) for value in statistics["null_share"]]
    axes.barh([_plain(name) for name in statistics["column_name"]], shares, color=ORANGE)
    axes.set(xlim=(0, 100), xlabel="rows without a value (%)")
    axes.invert_yaxis()
    _quiet(axes)
    return figure


def histograms_figure(frequencies: pd.DataFrame, *, across: int = 4) -> Figure:
    """The histograms of one table in a grid; the outer bars reach to the extremes and are drawn as wide as others.

    Args:
        frequencies: gold.column_frequencies of one table.
        across: pictures in a row.

    Returns:
        The figure; it says so when the table has no histogram.
    """
    bins = frequencies[frequencies["kind"] == "bin"]
    names = list(dict.fromkeys(bins["column_name"]))
    down = max(1, math.ceil(len(names) / across))
    figure = Figure(figsize=(3 * across, 2.2 * down), layout="constrained")
    if not names:
        figure.text(0.5, 0.5, "no measured column", ha="center", color=INK)
        return figure
    grid = figure.subplots(down, across, squeeze=False).ravel()
    for axes, name in zip(grid, names, strict=False):
        bars = bins[bins["column_name"] == name]
        axes.bar(range(len(bars)), bars["rows"].astype(float), width=0.92, color=BLUE)
        ends = bars["value"].tolist()
        axes.set_xticks([0, len(bars) - 1], [ends[0][:10], ends[-1][:10]])
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_title(_plain(name), fontsize=9, color=INK)
        _quiet(axes)
    for axes in grid[len(names) :]:
        axes.set_axis_off()
    return figure


def correlation_figure(associations: pd.DataFrame, *, method: str = "pearson") -> Figure:
    """Heat map of one method's coefficients.

    Args:
        associations: gold.column_associations of one table.
        method: pearson or spearman.

    Returns:
        The figure; it says so when no pair was correlated.
    """
    matrix = correlation_matrix(associations, method)
    side = max(3.0, 0.45 * len(matrix) + 2)
    figure = Figure(figsize=(side + 1, side), layout="constrained")
    if matrix.empty:
        figure.text(0.5, 0.5, "fewer than two numeric columns", ha="center", color=INK)
        return figure
    axes = figure.subplots()
    values = matrix.to_numpy(dtype=float)
    picture = axes.imshow(values, cmap=DIVERGING, vmin=-1, vmax=1)
    names = [_plain(name) for name in matrix.columns]
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


def _quiet(axes: object) -> None:
    """Leaves out the lines of a plot that say nothing."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)  # type: ignore[attr-defined]
    axes.tick_params(labelsize=8, color=FAINT)  # type: ignore[attr-defined]


def _plain(name: str) -> str:
    """A column's name as matplotlib should show it: a dollar sign would start a formula."""
    return name.replace("$", r"\$")
