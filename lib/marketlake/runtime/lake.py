"""Tables of the lake by name: location, creation, versions, commits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from marketlake.runtime.config import Config
from marketlake.runtime.errors import ContractError, InputError
from marketlake.tables.table import Table


@dataclass(frozen=True)
class Commit:
    """One version of a table.

    Attributes:
        version: the table's version.
        rows: rows written, inserted or changed by it.
        operation: Delta's name of it.
        metadata: its userMetadata; from our writers: job, run_id, run_date, code_version, and inputs (the versions of
            the tables that the run had read so far).
    """

    version: int
    rows: int
    operation: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Lake:
    """The tables under one root (`<root>/<layer>/<table>`) or in one catalog (`<catalog>.<layer>.<table>`)."""

    def __init__(self, spark: SparkSession, config: Config) -> None:
        self.spark = spark
        self.root = config.path(config.lake.root).rstrip("/")
        self.catalog = config.lake.catalog

    def location(self, name: str) -> str:
        """The table's path, or its name in the catalog."""
        if self.catalog:
            return f"{self.catalog}.{name}"
        return f"{self.root}/{name.replace('.', '/')}"

    def sql_name(self, name: str) -> str:
        """The table as SQL names it."""
        return self.location(name) if self.catalog else f"delta.`{self.location(name)}`"

    def delta(self, name: str) -> DeltaTable:
        """Delta's own handle of a table."""
        if self.catalog:
            return DeltaTable.forName(self.spark, self.location(name))
        return DeltaTable.forPath(self.spark, self.location(name))

    def exists(self, name: str) -> bool:
        """True when the table has been created."""
        if self.catalog:
            return self.spark.catalog.tableExists(self.location(name))
        return DeltaTable.isDeltaTable(self.spark, self.location(name))

    def version(self, name: str) -> int:
        """The newest version."""
        return int(self._snapshot(name).version())

    def is_empty(self, name: str) -> bool:
        """True when a table has no file, and so no row."""
        snapshot = self._snapshot(name)
        known = snapshot.numOfFilesIfKnown()  # as the commit wrote it down; to count them anew is a Spark job
        return int(known.get() if known.isDefined() else snapshot.numOfFiles()) == 0

    def _snapshot(self, name: str) -> Any:
        """The newest snapshot, from the log that Delta holds in memory; what its API offers are Spark jobs."""
        jvm = self.spark._jvm
        # A commit of another engine has no checksum file, so that Delta needs a session in this very thread.
        self.spark._get_j_spark_session_class(jvm).setActiveSession(self.spark._jsparkSession)
        none = jvm.scala.Option.empty()  # type: ignore[union-attr]
        return self.delta(name)._jdt.deltaLog().update(False, none, none)

    def last_commit(self, name: str) -> Commit:
        """The newest commit of a table."""
        return next(self.commits(name))

    def commits(self, name: str) -> Iterator[Commit]:
        """A table's commits, the newest first, as far back as its log goes; Delta's history of them is a Spark job."""
        snapshot = self._snapshot(name)
        log, newest = snapshot.deltaLog(), int(snapshot.version())
        # There is no JVM only under Spark Connect, which has no Delta handles either.
        names = self.spark._jvm.org.apache.spark.sql.delta.util.FileNames  # type: ignore[union-attr]
        for version in range(newest, -1, -1):
            try:
                entry = log.store().read(names.unsafeDeltaFile(log.logPath(), version), log.newDeltaHadoopConf())
            except Py4JJavaError as error:
                if "FileNotFoundException" not in str(error):
                    raise
                return  # a checkpoint has taken its place
            # Not by splitlines, which cuts a text at U+2028 too.
            actions = (json.loads(line) for line in str(entry.mkString("\n")).split("\n"))
            info = next(action["commitInfo"] for action in actions if "commitInfo" in action)
            rows = int((info.get("operationMetrics") or {}).get("numOutputRows", 0))
            yield Commit(version, rows, info["operation"], _parse_metadata(info.get("userMetadata")))

    def read(self, name: str, version: int | None = None) -> DataFrame:
        """A table as it is now, or as a version had it.

        Raises:
            InputError: there is no such table, or the version is gone.
        """
        if not self.exists(name):
            raise InputError(
                f"{name}: no such table at {self.location(name)}.",
                "Run the job that writes it (`marketlake plan`).",
            )
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        try:
            return reader.table(self.location(name)) if self.catalog else reader.load(self.location(name))
        except AnalysisException as error:
            raise InputError(f"{name}: version {version} cannot be read: {first_line(error)}") from error

    def count(self, versions: Mapping[str, int]) -> dict[str, int]:
        """Rows of tables at versions. Delta answers from its logs, without reading data, and of several at a time."""
        with ThreadPoolExecutor() as pool:
            counts = pool.map(lambda pinned: self.read(*pinned).count(), versions.items())
            return dict(zip(versions, counts, strict=True))

    def changes(self, name: str, after: int, until: int) -> DataFrame | None:
        """Rows inserted, updated or deleted by the versions after one and up to another; None for no version."""
        if until <= after:
            return None
        reader = self.spark.read.format("delta").option("readChangeFeed", "true")
        reader = reader.options(startingVersion=after + 1, endingVersion=until)
        return reader.table(self.location(name)) if self.catalog else reader.load(self.location(name))

    def create(self, table: Table) -> None:
        """Creates a table with its schema, comments, NOT NULL and CHECK constraints; checks one that exists.

        Raises:
            ContractError: the table exists with other columns; the message shows the difference.
        """
        if self.exists(table.name):
            check_schema(table.name, table.schema, self.read(table.name).schema)
            return
        if self.catalog:
            self.spark.sql(f"CREATE SCHEMA IF NOT EXISTS {self.catalog}.{table.layer}")
        try:
            self.spark.sql(_create_statement(self.sql_name(table.name), table))
        except AnalysisException:
            if not self._created_meanwhile(table.name):
                raise

    def _created_meanwhile(self, name: str) -> bool:
        """True when another writer finishes creating the table within seconds."""
        for _ in range(50):
            if self.exists(name):
                return True
            time.sleep(0.1)
        return False


def _parse_metadata(metadata: str | None) -> dict[str, Any]:
    """A commit's userMetadata as a mapping; empty where another writer put other text there."""
    try:
        values = json.loads(metadata or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def check_schema(name: str, expected: T.StructType, found: T.StructType) -> None:
    """Compares names and types of columns.

    Raises:
        ContractError: with a line for each column that is missing, unknown or of another type.
    """
    want = {f.name: f.dataType.simpleString() for f in expected}
    have = {f.name: f.dataType.simpleString() for f in found}
    lines = [f"- {column} {kind} (missing)" for column, kind in want.items() if column not in have]
    lines += [f"+ {column} {kind} (unknown)" for column, kind in have.items() if column not in want]
    lines += [
        f"~ {column}: expected {kind}, found {have[column]}"
        for column, kind in want.items()
        if column in have and have[column] != kind
    ]
    if lines:
        raise ContractError(
            f"{name}: the columns are not as expected: {'; '.join(lines)}.",
            "Correct the source or its mapping; an intended change of the table is a migration, not a load.",
        )


def first_line(error: Exception) -> str:
    """Spark's reason without its plan and stack."""
    text = str(getattr(error, "java_exception", error))
    return next((line for line in text.splitlines() if line.strip()), type(error).__name__)


def _create_statement(name: str, table: Table) -> str:
    """SQL, and not Delta's builder, which takes no name of three parts."""
    columns = [
        f"`{column.name}` {column.type}{' NOT NULL' if column.required else ''} COMMENT {_quoted(column.comment)}"
        for column in table.columns
    ]
    properties = {f"delta.constraints.{check}": condition for check, condition in table.checks.items()}
    if table.change_feed:
        properties["delta.enableChangeDataFeed"] = "true"
    # Minimum and maximum of a personal column would outlive its erasure in the log.
    properties["delta.dataSkippingStatsColumns"] = ",".join(_with_statistics(table))
    layout = ""
    if table.partition_by:
        layout = f"PARTITIONED BY ({', '.join(table.partition_by)})"
    elif table.cluster_by:
        layout = f"CLUSTER BY ({', '.join(table.cluster_by)})"
    options = ", ".join(f"{_quoted(key)} = {_quoted(value)}" for key, value in properties.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {name} ({', '.join(columns)}) USING delta {layout} "
        f"COMMENT {_quoted(table.summary)} TBLPROPERTIES ({options})"
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _with_statistics(table: Table) -> list[str]:
    """Columns by which readers select rows; each further one makes every write slower."""
    wanted = (*table.key, *table.cluster_by, table.date_column, table.updated_at)
    simple = (T.StringType, T.NumericType, T.DateType, T.TimestampType)
    comparable = {f.name for f in table.schema if isinstance(f.dataType, simple)}
    left_out = {column.name for column in table.columns if column.personal} | set(table.partition_by)
    return [name for name in dict.fromkeys(wanted) if name in comparable - left_out]
