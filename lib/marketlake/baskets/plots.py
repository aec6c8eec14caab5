"""Plots of association rules, for reviewers in merchandising and marketing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from marketlake.reporting.plots import new_figure
from marketlake.reporting.style import BLUE, GREY, LINE, ORANGE, bare, escape_dollars, set_title

MAX_RULES = 30  # in a graph; more lines cannot be told apart


def rule_figures(rules: pd.DataFrame, title: str, names: Mapping[str, str]) -> dict[str, Figure]:
    """The plots of each level, by name of the file.

    Args:
        rules: of all customers, as in gold.association_rules.
        title: subject and run date.
        names: label of an item, where it is not the item itself.
    """
    figures = {}
    for level, level_rules in rules.groupby("level"):
        figures[f"lift_{level}"] = lift_against_support(level_rules, f"{title}, {level}")
        figures[f"graph_{level}"] = rule_graph(level_rules, f"{title}, {level}", names)
    return figures


def lift_against_support(rules: pd.DataFrame, title: str) -> Figure:
    """Each rule by its support and lift; the colour shows its result in the holdout period.

    Args:
        rules: of one scope, as in gold.association_rules.
        title: subject and run date.
    """
    figure = new_figure(9, 5.5)
    axes = figure.subplots()
    labels = {BLUE: "replicated", ORANGE: "not replicated", GREY: "items not bought"}
    colours = rules["is_replicated"].map(_colour)
    for colour, label in labels.items():
        part = rules[colours == colour]
        if len(part):
            size = 8 + 60 * part["confidence"]
            counted = f"{label}: {len(part):,}"
            axes.scatter(part["support"] * 100, part["lift"], size, colour, alpha=0.45, linewidth=0, label=counted)
    axes.axhline(1, color=LINE, zorder=0)
    for set_scale, axis in ((axes.set_xscale, axes.xaxis), (axes.set_yscale, axes.yaxis)):
        set_scale("log")
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("{x:g}")
    bare(axes)
    axes.tick_params(which="minor", labelsize=7)
    axes.set_xlabel("support, % of baskets")
    axes.set_ylabel("lift (1 is chance)")
    axes.legend(frameon=False, title="in the holdout period")
    set_title(axes, f"{title}: {len(rules):,} rules; larger dots have higher confidence")
    return figure


def rule_graph(rules: pd.DataFrame, title: str, names: Mapping[str, str]) -> Figure:
    """The rules with the largest leverage, as lines from antecedent to consequent; thicker lines have higher lift.

    Args:
        rules: of one scope, as in gold.association_rules.
        title: subject and run date.
        names: label of an item, where it is not the item itself.
    """
    top = rules.nlargest(MAX_RULES, "leverage")
    left = [" + ".join(names.get(item, item).lower() for item in items) for items in top["antecedent"]]
    right = [names.get(item, item).lower() for item in top["consequent"]]
    right_heights = _heights(right, range(len(right)))
    left_heights = _heights(left, [-right_heights[name] for name in right])
    figure = new_figure(11, 0.3 * max(len(left_heights), len(right_heights)) + 1.5)
    axes = figure.subplots()
    width = 1 + 4 * np.log(top["lift"]) / max(float(np.log(top["lift"]).max()), 1e-9)
    for start, end, thickness, is_replicated in zip(left, right, width, top["is_replicated"], strict=True):
        heights = [left_heights[start], right_heights[end]]
        axes.plot([0, 1], heights, color=_colour(is_replicated), linewidth=thickness, alpha=0.4)
    for labels, x, side in ((left_heights, -0.02, "right"), (right_heights, 1.02, "left")):
        for name, y in labels.items():
            axes.text(x, y, escape_dollars(name), ha=side, va="center", fontsize=9)
    axes.set_xlim(-1.1, 2.1)
    axes.set_axis_off()
    set_title(
        axes,
        f"{title}: the {len(top)} rules with the largest leverage\nBaskets with the items on the left often hold the "
        "item on the right. Thicker lines: higher lift; blue: replicated in the holdout period, orange: not.",
    )
    return figure


def _heights(names: Sequence[str], wishes: Sequence[float]) -> dict[str, float]:
    """A height between 0 and 1 for each name, by the mean of its rules' wishes, so that few lines cross."""
    mean = pd.Series(list(wishes), index=list(names), dtype=float).groupby(level=0).mean().sort_values(kind="stable")
    return dict(zip(mean.index, np.linspace(1, 0, len(mean)) if len(mean) > 1 else [0.5], strict=True))


def _colour(is_replicated: object) -> str:
    return GREY if pd.isna(is_replicated) else BLUE if is_replicated else ORANGE
