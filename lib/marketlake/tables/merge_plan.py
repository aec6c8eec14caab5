"""Plan of a merge: the outcome of each row of a load, decided and kept until it is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketlake.tables.merging import (
    DELETED,
    INSERTED,
    NOTES,
    OUTCOME,
    REFRESHED,
    REJECTED,
    SAME,
    UPDATED,
    Arrival,
)
from marketlake.tables.table import Table


@dataclass(frozen=True)
class DaySpan:
    """The days of a load where the key holds a date, so that a merge opens only the files of these days.

    Attributes:
        column: the date; empty where the key holds none.
        days: each of them, in order; none for a load without rows.
    """

    column: str = ""
    days: tuple[date, ...] = ()

    @classmethod
    def over(cls, spans: Iterable[DaySpan]) -> DaySpan:
        """The days of several loads of tables with the same date."""
        column, days = "", set[date]()
        for span in spans:
            column, days = span.column or column, days | set(span.days)
        return cls(column, tuple(sorted(days)))

    @property
    def sql(self) -> str:
        """The bounds as a further condition of a merge."""
        return f" AND old.{self.column} BETWEEN DATE'{self.days[0]}' AND DATE'{self.days[-1]}'" if self.days else ""

    def of(self, rows: DataFrame) -> DataFrame:
        """The rows from the first to the last of these days; without days all rows."""
        return rows.where(F.col(self.column).between(F.lit(self.days[0]), F.lit(self.days[-1]))) if self.days else rows


@dataclass(frozen=True)
class Counts:
    """Rows of a load.

    Attributes:
        outcomes: rows by outcome; None for those that are still to be compared.
        notes: rows by what is noted of them, those that are rejected or deleted apart.
    """

    outcomes: Mapping[str | None, int]
    notes: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, outcome: str) -> int:
        """Rows with an outcome."""
        return self.outcomes.get(outcome, 0)

    @property
    def mapped(self) -> int:
        """Rows after the mapping's explosion, filter and grouping."""
        return sum(self.outcomes.values()) - self[DELETED]

    @property
    def loaded(self) -> int:
        """Rows that are in the table, whichever load brought them."""
        return self[INSERTED] + self[UPDATED] + self[SAME] + self[REFRESHED]

    @classmethod
    def from_groups(cls, groups: Iterable[Row]) -> Counts:
        """The sums of groups with `_outcome`, `rows` and, where the load has them, `_notes`."""
        outcomes, notes = Counter[str | None](), Counter[str]()
        for group in groups:
            outcomes[group[OUTCOME]] += group["rows"]
            is_kept = NOTES in group and group[OUTCOME] not in (REJECTED, DELETED)
            for note in group[NOTES] or () if is_kept else ():
                notes[note] += group["rows"]
        return cls(dict(outcomes), dict(sorted(notes.items())))

    def decided(self, outcome: str) -> Counts:
        """These counts, the rows that were still to be compared having one outcome."""
        found: dict[str | None, int] = {name: rows for name, rows in self.outcomes.items() if name}
        found[outcome] = found.get(outcome, 0) + self.outcomes.get(None, 0)
        return Counts(found, self.notes)


@dataclass(frozen=True)
class MergePlan:
    """Outcomes of the rows of a load, and the changes that they make to a table.

    Attributes:
        table: that is merged into.
        version: of the table that was compared.
        rows: the table's columns and `_outcome`.
        counts: rows by outcome, and by what is noted of them.
        span: the days of the load.
        held: frames that are kept until the plan is closed.
        is_first: the table has no row.
    """

    table: Table
    version: int
    rows: DataFrame
    counts: Counts
    span: DaySpan
    held: Sequence[DataFrame]
    is_first: bool = False

    def close(self) -> None:
        """Lets go of what is kept."""
        for frame in self.held:
            frame.unpersist()


def count_ranked(table: Table, ranked: DataFrame, arrival: Arrival) -> tuple[Counts, DaySpan]:
    """Rows by outcome (None for those that are still to be compared), and the days that the load may touch.

    The days are without bounds where the key holds no date, or a complete source may delete on any day.
    """
    in_key = table.date_column in table.key
    day = F.col(str(table.date_column)) if in_key else F.lit(None).cast("date")
    groups = ranked.groupBy(*_counted(ranked)).agg(F.count(F.lit(1)).alias("rows"), F.collect_set(day).alias("days"))
    found = groups.collect()
    counts = Counts.from_groups(found)
    if not in_key or arrival.complete == "file":
        return counts, DaySpan()
    days = sorted({each for row in found if row[OUTCOME] is None for each in row["days"]} | set(arrival.days))
    return counts, DaySpan(str(table.date_column), tuple(days))


def outdated_days(table: Table, old: DataFrame, arrival: Arrival) -> list[date]:
    """Days of which a later run date has brought rows of the same source."""
    later = (F.col("source") == F.lit(arrival.source)) & (F.col("load_date") > F.lit(arrival.run_date))
    return [row[0] for row in old.where(later).select(str(table.date_column)).distinct().collect()]


def count_outcomes(rows: DataFrame) -> Counts:
    """Rows by `_outcome`, and by `_notes` where they have any."""
    return Counts.from_groups(rows.groupBy(*_counted(rows)).agg(F.count(F.lit(1)).alias("rows")).collect())


def _counted(rows: DataFrame) -> list[str]:
    return [name for name in (OUTCOME, NOTES) if name in rows.columns]
