"""The one object from which a table is created, checked, written and documented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pyspark.sql import types as T

from marketlake.tables.rules import Rule, not_null

Write = Literal["snapshot", "merge", "append"]

MONEY = "decimal(20,4)"
QUANTITY = "decimal(18,3)"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: spelled out, in the field's standard terms.
        type: Spark SQL type (`string`, `decimal(18,2)`, `map<string,int>`).
        comment: one sentence, with the unit.
        required: NOT NULL in the table, and a rule that rejects a row without it.
        personal: information about one person; kept out of statistics and of examples.
    """

    name: str
    type: str
    comment: str
    required: bool = False
    personal: bool = False

    def field(self) -> T.StructField:
        """The column as Spark's schema has it, with its comment."""
        data_type = T.DataType.fromDDL(self.type)
        return T.StructField(self.name, data_type, not self.required, {"comment": self.comment})


@dataclass(frozen=True, eq=False)
class Table:
    """A table of the lake; nothing else describes it.

    Attributes:
        name: `<layer>.<name>`.
        summary: one sentence: what a row is.
        columns: in the order in which they are written.
        key: columns that together are unique.
        write: `snapshot` replaces the rows of one run_date; `merge` keeps the newest row of each key;
            `append` only adds.
        partition_by: columns of the folders on disk. A snapshot is partitioned by run_date, so that days are
            backfilled side by side.
        cluster_by: columns by which files are ordered, for reads that want a part.
        date_column: the column that says when a row happened; a reader for a run date sees the rows up to it.
        updated_at: for `merge`, the column that decides which of two rows of a key is newer.
        rules: conditions beyond the required columns; a row that breaks one is rejected.
        flags: oddities of rows that are kept; the names of those that hold go to the column `flags`.
        nulled: column -> rule; a value that breaks it becomes null and the rule's name a flag, and the row stays.
        line_id: a key column that the loader fills from the row's content where no source gives it.
        computed: columns that the loader fills from other tables, and no mapping.
        references: column -> table in which its value should be found; counted by `describe_data`, never enforced,
            since the other table's row may arrive later.
        checks: name -> SQL condition, a CHECK constraint that no writer can break.
        change_feed: keep the changes of each version, for jobs that read only new rows.
    """

    name: str
    summary: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    write: Write = "snapshot"
    partition_by: tuple[str, ...] = ()
    cluster_by: tuple[str, ...] = ()
    date_column: str | None = None
    updated_at: str | None = None
    rules: tuple[Rule, ...] = ()
    flags: tuple[Rule, ...] = ()
    nulled: Mapping[str, Rule] = field(default_factory=dict)
    line_id: str | None = None
    computed: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    change_feed: bool = False

    def __post_init__(self) -> None:
        """Fails at import when a key, partition or date names no column."""
        named = {*self.key, *self.partition_by, *self.cluster_by, *self.references}
        named |= {
            name for name in (self.date_column, self.updated_at, self.line_id, *self.computed, *self.nulled) if name
        }
        unknown = named - set(self.column_names)
        if unknown:
            raise ValueError(f"{self.name}: no such column: {', '.join(sorted(unknown))}")
        if self.write == "snapshot" and self.partition_by[:1] != ("run_date",):
            raise ValueError(f"{self.name}: a snapshot is partitioned by run_date first")

    @property
    def layer(self) -> str:
        """bronze, silver, gold or ops."""
        return self.name.split(".")[0]

    @property
    def column_names(self) -> list[str]:
        """The names of the columns in the order of the table."""
        return [column.name for column in self.columns]

    @property
    def content(self) -> list[str]:
        """The columns by which two rows of one key are the same: all but the key, sums and where they came from."""
        apart = {*self.key, *self.computed, self.updated_at, "load_date", "source"}
        return [name for name in self.column_names if name not in apart]

    @property
    def schema(self) -> T.StructType:
        """The schema with a comment on every column."""
        return T.StructType([column.field() for column in self.columns])

    def all_rules(self) -> tuple[Rule, ...]:
        """Required columns first, then the table's own rules, then its checks, which would abort the whole write."""
        checks = (Rule(name, condition, f"{condition} does not hold") for name, condition in self.checks.items())
        return (*(not_null(c.name) for c in self.columns if c.required), *self.rules, *checks)
