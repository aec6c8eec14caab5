"""Loads of sources: the files that are pending, the rows of each table, the ledger and the quarantine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketlake.frames.files import list_files
from marketlake.sources import mapping
from marketlake.sources.errors import MappingError, MissingFileError, RejectedRowsError, SchemaError
from marketlake.sources.mapping import RowCounts
from marketlake.sources.raw import file_identity, read_raw
from marketlake.sources.source import Source
from marketlake.tables.table import Table

ReasonCounts = Mapping[tuple[str, str], Mapping[str, int]]  # source and table -> rule -> rows that broke it


@dataclass(frozen=True)
class SourceLoad:
    """A source to be loaded for one run date.

    Attributes:
        name: the source's file below the folder of sources, as a table name.
        file: that file, for messages.
        source: its content.
        max_rejected_share: share of rows that may be rejected.
        run_date: the day for which it is loaded.
        raw_root: folder or address below which raw files are.
        ledger: run date -> the source's load for it, a row of ops.source_loads; only loads that succeeded.
    """

    name: str
    file: Path
    source: Source
    max_rejected_share: float
    run_date: date
    raw_root: str
    ledger: Mapping[date, Row] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The address of its files for the run date; may be a glob."""
        path = self.source.read.path_on(self.run_date)
        return path if "://" in path else f"{self.raw_root.rstrip('/')}/{path}"

    def paths_of(self, files: Sequence[str]) -> list[str]:
        """The addresses to read: those of files, given by their identities, or the one of a source without files."""
        in_files = self.source.read.in_files
        return [identity.rsplit(" ", 2)[0] for identity in files] if in_files else [self.path]

    def is_loaded(self, files: Sequence[str]) -> bool:
        """True when the run date's last load had the same files and mapping.

        A source without files may have changed at any time, and is read again.
        """
        last = self.ledger.get(self.run_date)
        return self.source.read.in_files and last is not None and last.fingerprint == self.source.fingerprint(files)


@dataclass(frozen=True)
class LoadResult:
    """The outcome of a load, on its way to the quarantine and the ledger.

    Attributes:
        load: the source.
        counts: rows of each table, accepted and rejected.
        rejected: the rejected rows, a frame a table.
        raw_rows: rows as they came.
        files: identities of its files.
    """

    load: SourceLoad
    counts: Mapping[Table, RowCounts]
    rejected: Sequence[DataFrame]
    raw_rows: int
    files: Sequence[str]

    @property
    def tables_over_limit(self) -> list[Table]:
        """Tables with more rejected rows than the source may have; then no row of the source is loaded."""
        return [t for t, count in self.counts.items() if count.rejected_share > self.load.max_rejected_share]

    @property
    def summary(self) -> str:
        """The line that the log has of it."""
        tables = ", ".join(f"{table.name} {count.rows - count.rejected:,}" for table, count in self.counts.items())
        return f"{self.load.name}: {tables}"


def with_ledger(chosen: Sequence[SourceLoad], ledger: DataFrame) -> list[SourceLoad]:
    """The loads with their earlier ones of ops.source_loads.

    Collected: a row a loaded day and table of these sources.
    """
    earlier: dict[str, dict[date, Row]] = {load.name: {} for load in chosen}
    rows = ledger.where(F.col("source").isin(list(earlier))).select("source", "run_date", "fingerprint", "files")
    for row in rows.collect():
        earlier[row.source][row.run_date] = row
    return [replace(load, ledger=earlier[load.name]) for load in chosen]


def find_pending_files(spark: SparkSession, load: SourceLoad) -> list[str]:
    """Identities of the files to load; empty when there is nothing new.

    Raises:
        MissingFileError: there is no file at all at the source's path.
    """
    reading = load.source.read
    if not reading.in_files:
        return [f"{reading.format} {load.run_date}"]
    found = list_files(spark, load.path)
    if not found:
        raise MissingFileError(
            f"{load.file}: no file at {load.path}.", "Deliver it, or correct read.path or sources.raw_root."
        )
    return pending_files([file_identity(file) for file in found], load)


def pending_files(found: Sequence[str], load: SourceLoad) -> list[str]:
    """The files to load: of a dated path all of them, else those that no other run date has loaded.

    Args:
        found: identities of the files at the source's path.
        load: the source, with its ledger.
    """
    if load.source.read.is_dated:
        return list(found)
    loaded = {file for day, row in load.ledger.items() if day != load.run_date for file in row.files}
    return [file for file in found if file not in loaded]


def read_rows(spark: SparkSession, load: SourceLoad, files: Sequence[str]) -> DataFrame:
    """The raw rows of files, as they come.

    Raises:
        SchemaError: a format without its schema, or columns that are not the declared ones.
    """
    try:
        return read_raw(spark, load.source, load.run_date, load.paths_of(files))
    except ValueError as error:
        raise SchemaError(f"{load.file}: {error}", "Ask who delivers the file, or correct read.schema.") from None


def map_tables(load: SourceLoad, raw: DataFrame, contracts: Mapping[str, Table]) -> dict[Table, DataFrame]:
    """The rows of each contract table, with the rules that they break.

    Raises:
        MappingError: a mapping that cannot be computed from these columns.
    """
    rows: dict[Table, DataFrame] = {}
    for name, how in load.source.tables.items():
        table = contracts[name]
        try:
            rows[table] = mapping.map_rows(raw, how, table, source=load.name)
        except ValueError as error:
            raise MappingError(f"{load.file}: tables.{name}.{error}") from None
    return rows


def check_tables(load: SourceLoad, contracts: Mapping[str, Table]) -> None:
    """Every table that a source fills has a contract.

    Raises:
        MappingError: naming the first one without.
    """
    unknown = set(load.source.tables) - set(contracts)
    if unknown:
        raise MappingError(f"{load.file}: tables.{min(unknown)}: no such table.", f"Known: {', '.join(contracts)}.")


def quarantine_rows(results: Sequence[LoadResult], like: DataFrame) -> DataFrame:
    """The rejected rows of loads, in the columns of ops.quarantine (`like`) except for the run date."""
    none = like.sparkSession.createDataFrame([], like.drop("run_date").schema)
    rejected = [rows.withColumn("source", F.lit(each.load.name)) for each in results for rows in each.rejected]
    return reduce(DataFrame.unionByName, rejected, none)


def count_reasons(quarantined: DataFrame) -> ReasonCounts:
    """Rows that broke each rule, by source and table.

    Collected: a row a source, table and rule.
    """
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in mapping.count_reasons(quarantined).collect():
        counts[row.source, row.table_name][row.reason] = row.rows
    return counts


def rejected_rows_error(result: LoadResult, reasons: ReasonCounts) -> RejectedRowsError:
    """The failure of a source with too many rejected rows."""
    load, table = result.load, result.tables_over_limit[0]
    count = result.counts[table]
    by_rule = ", ".join(f"{name} {rows:,}" for name, rows in reasons.get((load.name, table.name), {}).items())
    return RejectedRowsError(
        f"{load.name}: {count.rejected:,} of {count.rows:,} rows for {table.name} break its contract "
        f"({count.rejected_share:.2%}, limit {load.max_rejected_share:.2%}): {by_rule}. Nothing of it was loaded.",
        f"See ops.quarantine where source = '{load.name}' and run_date = '{load.run_date}'; "
        "correct the source, or raise max_rejected_share in its file.",
    )


def ledger_rows(results: Iterable[LoadResult], reasons: ReasonCounts) -> list[dict[str, Any]]:
    """Rows of ops.source_loads: one for each table of each load."""
    return [
        {
            "run_date": result.load.run_date,
            "source": result.load.name,
            "table_name": table.name,
            "raw_rows": result.raw_rows,
            "mapped_rows": count.rows,
            "accepted_rows": count.rows - count.rejected,
            "rejected_rows": count.rejected,
            "reasons": dict(reasons.get((result.load.name, table.name), {})),
            "flags": count.flags,
            "files": list(result.files),
            "fingerprint": result.load.source.fingerprint(result.files),
        }
        for result in results
        for table, count in result.counts.items()
    ]
