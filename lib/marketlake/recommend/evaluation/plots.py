"""Pictures by which a reviewer decides whether a recommender is good enough."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

from marketlake.recommend.evaluation.tuning import SEARCHED

BLEND_INK, OTHER_INK, LINE = "#1f4e79", "#8c8577", "#dedace"
TITLES = {"all": "all purchases", "repeat": "bought before", "explore": "new to the customer"}


def methods(table: pd.DataFrame, title: str, *, winner: str) -> Figure:
    """nDCG@10 of each method with its interval, beside each other for all, repeat and explore.

    Args:
        table: `Evaluation.table`.
        title: what and when.
        winner: the method to stand out.
    """
    rows = table[(table["metric"] == "ndcg") & (table["k"] == 10)]
    figure, axes = pyplot.subplots(1, 3, figsize=(16, 5), layout="constrained")
    for panel, (target, name) in zip(axes, TITLES.items(), strict=True):
        part = rows[rows["target"] == target].sort_values("mean")
        for place, row in enumerate(part.itertuples()):
            ink = BLEND_INK if row.method == winner else OTHER_INK
            panel.plot([row.low, row.high], [place, place], color=ink, linewidth=2.5, solid_capstyle="round")
            panel.plot(row.mean, place, "o", color=ink)
            panel.annotate(f"{row.mean:.3f}", (row.high, place), (5, -3.5), textcoords="offset points", fontsize=8)
        panel.set_yticks(range(len(part)), part["method"])
        panel.set_xlim(0, part["high"].max() * 1.18)
        customers = int(part["customers"].max()) if len(part) else 0
        panel.set_title(f"{name}: {customers:,} customers", loc="left", fontsize=10)
        _bare(panel)
    figure.suptitle(f"{title}\nnDCG@10, mean and 95 % interval", x=0.01, ha="left")
    return figure


def depths(table: pd.DataFrame, title: str, shown: Sequence[str]) -> Figure:
    """Recall and precision of some methods at each depth of the list, for all purchases."""
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for panel, metric in zip(axes, ("precision", "recall"), strict=True):
        for place, method in enumerate(shown):
            part = table[(table["method"] == method) & (table["target"] == "all") & (table["metric"] == metric)]
            ink = BLEND_INK if place == 0 else pyplot.cm.Greys(0.75 - 0.15 * place)
            panel.plot(part["k"], part["mean"], "o-", color=ink, label=method)
        panel.set_title(metric, loc="left", fontsize=10)
        panel.set_xlabel("length of the list")
        panel.set_ylim(bottom=0)
        _bare(panel)
    axes[1].legend(frameon=False)
    figure.suptitle(title, x=0.01, ha="left")
    return figure


def calibration(probability: np.ndarray, bought: np.ndarray, title: str) -> Figure:
    """Whether what is said to be bought with a probability is bought as often: twenty equal groups of candidates."""
    order = np.argsort(probability, kind="stable")
    groups = [group for group in np.array_split(order, 20) if len(group)]
    said, found = ([values[group].mean() for group in groups] for values in (probability, bought))
    figure, panel = pyplot.subplots(figsize=(5, 4.5), layout="constrained")
    most = max(*said, *found)
    panel.plot([0, most], [0, most], color=LINE)
    panel.plot(said, found, "o", color=BLEND_INK)
    panel.set_xlabel("probability that was said")
    panel.set_ylabel("share that was bought")
    panel.set_title(title, loc="left", fontsize=10)
    _bare(panel)
    return figure


def trials(table: pd.DataFrame, title: str, *, baseline: float) -> Figure:
    """What each trial was worth, by each of its settings; the best one stands out.

    Args:
        table: `tuning.table`.
        title: what and when.
        baseline: of a trivial method, as a line.
    """
    figure, axes = pyplot.subplots(1, len(SEARCHED), figsize=(14, 3.6), sharey=True, layout="constrained")
    best = table["ndcg_10_explore"].idxmax()
    for panel, name in zip(axes, SEARCHED, strict=True):
        values = sorted(table[name].unique())
        places = table[name].map(values.index)
        panel.axhline(baseline, color=LINE, linewidth=2)
        panel.plot(places, table["ndcg_10_explore"], "o", color=OTHER_INK, alpha=0.7)
        panel.plot(places[best], table["ndcg_10_explore"][best], "o", color=BLEND_INK, markersize=9)
        panel.set_xticks(range(len(values)), [f"{value:g}" for value in values])
        panel.set_title(name, loc="left", fontsize=10)
        _bare(panel)
    axes[0].set_ylabel("nDCG@10, new to the customer")
    figure.suptitle(f"{title}\nline: recent popularity {baseline:.4f}", x=0.01, ha="left")
    return figure


def _bare(panel: pyplot.Axes) -> None:
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="x", color=LINE, linewidth=0.6)
    panel.set_axisbelow(True)
