"""The palette and the plot style of every figure and page."""

from __future__ import annotations

from typing import Literal

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

BLUE = "#2f6690"  # what the reader should look at
PALE_BLUE = "#a9c4d9"  # its companion: a second series
ORANGE = "#c8553d"  # losses, failures, missing values
GREY = "#7b8794"  # everything to compare with
LINE = "#e4e7eb"  # grid lines and references
INK = "#1f2933"  # text
DIVERGING = LinearSegmentedColormap.from_list("marketlake", [ORANGE, "#ffffff", BLUE])  # from -1 to 1


def bare(axes: Axes, *, grid: Literal["x", "y", "both"] | None = None) -> None:
    """Removes the lines of a plot that carry no information, and draws a faint grid behind the data.

    Args:
        axes: the plot.
        grid: the axis that gets grid lines; None for no grid.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, color=LINE)
    if grid:
        axes.grid(axis=grid, color=LINE, linewidth=0.6)
        axes.set_axisbelow(True)


def set_title(target: Axes | Figure, title: str) -> None:
    """Writes a title at the left, of one plot or of a whole figure."""
    if isinstance(target, Figure):
        target.suptitle(escape_dollars(title), x=0.01, ha="left", color=INK)
    else:
        target.set_title(escape_dollars(title), loc="left", fontsize=10, color=INK)


def escape_dollars(text: str) -> str:
    """Text as matplotlib should show it: a dollar sign would start a formula."""
    return text.replace("$", r"\$")
