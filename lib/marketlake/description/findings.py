"""Conclusion and advice of the report on tables: the sentences that a reader sees first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from marketlake.reporting.formats import count_of, format_share, join_words

MANY_MISSING = 0.2  # share of rows without a value from which a column is named
Row = dict[str, Any]


def conclude(statistics: Sequence[Row], references: Sequence[Row], *, rows: int, simulated: int) -> list[str]:
    """Sentences on the size of the tables, missing values and unknown references.

    Args:
        statistics: rows of gold.column_statistics of all tables.
        references: rows of gold.reference_checks of the same tables.
        rows: of all tables together.
        simulated: rows made up by the simulator.
    """
    tables = list(dict.fromkeys(row["table_name"] for row in statistics))
    incomplete = [row for row in statistics if row["nulls"]]
    sentences = [
        f"{count_of(len(tables), 'table')} with {count_of(rows, 'row')} and {count_of(len(statistics), 'column')}: "
        f"{count_of(len(incomplete), 'column has', 'columns have')} missing values, "
        f"{count_of(sum(bool(row['personal']) for row in statistics), 'holds', 'hold')} personal data."
    ]
    missing = [row for row in incomplete if row["null_share"] >= MANY_MISSING]
    missing.sort(key=lambda row: -row["null_share"])
    if missing:
        names = join_words([f"{_name(row)} ({format_share(row['null_share'])})" for row in missing])
        sentences.append(f"Many values are missing in {names}.")
    for row in references:
        if row["unknown_rows"]:
            sentences.append(
                f"{_name(row)}: {count_of(row['unknown_rows'], 'row')} of {row['referring_rows']:,} "
                f"{_verb(row['unknown_rows'])} {count_of(row['unknown_values'], 'value')} "
                f"that {row['referenced_table']} does not have."
            )
        if row["ambiguous_rows"]:
            verb = _verb(row["ambiguous_rows"])
            sentences.append(
                f"{_name(row)}: {count_of(row['ambiguous_rows'], 'row')} of {row['referring_rows']:,} {verb} an order "
                f"by a number that several orders have, and so {verb} none."
            )
    if simulated:
        sentences.append(f"{format_share(simulated / rows)} of all rows are made up by the simulator.")
    return sentences


def advise(statistics: Sequence[Row], references: Sequence[Row], *, simulated: int) -> list[str]:
    """Sentences on what to do before using the tables; arguments as in `conclude`."""
    sentences = []
    empty = [_name(row) for row in statistics if row["rows"] and row["nulls"] == row["rows"]]
    if empty:
        sentences.append(f"Leave out {join_words(empty)}: without any value.")
    constant = [_name(row) for row in statistics if row["distinct_values"] == 1 and not row["personal"]]
    if constant:
        sentences.append(f"Do not model with {join_words(constant)}: the same value in every row.")
    unknown = sorted({row["referenced_table"] for row in references if row["unknown_rows"]})
    if unknown:
        sentences.append(f"Check the sources of {join_words(unknown)}: other tables name rows that they do not have.")
    ambiguous = [_name(row) for row in references if row["ambiguous_rows"]]
    if ambiguous:
        sentences.append(f"Map order_source beside {join_words(ambiguous)}: a number alone does not tell which order.")
    skewed = [_name(row) for row in statistics if row["transform"] not in (None, "none")]
    if skewed:
        sentences.append(f"Transform {join_words(skewed)} before fitting a linear model; trees do not need it.")
    if simulated:
        sentences.append("Draw conclusions about real customers only from rows that are not simulated.")
    return sentences or ["Nothing in these tables needs attention before use."]


def as_rows(frames: Sequence[pd.DataFrame]) -> list[Row]:
    """Rows of several small frames, one below the other."""
    return [row for frame in frames for row in frame.to_dict("records")]


def _verb(rows: int) -> str:
    return "names" if rows == 1 else "name"


def _name(row: Row) -> str:
    return f"{row['table_name'].split('.', 1)[-1]}.{row['column_name']}"
