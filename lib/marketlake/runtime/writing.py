"""The only code that writes Delta: the snapshot of a day, a merge by key, and an append to a ledger.

A snapshot or a merge gives the same table when it is repeated, and when days come in another order.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import Column, DataFrame, DataFrameWriterV2, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.runtime.lake import Commit, Lake, check_schema
from marketlake.tables.table import Table

METADATA = "spark.databricks.delta.commitInfo.userMetadata"

# Two threads of a run that merge into one table wait, instead of one of them losing its work.
_LOCKS: dict[str, threading.Lock] = defaultdict(threading.Lock)


class Writer:
    """Writes tables of a lake in the name of one run of a job."""

    def __init__(self, lake: Lake, run: Mapping[str, str], inputs: Mapping[str, int]) -> None:
        self.lake, self.run, self.inputs = lake, run, inputs
        self.code_version = run["code_version"]

    @property
    def metadata(self) -> str:
        """The userMetadata of a commit: the run, and the versions of the tables that it has read so far."""
        return json.dumps({**self.run, "inputs": dict(self.inputs)}, sort_keys=True)

    def create(self, table: Table) -> None:
        """Creates a table that does not exist; checks the columns of one that does."""
        self.lake.spark.conf.set(METADATA, self.metadata)
        self.lake.create(table)

    def replace_day(
        self, table: Table, rows: DataFrame, run_date: date, partition: Mapping[str, Sequence[str]] | None = None
    ) -> Commit:
        """Replaces the rows of one run date in one commit, even by none.

        Args:
            table: a snapshot table.
            rows: columns in any order; all of them of that run date (and of `partition`).
            run_date: the day that is replaced.
            partition: further partition columns with their values, to replace only a part of the day.
        """
        same_part = F.col("run_date") == F.lit(run_date)
        for column, values in (partition or {}).items():
            same_part &= F.col(column).isin(list(values))
        self._prepared(table, rows).overwrite(same_part)
        return self.lake.last_commit(table.name)

    def append(self, table: Table, rows: DataFrame) -> None:
        """Adds rows; for ledgers whose rows have their own identity."""
        self._prepared(table, rows).append()

    def merge(self, table: Table, rows: DataFrame) -> Commit:
        """Upserts by key; the newest `updated_at` wins, and of two equally new rows the same one every time.

        A row without `updated_at` is older than any other: it makes sure that the key exists.
        """
        with _LOCKS[self.lake.location(table.name)]:
            self.create(table)
            check_schema(table.name, table.schema, rows.schema)
            newest = newest_by_key(table, rows.select(*table.column_names))
            if self.lake.is_empty(table.name):
                # Nothing to match. Overwriting conflicts with another first writer, as a blind append would not.
                self._prepared(table, newest).overwrite(F.lit(True))
                return self.lake.last_commit(table.name)
            return self._merged(table, newest)

    def _merged(self, table: Table, newest: DataFrame) -> Commit:
        same_key = " AND ".join(f"old.{column} <=> new.{column}" for column in table.key)
        self.lake.spark.conf.set(METADATA, self.metadata)
        changed = (
            self.lake.delta(table.name)
            .alias("old")
            .merge(newest.alias("new"), f"{same_key}{self._days_touched(table, newest)}")
            .whenMatchedUpdateAll(condition=_order(table, "new") > _order(table, "old"))
            .whenNotMatchedInsertAll()
            .execute()
            .collect()[0]
        )
        return Commit(self.lake.version(table.name), changed.num_affected_rows)

    def _days_touched(self, table: Table, newest: DataFrame) -> str:
        """Bounds on a date in the key, so that a merge opens only the files of the days that it brings."""
        if table.date_column not in table.key:
            return ""
        day = str(table.date_column)
        first, last = newest.agg(F.min(day), F.max(day)).collect()[0]
        if first is None:
            return ""
        return f" AND old.{day} BETWEEN DATE'{first}' AND DATE'{last}'"

    def _prepared(self, table: Table, rows: DataFrame) -> DataFrameWriterV2:
        self.create(table)
        check_schema(table.name, table.schema, rows.schema)
        named = rows.select(*table.column_names).writeTo(self.lake.sql_name(table.name))
        return named.option("userMetadata", self.metadata)


def newest_by_key(table: Table, rows: DataFrame) -> DataFrame:
    """One row for each key: the newest, ties decided by the rows' content and so alike on every run."""
    order = Window.partitionBy(*table.key).orderBy(_order(table).desc())
    # Asked as `row_number() = 1`, Spark would sort before the shuffle too, which nearly unique keys do not repay.
    has_newer = F.lag(F.lit(True)).over(order)
    return rows.withColumn("_has_newer", has_newer).where("_has_newer is null").drop("_has_newer")


def _order(table: Table, alias: str | None = None) -> Column:
    """The order of rows of a key: by `updated_at`, then by a hash of the content."""
    prefix = f"{alias}." if alias else ""
    # xxhash64 passes over nulls, so that ('a', null) and (null, 'a') would look alike without their mask.
    content = [
        part
        for f in table.schema
        for part in (_hashable(F.col(f"{prefix}{f.name}"), f.dataType), F.isnull(f"{prefix}{f.name}"))
    ]
    newer = F.col(f"{prefix}{table.updated_at}") if table.updated_at else F.lit(None).cast("timestamp")
    return F.struct(newer.alias("newer"), F.xxhash64(*content).alias("content"))


def _hashable(column: Column, kind: T.DataType) -> Column:
    return F.to_json(column) if isinstance(kind, T.MapType) else column
