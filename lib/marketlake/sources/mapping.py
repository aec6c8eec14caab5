"""Maps raw rows to rows of a contract table, each with the rules that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from operator import or_

from pyspark.errors import AnalysisException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.sources.line_ids import fill_line_ids
from marketlake.sources.source import UNREADABLE, Mapping
from marketlake.sources.values import (
    IS_REJECTED,
    REASONS,
    VALUE,
    checked_rows,
    filled_rows,
    typed_rows,
)
from marketlake.tables.merging import NOTES
from marketlake.tables.table import Table

RAW, FILE = "_raw", "_file"
FILLED_HERE = {"updated_at", "load_date", "flags", "source", "booked_date"}  # by the loader, in every table


def map_rows(
    raw: DataFrame, mapping: Mapping, table: Table, *, source: str, folder: str = "", run_date: date | None = None
) -> DataFrame:
    """The rows of one table, accepted and rejected.

    Args:
        raw: rows of the source's bronze table.
        mapping: the source's expressions for this table.
        table: the contract.
        source: the source's name, for the column of that name.
        folder: of the source below the folder of sources, for the default `order_source`.
        run_date: of the load.

    Returns:
        the table's columns, `_is_rejected`, `_reasons` (array<string>; empty for an accepted row), `_notes`
        (array<string>: flags, nulled and rounded values), `_raw` (the row as it came, as JSON; of a group the grouped
        columns) and `_file`. Columns that the loader computes from other tables are null.

    Raises:
        ValueError: a column that the contract does not have, one to explode that is no array, or an expression that
            Spark refuses, named with its column and Spark's reason.
    """
    _check_columns(mapping, table)
    kept = F.to_json(F.struct(*[F.col(f"`{c}`") for c in raw.columns if c not in ("run_date", FILE)]))
    rows = raw.withColumn(RAW, kept)
    if mapping.explode:
        rows = rows.withColumn(mapping.explode, _elements(raw, mapping.explode))
    # The values of an unreadable line may be in the wrong columns: it passes every filter, and enters no group.
    broken_line = [UNREADABLE] if UNREADABLE in raw.columns else []
    if mapping.filter:
        wanted = checked_expression(rows, f"TRY_CAST({mapping.filter} AS BOOLEAN)", "filter")
        rows = rows.where(reduce(or_, (F.isnotnull(name) for name in broken_line), wanted))
    grouped = [checked_expression(rows, text, "group_by").alias(text) for text in mapping.group_by]
    expressions = _expressions(mapping, table)
    try:
        values = [F.expr(text).alias(f"{VALUE}{name}") for name, text in expressions.items()]
        if grouped:
            by = [*grouped, *(F.col(name) for name in broken_line)]
            first = [F.to_json(F.struct(*by)).alias(RAW), F.min(FILE).alias(FILE)]
            found = (
                rows.groupBy(*by)
                .agg(*values, *first)
                .select(*(f"{VALUE}{name}" for name in expressions), RAW, FILE, *broken_line)
            )
        else:
            found = rows.select(*values, RAW, FILE, *broken_line)
    except Exception:  # Spark raises different types for an unknown name and for invalid SQL
        # Finds the wrong expression; one by one only now, since each costs an analysis.
        for name, text in expressions.items():
            checked_expression(rows, text, f"columns.{name}", grouped=mapping.group_by)
        raise
    fills_line_id = table.line_id is not None and table.line_id not in mapping.columns
    typed = typed_rows(found, table, {"source": F.lit(source), "load_date": F.lit(run_date).cast("date")})
    filled = filled_rows(typed, table, folder=folder, tells_payment="paid_at" in mapping.columns)
    checked = checked_rows(filled, table, fills_line_id=fills_line_id)
    if fills_line_id:
        checked = fill_line_ids(checked, table)
    return checked.select(*table.column_names, IS_REJECTED, REASONS, NOTES, RAW, FILE)


def accepted_rows(rows: DataFrame, table: Table) -> DataFrame:
    """The rows that meet the contract, in its columns."""
    return rows.where(~F.col(IS_REJECTED)).select(*table.column_names)


def rejected_rows(rows: DataFrame, table: Table) -> DataFrame:
    """The rows that break the contract: table_name, reasons, raw_row, file."""
    return rows.where(IS_REJECTED).select(
        F.lit(table.name).alias("table_name"),
        F.col(REASONS).alias("reasons"),
        F.col(RAW).alias("raw_row"),
        F.col(FILE).alias("file"),
    )


def count_reasons(quarantined: DataFrame) -> DataFrame:
    """Counts the rows that broke each rule; a row may break several.

    Args:
        quarantined: rows of ops.quarantine.

    Returns:
        source, table_name, reason (name of the rule), rows; ordered by these.
    """
    named = quarantined.select("source", "table_name", F.explode("reasons").alias("reason"))
    by_name = named.groupBy("source", "table_name", F.substring_index("reason", ":", 1).alias("reason"))
    return by_name.agg(F.count(F.lit(1)).alias("rows")).orderBy("source", "table_name", "reason")


def _elements(raw: DataFrame, name: str) -> SparkColumn:
    """The elements of an array, one a row; an empty array gives a null, so that its row is not lost."""
    if name not in raw.columns:
        raise ValueError(f"explode: no such column: {name}; the source has {', '.join(raw.columns)}.")
    kind = raw.schema[name].dataType
    if not isinstance(kind, T.ArrayType):
        raise ValueError(f"explode: {name} is {kind.simpleString()}, expected an array.")
    # A line that cannot be read stays one row, whatever could be read of its array.
    readable = F.when(F.isnull(UNREADABLE), F.col(name)) if UNREADABLE in raw.columns else F.col(name)
    return F.explode_outer(readable)


def _expressions(mapping: Mapping, table: Table) -> dict[str, str]:
    """Column of the contract -> Spark SQL."""
    updated_at = {table.updated_at: mapping.updated_at} if mapping.updated_at and table.updated_at else {}
    return mapping.columns | updated_at


def _check_columns(mapping: Mapping, table: Table) -> None:
    """Every column of a mapping is one that a mapping fills."""
    declared = {name.removeprefix("declared_") for name in table.column_names if name.startswith("declared_")}
    for name in sorted(set(mapping.columns) & set(table.computed)):
        advice = f"; a delivered sum is declared_{name}" if name in declared else ""
        raise ValueError(f"columns.{name}: {table.name} takes it from the lines{advice}.")
    unknown = set(mapping.columns) - set(table.column_names) | (FILLED_HERE & set(mapping.columns))
    if unknown:
        raise ValueError(f"columns.{min(unknown)}: not a column of {table.name} that a mapping fills.")
    if mapping.complete == "day" and table.date_column not in table.key:
        raise ValueError(f"complete: day needs a table with a day in its key; {table.name} has none.")


def checked_expression(rows: DataFrame, text: str, where: str, grouped: Sequence[str] = ()) -> SparkColumn:
    """The expression, once Spark has accepted it for these rows.

    Raises:
        ValueError: with its place and Spark's reason.
    """
    try:
        column = F.expr(text)
        _ = (rows.groupBy(*grouped).agg(column.alias("x")) if grouped else rows.select(column.alias("x"))).schema
    except Exception as error:
        # Spark raises an AnalysisException for an unknown name, and others for invalid SQL.
        verdict = "" if isinstance(error, AnalysisException) else " is not Spark SQL"
        reason = next(line for line in str(error).splitlines() if line.strip())
        raise ValueError(f"{where}: {text!r}{verdict}: {reason}") from None
    return column
