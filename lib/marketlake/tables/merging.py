"""Outcome of each row that is brought to a merged table: what it changes there, or why it changes nothing.

Newest first are rows with the later `updated_at` (a row without one is older than any), of equal ones the later run
date, then the later edition of one source. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Literal

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.tables.table import Table

OUTCOME = "_outcome"
INSERTED, UPDATED, DELETED = "inserted", "updated", "deleted"
SAME, SUPERSEDED, COLLIDED = "same", "superseded", "collided"
REFRESHED = "refreshed"  # unchanged, but brought again by a later run date; counts as same
NOTES = "_notes"  # names of what is odd in a row, which is counted
REJECTED = "rejected"  # by a rule, before it met any other row
CHANGES = (INSERTED, UPDATED, REFRESHED, DELETED)  # outcomes that write

_CONTENT, _OLD = "_content", "_old_"


@dataclass(frozen=True)
class Arrival:
    """How the rows of one load meet those of a table.

    Attributes:
        run_date: of the load.
        source: that brings the rows.
        only_new: the rows name keys and nothing else, and change no row that is there.
        order_again: for lines without numbers of their own, the answer to an order of an earlier load that comes
            again with other lines; None for lines with numbers, which are merged one by one.
        complete: `file` when rows of the source that this load lacks are to be deleted, `day` only on its days.
        days: the days of `complete: day`; of a dated path the run date, and those of the rows.
        outdated_days: those of which a later run date has brought rows.
        is_outdated: a later run date has loaded the complete source; nothing of this load is newer.
    """

    run_date: date | None = None
    source: str | None = None
    only_new: bool = False
    order_again: Literal["collides", "replaces", "adds"] | None = None
    complete: Literal["file", "day"] | None = None
    days: Sequence[date] = ()
    outdated_days: Sequence[date] = ()
    is_outdated: bool = False


def rank_rows(table: Table, rows: DataFrame) -> DataFrame:
    """Finds the rows of a load that another one of the same key makes unnecessary.

    Args:
        table: a merged table.
        rows: its columns and others; a row whose `_outcome` is already set takes no part.

    Returns:
        `rows` with `_outcome`: null for the newest of each key, else same, superseded or collided; and `_content`.
    """
    decided = F.col(OUTCOME) if OUTCOME in rows.columns else F.lit(None).cast("string")
    hashed = rows.withColumn(OUTCOME, decided).withColumn(_CONTENT, _content_hash(table))
    newer = F.col(table.updated_at) if table.updated_at else F.lit(None).cast("timestamp")
    # Rows that are already decided may have no key; among themselves they are not ranked.
    of_key = Window.partitionBy(*table.key, F.isnull(OUTCOME)).orderBy(newer.desc_nulls_last(), F.col(_CONTENT).desc())
    first_newer, first_content = F.first(newer).over(of_key), F.first(_CONTENT).over(of_key)
    ranked = hashed.withColumns(
        {"_follows": F.lag(F.lit(True)).over(of_key), "_newer": first_newer, "_first": first_content}
    )
    is_other = F.isnull(OUTCOME) & F.isnotnull("_follows")
    lost = (
        F.when(F.col(_CONTENT) == F.col("_first"), SAME)
        .when(newer.eqNullSafe(F.col("_newer")), COLLIDED)
        .otherwise(SUPERSEDED)
    )
    return ranked.withColumn(OUTCOME, F.when(is_other, lost).otherwise(F.col(OUTCOME))).drop(
        "_follows", "_newer", "_first"
    )


def compare_rows(table: Table, ranked: DataFrame, old: DataFrame, arrival: Arrival) -> DataFrame:
    """Decides what each row of a load does to the rows of a table.

    Args:
        table: a merged table.
        ranked: `rank_rows` of the load.
        old: rows of the table; those of all keys, orders and days that the load may touch.
        arrival: how they meet.

    Returns:
        the rows of `ranked`, each with an `_outcome`, and the rows of `old` to be deleted, as `deleted`.
    """
    versions = [name for name in (table.updated_at, "load_date", "source") if name in table.column_names]
    seen = old.withColumn(_CONTENT, _content_hash(table))
    kept = [*table.column_names, _CONTENT]
    seen = seen.select(*(F.col(name).alias(f"{_OLD}{name}") for name in kept), F.lit(True).alias(_OLD))
    same_key = reduce(and_, (F.col(name).eqNullSafe(F.col(f"{_OLD}{name}")) for name in table.key))
    may_delete = arrival.complete or arrival.order_again
    joined = ranked.join(seen, same_key & F.isnull(OUTCOME), "full" if may_delete else "left")

    is_new, is_old = F.isnotnull(_CONTENT), F.isnotnull(_OLD)
    version, old_version = F.struct(*versions), F.struct(*(F.col(f"{_OLD}{name}").alias(name) for name in versions))
    unchanged = F.col(_CONTENT) == F.col(f"{_OLD}{_CONTENT}")
    met = (
        F.when(F.lit(arrival.only_new) | (unchanged & (version <= old_version)), SAME)
        .when(unchanged, REFRESHED)
        .when(version >= old_version, UPDATED)
        .otherwise(SUPERSEDED)
    )
    unmet, gone = F.lit(INSERTED), F.lit(None).cast("string")
    if arrival.order_again:
        joined, unmet, gone = _meet_orders(table, joined, arrival, version, old_version)
    if arrival.complete:
        unmet, gone = _meet_editions(table, arrival, unmet, gone)
    found = F.when(is_new & is_old, met).when(is_new, unmet).otherwise(gone)
    outcomes = joined.withColumn(OUTCOME, F.coalesce(OUTCOME, found)).where(F.isnotnull(OUTCOME))
    if not may_delete:
        return outcomes.select(*ranked.columns)
    is_deleted = F.isnull(_CONTENT)  # a row of the table alone
    taken = [
        F.when(is_deleted, F.col(f"{_OLD}{name}")).otherwise(F.col(name)).alias(name)
        if name in table.column_names
        else F.col(name)
        for name in ranked.columns
    ]
    return outcomes.select(*taken)


def _meet_orders(
    table: Table, joined: DataFrame, arrival: Arrival, version: Column, old_version: Column
) -> tuple[DataFrame, Column, Column]:
    """Outcomes of lines without numbers: those that are new, and those of the table that did not come again.

    What the same source brought for the same run date is an earlier edition of this load, and gives way to it.
    """
    parent = [name for name in table.key if name != table.line_id]
    named = joined.withColumns(
        {f"_parent_{name}": F.coalesce(F.col(name), F.col(f"{_OLD}{name}")) for name in parent}
    ).withColumn("_undecided", F.isnull(OUTCOME))
    of_order = Window.partitionBy(*(f"_parent_{name}" for name in parent), "_undecided")
    is_edition = (F.col(f"{_OLD}load_date") == F.lit(arrival.run_date)) & (
        F.col(f"{_OLD}source") == F.lit(arrival.source)
    )
    is_earlier = F.isnotnull(_OLD) & ~is_edition
    about = named.withColumns(
        {
            "_comes": F.max(F.isnotnull(_CONTENT)).over(of_order),
            "_is_known": F.max(is_earlier).over(of_order),
            "_newest": F.max(F.when(F.isnotnull(_CONTENT), version)).over(of_order),
            "_newest_old": F.max(F.when(F.isnotnull(_OLD), old_version)).over(of_order),
        }
    )
    is_known = F.coalesce(F.col("_is_known"), F.lit(False))
    if arrival.order_again == "replaces":
        wins = F.isnull("_newest_old") | (F.col("_newest") >= F.col("_newest_old"))
        unmet = F.when(wins, INSERTED).otherwise(SUPERSEDED)
        gone = F.when(F.col("_comes") & wins, DELETED)
    else:
        unmet = F.when(is_known, COLLIDED).otherwise(INSERTED) if arrival.order_again == "collides" else F.lit(INSERTED)
        gone = F.when(F.col("_comes") & is_edition, DELETED)
    return about, unmet, gone


def _meet_editions(table: Table, arrival: Arrival, unmet: Column, gone: Column) -> tuple[Column, Column]:
    """Outcomes of a complete source: its rows that did not come again go, unless a later run date brought them."""
    if arrival.is_outdated:
        return F.lit(SUPERSEDED), gone
    is_own = F.col(f"{_OLD}source") == F.lit(arrival.source)
    not_later = F.col(f"{_OLD}load_date") <= F.lit(arrival.run_date)
    if arrival.complete == "day":
        is_own &= F.col(f"{_OLD}{table.date_column}").isin(list(arrival.days))
        unmet = F.when(F.col(str(table.date_column)).isin(list(arrival.outdated_days)), SUPERSEDED).otherwise(unmet)
    return unmet, F.when(is_own & not_later, DELETED).otherwise(gone)


def _content_hash(table: Table) -> Column:
    """A hash of the columns that are compared; xxhash64 passes over nulls, so their mask is part of it."""
    kinds = {f.name: f.dataType for f in table.schema}
    parts = [part for n in table.content for part in (_hashable(F.col(n), kinds[n]), F.isnull(n))]
    return F.xxhash64(*parts) if parts else F.lit(0).cast("bigint")


def _hashable(column: Column, kind: T.DataType) -> Column:
    return F.to_json(column) if isinstance(kind, T.MapType) else column
