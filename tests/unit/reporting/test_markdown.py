"""Markdown tables: aligned, escaped, with chosen formats."""

from __future__ import annotations

import pandas as pd

from marketlake.reporting.markdown import markdown_table


def test_cells_are_formatted_aligned_and_escaped():
    frame = pd.DataFrame({"name": ["a|b", "c\nd"], "share": [0.5, None], "rows": [1200, 3], "score": [0.123456, 1.0]})
    lines = markdown_table(frame, formats={"share": ".0%", "rows": ","}).splitlines()
    assert lines == [
        "| name | share | rows | score |",
        "|---|---:|---:|---:|",
        r"| a\|b | 50% | 1,200 | 0.1235 |",
        "| c d |  | 3 | 1.0000 |",
    ]


def test_empty_frame_has_a_heading_only():
    assert markdown_table(pd.DataFrame({"a": []})).splitlines()[0] == "| a |"
    assert len(markdown_table(pd.DataFrame({"a": []})).splitlines()) == 2
