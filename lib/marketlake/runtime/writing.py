"""The only code that writes Delta: the snapshot of a day, a merge by key, and an append to a ledger.

A snapshot or a merge gives the same table when it is repeated, and when days come in another order.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date

from pyspark.sql import Column, DataFrame, DataFrameWriterV2
from pyspark.sql import functions as F

from marketlake.runtime.errors import LostRaceError
from marketlake.runtime.lake import Commit, Lake, check_schema
from marketlake.tables.merge_plan import DaySpan, MergePlan, count_outcomes, count_ranked, outdated_days
from marketlake.tables.merging import (
    CHANGES,
    DELETED,
    INSERTED,
    OUTCOME,
    REFRESHED,
    SUPERSEDED,
    UPDATED,
    Arrival,
    compare_rows,
    rank_rows,
)
from marketlake.tables.table import Table

METADATA = "spark.databricks.delta.commitInfo.userMetadata"

# Two threads of a run that merge into one table wait, instead of one of them losing its work.
_LOCKS: dict[str, threading.RLock] = defaultdict(threading.RLock)


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

    def merge(self, table: Table, rows: DataFrame, arrival: Arrival | None = None) -> Commit:
        """Upserts by key; the newest `updated_at` wins, of equal ones the later run date.

        A row without `updated_at` is older than any other.
        """
        with self.locked([table]):
            plan = self.plan(table, rows.select(*table.column_names), arrival or Arrival())
            try:
                return self.apply(plan)
            finally:
                plan.close()

    @contextmanager
    def locked(self, tables: Iterable[Table]) -> Iterator[None]:
        """Keeps the other threads of the run from merging into tables between a plan and its writing."""
        with ExitStack() as locks:
            for name in sorted({table.name for table in tables}):  # in one order, so that no two threads wait in a ring
                locks.enter_context(_LOCKS[self.lake.location(name)])
            yield

    def plan(self, table: Table, rows: DataFrame, arrival: Arrival, among: str | None = None) -> MergePlan:
        """Decides, and keeps, what each row would do to a table; writes no row. Close it after use.

        Args:
            table: a merged table; created here where it does not exist.
            rows: its columns, and `_outcome` for rows that are already decided, which are only counted.
            arrival: how the rows meet those of the table.
            among: condition on the rows of the table that they meet; all of them without it.
        """
        self.create(table)
        check_schema(table.name, table.schema, rows.select(*table.column_names).schema)
        version = self.lake.version(table.name)
        ranked = rank_rows(table, rows).persist()
        try:
            ranks, span = count_ranked(table, ranked, arrival)
            if self.lake.is_empty(table.name):
                only = SUPERSEDED if arrival.is_outdated else INSERTED
                outcomes = ranked.withColumn(OUTCOME, F.coalesce(OUTCOME, F.lit(only)))
                counts = ranks.decided(only)
                return MergePlan(table, version, outcomes, counts, span, [ranked], is_first=True)
            old = span.of(self.lake.read(table.name, version))
            old = old.where(among) if among else old
            if arrival.complete == "day":
                arrival = replace(
                    arrival, days=arrival.days or span.days, outdated_days=outdated_days(table, old, arrival)
                )
            outcomes = compare_rows(table, ranked, old, arrival).persist()
            return MergePlan(table, version, outcomes, count_outcomes(outcomes), span, [outcomes, ranked])
        except BaseException:
            ranked.unpersist()
            raise

    def plan_decided(self, table: Table, rows: DataFrame, span: DaySpan) -> MergePlan:
        """Keeps rows whose `_outcome` is decided.

        Args:
            table: a merged table, which exists.
            rows: its columns, and `_outcome`.
            span: the days of the rows.
        """
        held = rows.persist()
        is_first = self.lake.is_empty(table.name)
        version = self.lake.version(table.name)
        return MergePlan(table, version, held, count_outcomes(held), span, [held], is_first)

    def apply(self, plan: MergePlan) -> Commit:
        """Writes a plan in one commit; in none where it changes nothing.

        Raises:
            LostRaceError: the table has changed since the plan was made.
        """
        table = plan.table
        if self.lake.version(table.name) != plan.version:
            raise LostRaceError(f"{table.name} has changed since it was read")
        if not any(plan.counts[outcome] for outcome in CHANGES):
            return Commit(plan.version, 0)
        changes = plan.rows.where(F.col(OUTCOME).isin(*CHANGES)).select(*table.column_names, OUTCOME)
        if plan.is_first:
            # Nothing to match. Overwriting conflicts with another first writer, as a blind append would not.
            self._prepared(table, changes.drop(OUTCOME)).overwrite(F.lit(True))
            return self.lake.last_commit(table.name)
        return self._merged(plan, changes)

    def _merged(self, plan: MergePlan, changes: DataFrame) -> Commit:
        table = plan.table
        same_key = " AND ".join(f"old.{column} <=> new.{column}" for column in table.key)
        self.lake.spark.conf.set(METADATA, self.metadata)
        merge = self.lake.delta(table.name).alias("old").merge(changes.alias("new"), f"{same_key}{plan.span.sql}")
        if plan.counts[DELETED]:
            merge = merge.whenMatchedDelete(f"new.{OUTCOME} = '{DELETED}'")
        all_columns: dict[str, str | Column] = {f"`{name}`": f"new.`{name}`" for name in table.column_names}
        if plan.counts[UPDATED] or plan.counts[REFRESHED]:
            merge = merge.whenMatchedUpdate(f"new.{OUTCOME} IN ('{UPDATED}', '{REFRESHED}')", all_columns)
        changed = merge.whenNotMatchedInsert(f"new.{OUTCOME} = '{INSERTED}'", all_columns).execute().collect()[0]
        return Commit(self.lake.version(table.name), changed.num_affected_rows)

    def _prepared(self, table: Table, rows: DataFrame) -> DataFrameWriterV2:
        self.create(table)
        check_schema(table.name, table.schema, rows.schema)
        named = rows.select(*table.column_names).writeTo(self.lake.sql_name(table.name))
        return named.option("userMetadata", self.metadata)
