"""Plots that several disciplines need. Each draws into axes, so that a figure can combine them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from marketlake.reporting.style import BLUE, GREY, INK, LINE, bare, escape_dollars, set_title


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of a size in inches, whose parts never overlap."""
    return Figure(figsize=(width, height), layout="constrained")


def draw_intervals(axes: Axes, rows: pd.DataFrame, *, label: str, highlight: str = "", digits: int = 3) -> None:
    """A dot with its interval for each row, the first row at the bottom.

    Args:
        axes: the plot.
        rows: `label`, mean, low and high; sorted as they should appear.
        label: the column that names a row.
        highlight: the name of the row to stand out.
        digits: decimals of the number beside each interval.
    """
    for place, row in enumerate(rows.to_dict("records")):
        ink = BLUE if row[label] == highlight else GREY
        axes.plot([row["low"], row["high"]], [place, place], color=ink, linewidth=2.5, solid_capstyle="round")
        axes.plot(row["mean"], place, "o", color=ink)
        text = f"{row['mean']:.{digits}f}"
        axes.annotate(text, (row["high"], place), (5, -3.5), textcoords="offset points", fontsize=8, color=INK)
    axes.set_yticks(range(len(rows)), [escape_dollars(str(name)) for name in rows[label]])
    if len(rows):
        axes.set_xlim(min(0.0, float(rows["low"].min()) * 1.18), max(float(rows["high"].max()) * 1.18, 1e-9))
    bare(axes, grid="x")


def draw_bars(
    axes: Axes, names: Sequence[str], series: Mapping[str, Sequence[float]], *, colours: Sequence[str] = (BLUE,)
) -> None:
    """Horizontal bars, the first name at the top; a group of bars for each name when there are several series.

    Args:
        axes: the plot.
        names: one for each bar, or group of bars.
        series: label -> the lengths of its bars, in the order of the names.
        colours: of each series.
    """
    places = np.arange(len(names), dtype=float)
    thickness = 0.8 / len(series)
    for number, (label, values) in enumerate(series.items()):
        offset = (number - (len(series) - 1) / 2) * thickness
        axes.barh(places + offset, values, thickness * 0.95, color=colours[number], label=label)
    axes.set_yticks(places, [escape_dollars(name) for name in names])
    axes.invert_yaxis()
    bare(axes, grid="x")
    if len(series) > 1:
        axes.legend(frameon=False, loc="lower right")


def calibration_figure(predicted: np.ndarray, observed: np.ndarray, title: str) -> Figure:
    """Predicted probability against observed frequency; a calibrated model has its dots on the diagonal.

    Args:
        predicted: mean predicted probability of each group of cases.
        observed: share of each group for which the event happened.
        title: of the figure.
    """
    figure = new_figure(5, 4.5)
    axes = figure.subplots()
    most = max((float(values.max()) for values in (predicted, observed) if len(values)), default=1.0)
    axes.plot([0, most], [0, most], color=LINE)
    axes.plot(predicted, observed, "o", color=BLUE)
    axes.set_xlabel("predicted probability")
    axes.set_ylabel("observed share")
    set_title(axes, title)
    bare(axes)
    return figure
