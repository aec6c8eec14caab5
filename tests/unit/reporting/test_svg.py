"""Small pictures in pages: escaped, and in the palette."""

from __future__ import annotations

from marketlake.reporting.svg import bars_svg, tint


def test_bars_escape_their_labels():
    assert "<b>" not in bars_svg([1, 2], ["<b>", "x"], width=10, height=10, title="t")
    assert bars_svg([], [], width=10, height=10, title="t") == ""
    assert "nan" not in bars_svg([0, 0], ["a", "b"], width=10, height=10, title="t")


def test_tint_is_blue_orange_or_grey():
    assert {tint(1.0)[:18], tint(-1.0)[:18], tint(None)} == {
        *("background:#2f6690", "background:#c8553d", "background:#f3f4f6")
    }


def test_bars_have_a_name_for_readers_who_do_not_see_them():
    assert 'aria-label="Orders &lt;a day&gt;"' in bars_svg([1], ["x"], width=10, height=10, title="Orders <a day>")
