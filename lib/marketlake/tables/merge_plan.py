"""What a load will do to a merged table, decided and kept until it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.tables.merging import OUTCOME, Arrival
from marketlake.tables.table import Table


@dataclass(frozen=True)
class DaySpan:
    """The days of a load where the key holds a date, so that a merge opens only the files of these days.

    Attributes:
        column: the date; empty where the key holds none.
        first: day.
        last: day; both None for a load without rows.
        days: each of them.
    """

    column: str = ""
    first: date | None = None
    last: date | None = None
    days: tuple[date, ...] = ()

    @classmethod
    def over(cls, spans: Iterable[DaySpan]) -> DaySpan:
        """The days of several loads of tables with the same date."""
        column, days = "", set[date]()
        for span in spans:
            column, days = span.column or column, days | set(span.days)
        return cls(column, min(days), max(days), tuple(sorted(days))) if days else cls(column)

    @property
    def sql(self) -> str:
        """The bounds as a further condition of a merge."""
        return f" AND old.{self.column} BETWEEN DATE'{self.first}' AND DATE'{self.last}'" if self.first else ""

    def of(self, rows: DataFrame) -> DataFrame:
        """The rows of these days."""
        return rows.where(F.col(self.column).between(F.lit(self.first), F.lit(self.last))) if self.first else rows


@dataclass(frozen=True)
class MergePlan:
    """What a load will do to a table.

    Attributes:
        table: that is merged into.
        version: of the table that was compared.
        rows: the table's columns and `_outcome`.
        counts: rows by outcome.
        span: the days of the load.
        held: frames that are kept until the plan is closed.
        is_first: the table has no row.
    """

    table: Table
    version: int
    rows: DataFrame
    counts: Mapping[str, int]
    span: DaySpan
    held: Sequence[DataFrame]
    is_first: bool = False

    def close(self) -> None:
        """Lets go of what is kept."""
        for frame in self.held:
            frame.unpersist()


def days_of(table: Table, ranked: DataFrame, arrival: Arrival) -> DaySpan:
    """The days that a load may touch; without bounds where the key holds no date, or a complete source may delete."""
    if table.date_column not in table.key or arrival.complete == "file":
        return DaySpan()
    day = str(table.date_column)
    found = {row[0] for row in ranked.where(F.isnull(OUTCOME)).select(day).distinct().collect()}
    days = sorted(found | set(arrival.days))
    return DaySpan(day, days[0], days[-1], tuple(days)) if days else DaySpan(day)


def outdated_days(table: Table, old: DataFrame, arrival: Arrival) -> list[date]:
    """Days of which a later run date has brought rows of the same source."""
    later = (F.col("source") == F.lit(arrival.source)) & (F.col("load_date") > F.lit(arrival.run_date))
    return [row[0] for row in old.where(later).select(str(table.date_column)).distinct().collect()]


def count_outcomes(outcomes: DataFrame) -> dict[str, int]:
    """Rows by outcome."""
    return {row[OUTCOME]: row["count"] for row in outcomes.groupBy(OUTCOME).count().collect()}
