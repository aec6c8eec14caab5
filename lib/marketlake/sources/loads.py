"""What becomes of a load: the rows that it brings into the quarantine, and its lines in the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketlake.sources import mapping
from marketlake.sources.mapping import Counts
from marketlake.sources.source import Source
from marketlake.tables.table import Table

Reasons = dict[tuple[str, str], dict[str, int]]  # source and table -> rule -> rows that broke it


@dataclass(frozen=True)
class Load:
    """A source on its way in for one run date.

    Attributes:
        name: the source's file below the folder of sources, as a table name.
        file: that file, for messages.
        source: what the file says.
        limit: share of rows that may be turned away.
    """

    name: str
    file: Path
    source: Source
    limit: float


@dataclass(frozen=True)
class Done:
    """A load whose rows were judged, on its way into the quarantine and the ledger.

    Attributes:
        load: the source.
        counted: what became of the rows of each table.
        bad: the rows that were turned away.
        too_bad: tables of which more were turned away than may be: then no row of the source went on.
        raw_rows: rows as they came.
        files: identities of its files.
        fingerprint: of files and mapping.
    """

    load: Load
    counted: dict[Table, Counts]
    bad: list[DataFrame]
    too_bad: list[Table]
    raw_rows: int
    files: list[str]
    fingerprint: str


def pending(found: Sequence[str], entered: Mapping[date, Row], load: Load, run_date: date) -> list[str] | None:
    """The files to load: all of a dated path, else those that no other run date has loaded; None when there are none.

    Args:
        found: identities of the files where the source says.
        entered: run date -> the load of it that ended well, of ops.source_loads.
        load: the source.
        run_date: for which it is loaded.
    """
    if load.source.read.is_dated:
        return list(found)
    loaded = {file for day, entry in entered.items() if day != run_date for file in entry.files}
    return [file for file in found if file not in loaded] or None


def turned_away(done: Sequence[Done], like: DataFrame) -> DataFrame:
    """The bad rows of loads, with the columns of quarantined rows but for the run date."""
    nothing = like.sparkSession.createDataFrame([], like.drop("run_date").schema)
    bad = [rows.withColumn("source", F.lit(each.load.name)) for each in done for rows in each.bad]
    return reduce(DataFrame.unionByName, bad, nothing)


def reasons(quarantined: DataFrame) -> Reasons:
    """How often each rule spoke.

    Collected: a row a source, table and rule.
    """
    found: Reasons = defaultdict(dict)
    for row in mapping.reasons(quarantined).collect():
        found[row.source, row.table_name][row.reason] = row.rows
    return found


def refusal(refused: Done, found: Reasons) -> str:
    """What to say of a source of which too many rows were turned away."""
    load, table = refused.load, refused.too_bad[0]
    count = refused.counted[table]
    told = ", ".join(f"{name} {n:,}" for name, n in found[load.name, table.name].items())
    return (
        f"{load.name}: {count.bad:,} of {count.rows:,} rows for {table.name} break its contract "
        f"({count.bad_share:.2%}, limit {load.limit:.2%}): {told}. Nothing of it was loaded."
    )


def ledger(done: Sequence[Done], found: Reasons, run_date: date) -> list[tuple[Any, ...]]:
    """Rows of ops.source_loads: one for each table of each load."""
    return [
        (
            run_date, each.load.name, table.name, each.raw_rows, count.rows, count.rows - count.bad, count.bad,
            found[each.load.name, table.name], count.flags, each.files, each.fingerprint,
        )
        for each in done
        for table, count in each.counted.items()
    ]  # fmt: skip
