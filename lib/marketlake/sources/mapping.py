"""Maps raw rows to rows of a contract table, each with the rules that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.errors import AnalysisException
from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.sources.source import UNREADABLE, Mapping
from marketlake.tables import rules
from marketlake.tables.table import Column, Table

IS_REJECTED, REASONS, RAW, FILE = "_is_rejected", "_reasons", "_raw", "_file"
FILLED_HERE = {"updated_at", "flags", "source"}  # by the ingestion, in every table; never by an expression of `columns`


@dataclass(frozen=True)
class RowCounts:
    """Rows of one table in a load.

    Attributes:
        rows: rows after the mapping's explosion, filter and grouping.
        rejected: rows that broke a rule.
        flags: flag -> accepted rows for which it holds.
    """

    rows: int
    rejected: int
    flags: dict[str, int]

    @property
    def rejected_share(self) -> float:
        """Share of rows that broke a rule; 0 of no rows."""
        return self.rejected / self.rows if self.rows else 0.0


def map_rows(raw: DataFrame, mapping: Mapping, table: Table, *, source: str) -> DataFrame:
    """The rows of one table, accepted and rejected.

    Args:
        raw: rows of the source's bronze table.
        mapping: the source's expressions for this table.
        table: the contract.
        source: the source's name, for the column of that name.

    Returns:
        the table's columns, `_is_rejected`, `_reasons` (array<string>; empty for an accepted row), `_raw` (the row as
        it came, as JSON; of a group the grouped columns) and `_file`.

    Raises:
        ValueError: a column that the contract does not have, one to explode that is no array, or an expression that
            Spark refuses, named with its column and Spark's reason.
    """
    unknown = set(mapping.columns) - set(table.column_names) | (FILLED_HERE & set(mapping.columns))
    if unknown:
        raise ValueError(f"columns.{min(unknown)}: not a column of {table.name} that a mapping fills.")
    unknown = set(mapping.group_by) - set(raw.columns)
    if unknown:
        raise ValueError(f"group_by: no such column: {min(unknown)}; the source has {', '.join(raw.columns)}.")
    kept = F.to_json(F.struct(*[c for c in raw.columns if c not in ("run_date", FILE)]))
    rows = raw.withColumn(RAW, kept)
    if mapping.explode:
        rows = rows.withColumn(mapping.explode, _elements(raw, mapping.explode))
    # The values of an unreadable line may be in the wrong columns: it passes every filter, and enters no group.
    broken_line = [UNREADABLE] if UNREADABLE in raw.columns else []
    if mapping.filter:
        wanted = _checked(rows, f"CAST({mapping.filter} AS BOOLEAN)", "filter")
        rows = rows.where(reduce(or_, (F.isnotnull(name) for name in broken_line), wanted))
    expressions = _expressions(mapping, table)
    try:
        values = [F.expr(text).alias(f"_value_{name}") for name, text in expressions.items()]
        values.append(F.lit(source).alias("_value_source"))
        if mapping.group_by:
            grouped = [*mapping.group_by, *broken_line]
            first = [F.to_json(F.struct(*grouped)).alias(RAW), F.min(FILE).alias(FILE)]
            found = rows.groupBy(*grouped).agg(*values, *first)
        else:
            found = rows.select(*values, RAW, FILE, *broken_line)
    except Exception:  # Spark raises different types for an unknown name and for invalid SQL
        # Finds the wrong expression; one by one only now, since each costs an analysis.
        for name, text in expressions.items():
            _checked(rows, text, f"columns.{name}", grouped=mapping.group_by)
        raise
    return _apply_rules(found, table)


def count_rows(rows: DataFrame, table: Table) -> RowCounts:
    """Counts all rows, rejected rows, and accepted rows with each flag, in one scan."""
    flags = table.flags if "flags" in table.column_names else ()
    each = [F.count_if(~F.col(IS_REJECTED) & F.expr(flag.holds)).alias(f"flag {flag.name}") for flag in flags]
    totals = (F.count(F.lit(1)).alias("rows"), F.count_if(IS_REJECTED).alias("rejected"))
    found = rows.agg(*totals, *each).collect()[0].asDict()
    by_flag = {flag.name: n for flag in flags if (n := found[f"flag {flag.name}"])}
    return RowCounts(rows=found["rows"], rejected=found["rejected"], flags=by_flag)


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


def _apply_rules(found: DataFrame, table: Table) -> DataFrame:
    """Casts to the contract's types, then checks every rule."""
    have = set(found.columns)
    cast = [_cast(column, have) for column in table.columns if column.name != "flags"]
    carried = [name for name in found.columns if name.startswith("_value_")]
    typed = found.select(*cast, *carried, RAW, FILE, *([UNREADABLE] if UNREADABLE in have else []))
    failed = [_cast_failure(c) for c in table.columns if f"_value_{c.name}" in have]
    if UNREADABLE in have:
        message = F.lit("unreadable_line: the line is not of the declared format")
        failed.append((F.col(UNREADABLE).isNotNull(), message))
    failed += [(rule.broken(), rule.reason()) for rule in table.all_rules()]
    # The condition alone is cheap; the texts are made for the few rows that it holds for.
    is_rejected = reduce(or_, (broken for broken, _ in failed), F.lit(False))
    texts = F.array_compact(F.array(*(F.when(broken, text) for broken, text in failed)))
    flags = [rules.names_that_hold(table.flags).alias("flags")] if "flags" in table.column_names else []
    reasons = F.when(is_rejected, texts).otherwise(F.array())
    checked = typed.select("*", *flags, is_rejected.alias(IS_REJECTED), reasons.alias(REASONS))
    return checked.select(*table.column_names, IS_REJECTED, REASONS, RAW, FILE)


def _cast(column: Column, have: set[str]) -> SparkColumn:
    value = f"_value_{column.name}"
    if value not in have:
        return F.lit(None).cast(column.type).alias(column.name)
    return F.expr(f"TRY_CAST(`{value}` AS {column.type})").alias(column.name)


def _cast_failure(column: Column) -> tuple[SparkColumn, SparkColumn]:
    """The condition that a value is present but not of the contract's type, and its message."""
    value = F.col(f"_value_{column.name}")
    found = F.concat(F.lit(f"{column.name}_not_{_word(column)}: found "), value.cast("string"))
    return value.isNotNull() & F.col(column.name).isNull(), F.concat(found, F.lit(f", expected {column.type}"))


def _word(column: Column) -> str:
    return column.type.split("(")[0].split("<")[0]


def _checked(rows: DataFrame, text: str, where: str, grouped: Sequence[str] = ()) -> SparkColumn:
    """The expression, once Spark has accepted it for these rows."""
    try:
        column = F.expr(text)
        _ = (rows.groupBy(*grouped).agg(column.alias("x")) if grouped else rows.select(column.alias("x"))).schema
    except Exception as error:
        # Spark raises an AnalysisException for an unknown name, and others for invalid SQL.
        verdict = "" if isinstance(error, AnalysisException) else " is not Spark SQL"
        reason = next(line for line in str(error).splitlines() if line.strip())
        raise ValueError(f"{where}: {text!r}{verdict}: {reason}") from None
    return column
