"""Loads of sources: the raw rows, and the rows of each table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from operator import or_
from pathlib import Path

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketlake.sources import mapping
from marketlake.sources.errors import MappingError, SchemaError
from marketlake.sources.raw import read_raw
from marketlake.sources.source import UNREADABLE, Source
from marketlake.tables.merging import COLLIDED, OUTCOME, Arrival
from marketlake.tables.orders import ORDER_LINES, ORDERS, SALES
from marketlake.tables.table import Table


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
    def folder(self) -> str:
        """The folder of its file below the folder of sources, else its name; the default numbering of its orders."""
        return self.name if self.name == self.file.stem else self.file.parent.name

    def max_collided_share(self, table: Table) -> float:
        """Share of rows that may contradict others of the same age: none of a table of sales."""
        declared = self.source.max_collided_share
        return declared if declared is not None else 0.0 if table in SALES else 1.0

    def arrival(self, table: Table) -> Arrival:
        """How its rows meet those of a table."""
        how = self.source.tables[table.name]
        return Arrival(
            run_date=self.run_date,
            source=self.name,
            only_new=set(how.columns) <= set(table.key),
            order_again=how.order_again if table.line_id and table.line_id not in how.columns else None,
            complete=how.complete,
            days=(self.run_date,) if how.complete == "day" and self.source.read.is_dated else (),
            is_outdated=how.complete == "file" and any(day > self.run_date for day in self.ledger),
        )

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


def with_ledger(chosen: Sequence[SourceLoad], ledger: DataFrame) -> list[SourceLoad]:
    """The loads with their earlier ones of ops.source_loads.

    Collected: a row a loaded day and table of these sources.
    """
    earlier: dict[str, dict[date, Row]] = {load.name: {} for load in chosen}
    rows = ledger.where(F.col("source").isin(list(earlier))).select("source", "run_date", "fingerprint", "files")
    for row in rows.collect():
        earlier[row.source][row.run_date] = row
    return [replace(load, ledger=earlier[load.name]) for load in chosen]


def lines_first(chosen: Sequence[SourceLoad]) -> tuple[list[SourceLoad], list[SourceLoad]]:
    """The loads in two groups: records of orders whose lines another source brings come after all lines."""
    records = [load for load in chosen if {*load.source.tables} & {ORDERS.name, ORDER_LINES.name} == {ORDERS.name}]
    return [load for load in chosen if load not in records], records


def read_rows(spark: SparkSession, load: SourceLoad, files: Sequence[str]) -> DataFrame:
    """The raw rows of files, as they come.

    Raises:
        SchemaError: a format without its schema, or columns that are not the declared ones.
    """
    try:
        return read_raw(spark, load.source, load.run_date, load.paths_of(files))
    except ValueError as error:
        raise SchemaError(f"{load.file}: {error}", "Ask who delivers the file, or correct read.schema.") from None


def split_raw(load: SourceLoad, raw: DataFrame) -> tuple[DataFrame, DataFrame | None, DataFrame | None]:
    """The raw rows for the tables, those declared as skipped, and those that no table takes; None where there are none.

    Raises:
        MappingError: a filter that cannot be computed from these columns.
    """
    skip, filters = load.source.skip, [how.filter for how in load.source.tables.values()]
    takes_all = any(how.filter is None or how.explode for how in load.source.tables.values())
    is_skipped = _condition(load, raw, "skip.filter", skip.filter) if skip else F.lit(False)
    skipped = raw.where(is_skipped) if skip else None
    offered = raw.where(~is_skipped) if skip else raw
    if takes_all:
        return offered, skipped, None
    is_taken = reduce(or_, (_condition(load, raw, "filter", text) for text in filters if text))
    if UNREADABLE in raw.columns:
        is_taken |= F.isnotnull(UNREADABLE)
    return offered, skipped, offered.where(~is_taken)


def not_mapped_rows(rows: DataFrame) -> DataFrame:
    """Raw rows that no table takes, for the quarantine: table_name (none), reasons, raw_row, file."""
    raw = F.to_json(F.struct(*(F.col(f"`{name}`") for name in rows.columns if name != mapping.FILE)))
    reason = "not_mapped: no table takes the row, and no skip filter leaves it out"
    return _quarantined(rows, "none", reason, raw, F.col(mapping.FILE))


def collided_rows(rows: DataFrame, table: Table) -> DataFrame:
    """Of planned rows those that contradict others, for the quarantine.

    As mapped, since a place among equals may be part of them.
    """
    reason = (
        "collided: contradicts another row of the same key, or an order of an earlier load, neither being newer; "
        "or its order stands with the store in one source and without in another"
    )
    mapped = F.to_json(F.struct(*table.column_names))
    return _quarantined(rows.where(F.col(OUTCOME) == COLLIDED), table.name, reason, mapped, F.lit(None).cast("string"))


def _quarantined(rows: DataFrame, table: str, reason: str, raw: Column, file: Column) -> DataFrame:
    return rows.select(
        F.lit(table).alias("table_name"),
        F.array(F.lit(reason)).alias("reasons"),
        raw.alias("raw_row"),
        file.alias("file"),
    )


def _condition(load: SourceLoad, raw: DataFrame, where: str, text: str) -> Column:
    try:
        return F.coalesce(mapping.checked_expression(raw, f"TRY_CAST({text} AS BOOLEAN)", where), F.lit(False))
    except ValueError as error:
        raise MappingError(f"{load.file}: {error}") from None


def map_tables(load: SourceLoad, raw: DataFrame, contracts: Mapping[str, Table]) -> dict[Table, DataFrame]:
    """The rows of each contract table, with the rules that they break.

    Raises:
        MappingError: a mapping that cannot be computed from these columns.
    """
    rows: dict[Table, DataFrame] = {}
    for name, how in load.source.tables.items():
        table = contracts[name]
        try:
            rows[table] = mapping.map_rows(
                raw, how, table, source=load.name, folder=load.folder, run_date=load.run_date
            )
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
