"""Figures by which a reviewer decides on a recommender or a search for settings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure

from marketlake.evaluation.calibration import calibration_curve
from marketlake.recommend.evaluation.tuning import SEARCHED
from marketlake.reporting.plots import calibration_figure, draw_intervals, new_figure
from marketlake.reporting.style import BLUE, GREY, LINE, bare, set_title

TARGET_TITLES = {"all": "all purchases", "repeat": "bought before", "explore": "new to the customer"}


def methods_figure(table: pd.DataFrame, title: str, *, highlight: str) -> Figure:
    """nDCG@10 of each method with its interval, side by side for all, repeat and explore.

    Args:
        table: `Evaluation.table`.
        title: subject and dates.
        highlight: the method to stand out.
    """
    rows = table[(table["metric"] == "ndcg") & (table["k"] == 10)]
    figure = new_figure(16, 5)
    for axes, (target, name) in zip(figure.subplots(1, 3), TARGET_TITLES.items(), strict=True):
        part = rows[rows["target"] == target].sort_values("mean")
        draw_intervals(axes, part, label="method", highlight=highlight)
        customers = int(part["customers"].max()) if len(part) else 0
        set_title(axes, f"{name}: {customers:,} customers")
    set_title(figure, f"{title}\nnDCG@10, mean and 95 % interval")
    return figure


def depths_figure(table: pd.DataFrame, title: str, methods: Sequence[str]) -> Figure:
    """Precision and recall of some methods at each depth of the list, for all purchases; the first stands out."""
    figure = new_figure(11, 4)
    panels = figure.subplots(1, 2)
    for axes, metric in zip(panels, ("precision", "recall"), strict=True):
        for place, method in enumerate(methods):
            part = table[(table["method"] == method) & (table["target"] == "all") & (table["metric"] == metric)]
            ink = BLUE if place == 0 else colormaps["Greys"](0.75 - 0.15 * place)
            axes.plot(part["k"], part["mean"], "o-", color=ink, label=method)
        set_title(axes, metric)
        axes.set_xlabel("length of the list")
        axes.set_ylim(bottom=0)
        bare(axes, grid="x")
    panels[1].legend(frameon=False)
    set_title(figure, title)
    return figure


def candidates_calibration_figure(probability: np.ndarray, is_bought: np.ndarray) -> Figure:
    """Probability of candidates against the share that was bought, in twenty groups of equal size."""
    predicted, observed = calibration_curve(probability, is_bought)
    return calibration_figure(predicted, observed, "Candidates by the probability of the blend")


def trials_figure(table: pd.DataFrame, title: str, *, baseline: float) -> Figure:
    """nDCG@10 of each trial against each of its settings; the best trial stands out.

    Args:
        table: `tuning.trials_table`.
        title: subject and dates.
        baseline: of a trivial method, as a line.
    """
    figure = new_figure(14, 3.6)
    panels = figure.subplots(1, len(SEARCHED), sharey=True)
    best = table["ndcg_10_explore"].idxmax()
    for axes, name in zip(panels, SEARCHED, strict=True):
        values = sorted(table[name].unique())
        places = table[name].map(values.index)
        axes.axhline(baseline, color=LINE, linewidth=2)
        axes.plot(places, table["ndcg_10_explore"], "o", color=GREY, alpha=0.7)
        axes.plot(places[best], table["ndcg_10_explore"][best], "o", color=BLUE, markersize=9)
        axes.set_xticks(range(len(values)), [f"{value:g}" for value in values])
        set_title(axes, name)
        bare(axes, grid="x")
    panels[0].set_ylabel("nDCG@10, new to the customer")
    set_title(figure, f"{title}\nline: recent popularity {baseline:.4f}")
    return figure
