"""Descriptions of small frames, and their parts by name."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame

from marketlake.description.describe import Description, describe

RUN_DATE = date(2017, 12, 31)


def run(frame: DataFrame, **options: Any) -> Description:
    """The description of a frame as version 7 of silver.orders."""
    return describe(frame, table_name="silver.orders", table_version=7, run_date=RUN_DATE, **options)


def statistics_of(description: Description) -> dict[str, dict]:
    """Statistics by column name."""
    return {row["column_name"]: row for row in description.statistics.to_dict("records")}


def frequencies_of(description: Description, column: str, kind: str) -> pd.DataFrame:
    """Frequent values (`value`) or bars (`bin`) of a column."""
    found = description.frequencies
    return found[(found["column_name"] == column) & (found["kind"] == kind)].reset_index(drop=True)


def coefficient(description: Description, left: str, right: str, method: str) -> dict:
    """The association of two columns by one method."""
    found = description.associations
    keys = (found["left_column"] == left) & (found["right_column"] == right) & (found["method"] == method)
    return found[keys].to_dict("records")[0]
