"""Small tables in Markdown, for the descriptions of runs in MLflow and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def markdown_table(frame: pd.DataFrame, *, formats: Mapping[str, str] | None = None, float_format: str = ".4f") -> str:
    """The rows of a small frame as a Markdown table; numbers are aligned at the right, missing values are empty.

    Args:
        frame: its column names are the headings.
        formats: column -> format specification (`.0%`, `,`, `.2f`) of its cells.
        float_format: format of all other floats.

    >>> print(markdown_table(pd.DataFrame({"segment": ["Lost"], "share": [0.25]}), formats={"share": ".0%"}))
    | segment | share |
    |---|---:|
    | Lost | 25% |
    """
    names = [str(name) for name in frame.columns]
    chosen = formats or {}
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    lines = [_line(names), "|" + "|".join("---:" if right else "---" for right in numeric) + "|"]
    for row in frame.itertuples(index=False, name=None):
        cells = zip(names, row, strict=True)
        lines.append(_line([_cell(value, chosen.get(name, ""), float_format) for name, value in cells]))
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|").replace("\n", " ") for cell in cells) + " |"


def _cell(value: Any, chosen: str, float_format: str) -> str:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return ""
    if chosen:
        return format(value, chosen)
    return format(value, float_format) if isinstance(value, float) else str(value)
