"""The outcome of a load: rows of each table by outcome, the quarantine and the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.sources import mapping
from marketlake.sources.errors import RejectedRowsError
from marketlake.sources.loads import SourceLoad
from marketlake.tables.merge_plan import Counts
from marketlake.tables.table import Table

ReasonCounts = Mapping[tuple[str, str], Mapping[str, int]]  # source and table -> rule -> rows that broke it


@dataclass(frozen=True)
class RawCounts:
    """Raw rows of a load: all, those declared as skipped, and those that no table takes."""

    rows: int
    skipped: int = 0
    not_mapped: int = 0


@dataclass(frozen=True)
class LoadResult:
    """The outcome of a load, on its way to the quarantine and the ledger.

    Attributes:
        load: the source.
        raw: rows as they came.
        counts: rows of each table.
        quarantined: rejected, collided and not mapped rows: table_name, reasons, raw_row, file.
        files: identities of its files.
    """

    load: SourceLoad
    raw: RawCounts
    counts: Mapping[Table, Counts]
    quarantined: Sequence[DataFrame]
    files: Sequence[str]

    @property
    def over_limit(self) -> list[Excess]:
        """Kinds of rows of which the source has more than it may; then nothing is loaded."""
        most = self.load.max_rejected_share
        found = [Excess("none", "not_mapped", self.raw.not_mapped, self.raw.rows, most)]
        for table, count in self.counts.items():
            found.append(Excess(table.name, "rejected", count["rejected"], count.mapped, most))
            collided = self.load.max_collided_share(table)
            found.append(Excess(table.name, "collided", count["collided"], count.mapped, collided))
        return [excess for excess in found if excess.rows > excess.limit * excess.of]

    @property
    def summary(self) -> str:
        """The line that the log has of it."""
        return f"{self.load.name}: " + ", ".join(f"{t.name} {count.loaded:,}" for t, count in self.counts.items())


class Excess(NamedTuple):
    """Too many rows of one kind: the table (`none` for raw rows), how many of how many, and the limit as a share."""

    table: str
    kind: str
    rows: int
    of: int
    limit: float


def quarantine_rows(results: Sequence[LoadResult], like: DataFrame) -> DataFrame:
    """The quarantined rows of loads, in the columns of ops.quarantine (`like`) except for the run date."""
    none = like.sparkSession.createDataFrame([], like.drop("run_date").schema)
    rows = [rows.withColumn("source", F.lit(each.load.name)) for each in results for rows in each.quarantined]
    return reduce(DataFrame.unionByName, rows, none)


def count_reasons(quarantined: DataFrame) -> ReasonCounts:
    """Rows that broke each rule, by source and table.

    Collected: a row a source, table and rule.
    """
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in mapping.count_reasons(quarantined).collect():
        counts[row.source, row.table_name][row.reason] = row.rows
    return counts


def rejected_rows_error(result: LoadResult, reasons: ReasonCounts) -> RejectedRowsError:
    """The failure of a source with too many rejected, collided or unmapped rows."""
    load, excess = result.load, result.over_limit[0]
    by_rule = ", ".join(f"{name} {rows:,}" for name, rows in reasons.get((load.name, excess.table), {}).items())
    told = {
        "rejected": f"rows for {excess.table} break its contract",
        "collided": f"rows for {excess.table} contradict others, neither being newer",
        "not_mapped": "raw rows are taken by no table and skipped by no filter",
    }[excess.kind]
    advice = {
        "rejected": "correct the source, or raise max_rejected_share in its file.",
        "collided": "correct the source, order_source, line_id, updated_at, order_again; or raise max_collided_share.",
        "not_mapped": "correct the filters, or declare the rows in skip.",
    }[excess.kind]
    return RejectedRowsError(
        f"{load.name}: {excess.rows:,} of {excess.of:,} {told} "
        f"({excess.rows / excess.of:.2%}, limit {excess.limit:.2%}): {by_rule}. Nothing of it was loaded.",
        f"See ops.quarantine where source = '{load.name}' and run_date = '{load.run_date}'; {advice}",
    )


def ledger_rows(results: Iterable[LoadResult], reasons: ReasonCounts) -> list[dict[str, Any]]:
    """Rows of ops.source_loads: one for each table of each load."""
    return [
        {
            "run_date": result.load.run_date,
            "source": result.load.name,
            "table_name": table.name,
            "raw_rows": result.raw.rows,
            "skipped_rows": result.raw.skipped,
            "not_mapped_rows": result.raw.not_mapped,
            "mapped_rows": count.mapped,
            "inserted_rows": count["inserted"],
            "updated_rows": count["updated"],
            "same_rows": count["same"] + count["refreshed"],
            "superseded_rows": count["superseded"],
            "collided_rows": count["collided"],
            "rejected_rows": count["rejected"],
            "deleted_rows": count["deleted"],
            "reasons": dict(reasons.get((result.load.name, table.name), {})),
            "flags": dict(count.notes),
            "files": list(result.files),
            "fingerprint": result.load.source.fingerprint(result.files),
        }
        for result in results
        for table, count in result.counts.items()
    ]
