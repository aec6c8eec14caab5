"""An outside source, as declared in its YAML file: how it is read, and how it maps to contract tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from marketlake.settings import Settings

Format = Literal["csv", "json", "parquet", "delta", "jdbc"]
UNREADABLE = "_unreadable"


class Reading(Settings):
    """How the raw rows are read.

    Attributes:
        format: `json` is JSON lines. `csv` has a header.
        path: below the folder of raw data, or an address; may be a glob. With `{date}` (or `{date:%Y%m%d}`) each
            run date has its own file; without it, every file that no other run date has loaded is taken.
        options: Spark's reader options; `{date}` is filled in, `${NAME}` is a secret of the environment.
        schema: the columns as they come (DDL), for csv and json; strings, unless there is a reason.
    """

    format: Format
    path: str | None = None
    options: dict[str, SecretStr | str] = {}
    raw_schema: str | None = Field(None, alias="schema")

    @property
    def is_dated(self) -> bool:
        """True when each run date has its own file."""
        return self.path is not None and "{date" in self.path

    @property
    def in_files(self) -> bool:
        """True when the source consists of files that can be listed."""
        return self.format in ("csv", "json", "parquet")

    def path_on(self, run_date: date) -> str:
        """The path with the run date filled in."""
        return (self.path or "").format(date=run_date)

    def options_on(self, run_date: date) -> dict[str, str]:
        """The reader's options in the clear, with the run date filled in."""
        clear = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in self.options.items()}
        return {key: str(value).replace("{date}", str(run_date)) for key, value in clear.items()}


class Mapping(Settings):
    """How raw rows become rows of one contract table.

    Attributes:
        columns: contract column -> Spark SQL over the raw columns. The result is cast to the contract's type; a value
            that cannot be cast rejects the row with a reason.
        explode: a raw column that is an array; the mapping sees a row an element, under the array's name. A raw row
            whose array is empty or missing is one row with a null element.
        filter: Spark SQL; only raw rows for which it is true belong to this table.
        group_by: raw columns or Spark SQL over them; `columns` are then aggregates, or one of these. Rows of one group
            must come in one load.
        updated_at: Spark SQL for the time of the last change. Of rows without it, the later run date's wins. A
            mapping of key columns alone adds missing keys and changes no row.
        order_again: for lines without `line_id`, the answer to an order of an earlier load that comes again with
            other lines: they collide, they replace the order's lines, or they add to them.
        complete: `file` when each load has all rows of the source, `day` when it has all rows of its days: rows of
            earlier loads that it lacks are deleted.
    """

    columns: dict[str, str]
    explode: str | None = None
    filter: str | None = None
    group_by: list[str] = []
    updated_at: str | None = None
    order_again: Literal["collides", "replaces", "adds"] = "collides"
    complete: Literal["file", "day"] | None = None


class Skip(Settings):
    """Raw rows that no table needs.

    Attributes:
        filter: Spark SQL; raw rows for which it is true are counted, and go nowhere.
        reason: why, for the reader of the file.
    """

    filter: str
    reason: str


class Source(Settings):
    """One outside source.

    Attributes:
        summary: one sentence for the reader of the file.
        read: how the raw rows are read.
        max_rejected_share: share of rows that may be rejected; None for the configuration's.
        max_collided_share: share of rows that may contradict others of the same age; without it none of orders, lines
            and returns, and any of other tables.
        skip: raw rows that no table needs.
        tables: contract table -> mapping.
    """

    summary: str
    read: Reading
    max_rejected_share: float | None = Field(None, ge=0, le=1)
    max_collided_share: float | None = Field(None, ge=0, le=1)
    skip: Skip | None = None
    tables: dict[str, Mapping]

    def fingerprint(self, files: Sequence[str]) -> str:
        """A hash of files (by their identities) and of the mapping."""
        content = json.dumps([self.model_dump(mode="json", by_alias=True), sorted(files)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


def source_files(folder: Path, enabled: Iterable[str]) -> dict[str, Path]:
    """Name of each enabled source (its file below the folder, as a table name) -> the file, which need not exist.

    Args:
        folder: the folder of sources.
        enabled: files or folders below it, without `.yaml`.
    """
    files = [file for name in enabled for file in sorted((folder / name).glob("*.yaml")) or [folder / f"{name}.yaml"]]
    return {"_".join(file.relative_to(folder).with_suffix("").parts): file for file in files}
