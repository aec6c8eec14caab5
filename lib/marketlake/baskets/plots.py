"""Pictures of rules, for people who lay out stores and offers by them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib import pyplot
from matplotlib.figure import Figure

HOLDS, FAILS, UNKNOWN, LINE = "#1f4e79", "#c0392b", "#8c8577", "#dedace"
DRAWN = 30  # rules of a graph: more is a ball of wool


def lift_against_support(rules: pd.DataFrame, title: str) -> Figure:
    """Each rule by its support and lift, in the colour of what became of it in the next period.

    Args:
        rules: of one scope, as gold.association_rules has them.
        title: what and when.
    """
    figure, axes = pyplot.subplots(figsize=(9, 5.5), layout="constrained")
    names = {HOLDS: "holds", FAILS: "does not hold", UNKNOWN: "not bought"}
    ink = rules["holds"].map(_ink)
    for colour, name in names.items():
        part = rules[ink == colour]
        if len(part):
            label = f"{name}: {len(part):,}"
            size = 8 + 60 * part["confidence"]
            axes.scatter(part["support"] * 100, part["lift"], size, colour, alpha=0.45, linewidth=0, label=label)
    axes.axhline(1, color=LINE, zorder=0)
    for scale, axis in ((axes.set_xscale, axes.xaxis), (axes.set_yscale, axes.yaxis)):
        scale("log")
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("{x:g}")
    axes.tick_params(which="minor", labelsize=7)
    axes.set_xlabel("support, % of baskets")
    axes.set_ylabel("lift (1 is chance)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, title="in the next period")
    axes.set_title(f"{title}: {len(rules):,} rules; larger dots are more confident", loc="left")
    return figure


def graph(rules: pd.DataFrame, title: str, names: Mapping[str, str]) -> Figure:
    """The strongest rules by leverage, as lines from who buys to what is bought too; thicker is higher lift.

    Args:
        rules: of one scope, as gold.association_rules has them.
        title: what and when.
        names: what is written for an item, where that is not the item itself.
    """
    best = rules.nlargest(DRAWN, "leverage")
    left = [" + ".join(names.get(item, item).lower() for item in items) for items in best["antecedent"]]
    right = [names.get(item, item).lower() for item in best["consequent"]]
    right_place = _places(right, range(len(right)))
    left_place = _places(left, [-right_place[name] for name in right])
    figure, axes = pyplot.subplots(
        figsize=(11, 0.3 * max(len(left_place), len(right_place)) + 1.5), layout="constrained"
    )
    width = 1 + 4 * np.log(best["lift"]) / max(float(np.log(best["lift"]).max()), 1e-9)
    for start, end, thick, holds in zip(left, right, width, best["holds"], strict=True):
        axes.plot([0, 1], [left_place[start], right_place[end]], color=_ink(holds), linewidth=thick, alpha=0.4)
    for place, x, side in ((left_place, -0.02, "right"), (right_place, 1.02, "left")):
        for name, y in place.items():
            axes.text(x, y, name, ha=side, va="center", fontsize=9)
    axes.set_xlim(-1.1, 2.1)
    axes.set_axis_off()
    axes.set_title(
        f"{title}: the {len(best)} rules with the largest leverage\nwho buys what is on the left, buys what is on the "
        "right; thicker is higher lift; blue holds in the next period, red does not",
        loc="left",
        fontsize=10,
    )
    return figure


def _places(names: list[str], wish: range | list[float]) -> dict[str, float]:
    """A height for each name between 0 and 1, by the mean of what its rules wish, so that few lines cross."""
    mean = pd.Series(list(wish), index=names, dtype=float).groupby(level=0).mean().sort_values(kind="stable")
    return dict(zip(mean.index, np.linspace(1, 0, len(mean)) if len(mean) > 1 else [0.5], strict=True))


def _ink(holds: object) -> str:
    return UNKNOWN if pd.isna(holds) else HOLDS if holds else FAILS
