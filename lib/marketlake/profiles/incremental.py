"""Reusable profiles: which earlier day's profiles a run may add to, found from the log of gold.customer_profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import islice
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.tables.table import Table

MAX_COMMITS = 100
SAME_ROWS = ("OPTIMIZE", "VACUUM START", "VACUUM END")  # operations of Delta that change no row


class TableCommit(NamedTuple):
    """One version of a table.

    Attributes:
        version: the table's version.
        operation: Delta's name of it.
        rows: that it wrote.
        metadata: of the run that made it: job, run_date, and inputs (table -> version that the run had read).
    """

    version: int
    operation: str
    rows: int
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class PreviousProfiles:
    """Profiles of an earlier day.

    Attributes:
        run_date: the day.
        version: of gold.customer_profiles from which they are read.
        inputs: versions of the tables that they were built from.
    """

    run_date: date
    version: int
    inputs: Mapping[str, int]


def find_previous(
    commits: Iterable[TableCommit], *, job: str, run_date: date, inputs: Mapping[str, int]
) -> PreviousProfiles | None:
    """The newest profiles before the run date that were built from the given inputs, or from older versions of them.

    Stops at the first commit made by anything else (a restore, an erasure): older profiles cannot be trusted.

    Args:
        commits: of gold.customer_profiles, newest first; at most 100 are read.
        job: name of the job that builds profiles.
        run_date: profiles of this day and later ones are not considered.
        inputs: versions that the current run reads; profiles built from newer ones hold more than it may know.

    Returns:
        None when there are none.
    """
    newest_version: int | None = None
    by_day: dict[date, TableCommit] = {}
    for commit in islice(commits, MAX_COMMITS):
        if newest_version is None:
            newest_version = commit.version
        if commit.operation in SAME_ROWS:
            continue
        if commit.operation != "WRITE" or commit.metadata.get("job") != job or "inputs" not in commit.metadata:
            break
        day = date.fromisoformat(commit.metadata["run_date"])
        by_day.setdefault(day, commit)
        if day == run_date - timedelta(days=1):
            break  # no day before the run date is newer
    usable = [day for day, commit in by_day.items() if day < run_date and commit.rows and _is_as_old(commit, inputs)]
    if newest_version is None or not usable:
        return None
    return PreviousProfiles(max(usable), newest_version, by_day[max(usable)].metadata["inputs"])


def _is_as_old(commit: TableCommit, inputs: Mapping[str, int]) -> bool:
    # Profiles of before a table was watched say no version of it.
    read = commit.metadata["inputs"]
    return all(name in read and read[name] <= version for name, version in inputs.items())


@dataclass(frozen=True)
class Watched:
    """A table on which profiles rest.

    Attributes:
        table: the table.
        columns: those that profiles read; a change of others is none.
        day: column of the day on which a row counts; None where every row counts at once.
    """

    table: Table
    columns: tuple[str, ...]
    day: str | None = None


def find_changed_table(changes: Sequence[tuple[Watched, DataFrame]], *, until: date) -> str | None:
    """The name of a table whose rows of the days up to `until` are others than before; None when there is none.

    Args:
        changes: tables with their change feed: what was inserted, updated or deleted in them. A row that came again
            as it was, or that moved no watched value, is no change.
        until: last day of the profiles.
    """
    frames = [
        _changed(watched, rows, until).select(F.lit(watched.table.name).alias("name")) for watched, rows in changes
    ]
    found = reduce(DataFrame.unionByName, frames).first() if frames else None
    return found.name if found else None


def _changed(watched: Watched, rows: DataFrame, until: date) -> DataFrame:
    """Watched values that more rows have now, or fewer."""
    seen = rows.where(F.col(watched.day) <= F.lit(until)) if watched.day else rows
    is_new = F.col("_change_type").isin("insert", "update_postimage")
    values = [part for name in watched.columns for part in (F.col(name), F.isnull(name))]
    counted = seen.select(F.xxhash64(*values).alias("values"), F.when(is_new, 1).otherwise(-1).alias("change"))
    return counted.groupBy("values").agg(F.sum("change").alias("change")).where("change <> 0")
