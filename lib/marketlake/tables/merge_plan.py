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


def count_ranked(table: Table, ranked: DataFrame, arrival: Arrival) -> tuple[dict[str | None, int], DaySpan]:
    """Rows by outcome (None for those that are still to be compared), and the days that the load may touch.

    The days are without bounds where the key holds no date, or a complete source may delete on any day.
    """
    in_key = table.date_column in table.key
    day = F.col(str(table.date_column)) if in_key else F.lit(None).cast("date")
    found = ranked.groupBy(OUTCOME).agg(F.count(F.lit(1)).alias("rows"), F.collect_set(day).alias("days")).collect()
    counts = {row[OUTCOME]: row["rows"] for row in found}
    if not in_key or arrival.complete == "file":
        return counts, DaySpan()
    days = sorted({each for row in found if row[OUTCOME] is None for each in row["days"]} | set(arrival.days))
    name = str(table.date_column)
    return counts, DaySpan(name, days[0], days[-1], tuple(days)) if days else DaySpan(name)


def outdated_days(table: Table, old: DataFrame, arrival: Arrival) -> list[date]:
    """Days of which a later run date has brought rows of the same source."""
    later = (F.col("source") == F.lit(arrival.source)) & (F.col("load_date") > F.lit(arrival.run_date))
    return [row[0] for row in old.where(later).select(str(table.date_column)).distinct().collect()]


def count_outcomes(outcomes: DataFrame) -> dict[str, int]:
    """Rows by outcome."""
    return {row[OUTCOME]: row["count"] for row in outcomes.groupBy(OUTCOME).count().collect()}
