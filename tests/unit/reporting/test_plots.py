"""Common plots: drawn, labelled, and in the order of the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from marketlake.reporting.plots import calibration_figure, draw_bars, draw_intervals, new_figure
from marketlake.reporting.style import BLUE, GREY, escape_dollars


def test_intervals_highlight_one_row_and_include_zero():
    rows = pd.DataFrame({"method": ["a", "$b"], "mean": [0.1, 0.2], "low": [-0.1, 0.15], "high": [0.2, 0.3]})
    axes = new_figure(3, 2).subplots()
    draw_intervals(axes, rows, label="method", highlight="a")
    assert [line.get_color() for line in axes.lines] == [BLUE, BLUE, GREY, GREY]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", r"\$b"]
    assert axes.get_xlim()[0] < -0.1


@pytest.mark.parametrize("series", [{"rows": [1, 2]}, {"customers": [1, 2], "spend": [3, 4]}])
def test_bars_are_drawn_for_every_series(series):
    axes = new_figure(3, 2).subplots()
    draw_bars(axes, ["a", "b"], series, colours=[BLUE, GREY])
    assert [bar.get_width() for bar in axes.patches] == [value for values in series.values() for value in values]
    assert axes.yaxis_inverted()


@pytest.mark.parametrize("values", [np.array([0.1, 0.4]), np.array([])])
def test_calibration_has_a_diagonal_and_a_dot_a_group(values):
    axes = calibration_figure(values, values, "Calibration").axes[0]
    diagonal, dots = axes.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())
    assert list(dots.get_xdata()) == list(values)


def test_dollars_start_no_formula():
    assert escape_dollars("$a") == r"\$a"
