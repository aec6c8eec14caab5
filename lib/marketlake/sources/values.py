"""Values of a mapped row: types, what the loader fills itself, and rules; rounding comes last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.sources.source import UNREADABLE
from marketlake.tables.merging import NOTES
from marketlake.tables.rules import Rule
from marketlake.tables.table import Column, Table

IS_REJECTED, REASONS = "_is_rejected", "_reasons"
MISFIT = "_is_misfit"
VALUE = "_value_"  # prefix of what a mapping's expressions gave
WIDE = "decimal(30,10)"  # decimals until their rules have been asked


def typed_rows(found: DataFrame, table: Table, lineage: Mapping[str, SparkColumn]) -> DataFrame:
    """Adds the table's columns to rows of raw values.

    Args:
        found: `_value_<column>` for each mapped column.
        table: the contract.
        lineage: source and load_date.

    Returns:
        `found` with the table's columns, decimals still with ten digits, and `_is_misfit`: a value is present that is
        not of the contract's type. Columns without a value are null.
    """
    have = set(found.columns)
    typed = (
        lineage[column.name].alias(column.name) if column.name in lineage else _typed(column, have)
        for column in table.columns
        if column.name != "flags"
    )
    return found.select("*", *typed).withColumn(MISFIT, reduce(or_, _misfits(table, have), F.lit(False)))


def filled_rows(typed: DataFrame, table: Table, *, folder: str, tells_payment: bool) -> DataFrame:
    """Fills what a source may leave out: the numbering, two of the three amounts, the booked day; nulls wrong clocks.

    Args:
        typed: `typed_rows`.
        table: the contract.
        folder: of the source below the folder of sources, the default numbering of its orders.
        tells_payment: the mapping fills paid_at, so that an order without it was never paid.
    """
    names = set(table.column_names)
    fills: dict[str, SparkColumn] = {}
    if "order_source" in names and "store_id" in names:
        fills["order_source"] = F.coalesce("order_source", F.concat_ws("/", F.lit(folder), "store_id"))
    if _has_amounts(table):
        fills |= _amounts()
    if "booked_date" in names:
        is_order = "paid_at" in names  # a line counts as its order does, which may change it later
        fills["booked_date"] = booked_date(tells_payment=tells_payment) if is_order else F.col("order_date")
    wrong = [F.when(F.expr(f"NOT ({rule.holds})"), rule.name) for rule in table.nulled.values()]
    noted = typed.withColumn(NOTES, F.array_compact(F.array(*wrong)) if wrong else _no_names())
    nulled = {name: F.when(F.expr(rule.holds), F.col(name)) for name, rule in table.nulled.items()}
    return noted.withColumns(fills | nulled) if fills or nulled else noted


def booked_date(*, tells_payment: bool) -> SparkColumn:
    """The day from which an order counts (UTC); null when it was never paid, or cancelled before.

    Args:
        tells_payment: the source tells when an order was paid; else it counts from its own day.
    """
    cancelled = F.col("cancelled_at")
    if tells_payment:
        never = F.isnotnull(cancelled) & (cancelled < F.col("paid_at"))
        return F.when(~F.coalesce(never, F.lit(False)), F.to_date("paid_at"))
    never = F.to_date(cancelled) <= F.col("order_date")
    return F.when(~F.coalesce(never, F.lit(False)), F.col("order_date"))


def checked_rows(filled: DataFrame, table: Table, *, fills_line_id: bool) -> DataFrame:
    """Asks every rule, then rounds to the contract's types.

    Args:
        filled: `filled_rows`.
        table: the contract.
        fills_line_id: the loader gives lines their identity afterwards.

    Returns:
        the table's columns, `_is_rejected`, `_reasons` (array<string>; empty for an accepted row), `_notes` (names of
        flags, of values that were nulled and of amounts that were rounded), and all columns that are not values.
    """
    have = set(filled.columns)
    rules = asked_rules(table, fills_line_id=fills_line_id)
    failed = [(rule.broken(), rule.reason()) for rule in rules]
    if UNREADABLE in have:
        message = F.lit("unreadable_line: the line is not of the declared format")
        failed = [(F.col(UNREADABLE).isNotNull(), message), *failed]
    # The condition alone is cheap; the texts are made for the few rows that it holds for.
    is_rejected = reduce(or_, (broken for broken, _ in failed), F.col(MISFIT))
    misfits = [_cast_failure(c) for c in table.columns if f"{VALUE}{c.name}" in have and c.type != "string"]
    texts = F.array_compact(F.array(*(F.when(broken, text) for broken, text in misfits + failed)))
    names = [F.when(F.expr(flag.holds), F.lit(flag.name)) for flag in asked_flags(table)]
    decimals = [c for c in table.columns if _is_decimal(c) and f"{VALUE}{c.name}" in have]
    names += [F.when(_is_rounded(c), f"{c.name}_rounded") for c in decimals]
    notes = F.concat(F.col(NOTES), F.array_compact(F.array(*names))) if names else F.col(NOTES)
    apart = {*table.column_names, NOTES, MISFIT}
    carried = [name for name in filled.columns if not name.startswith(VALUE) and name not in apart]
    rounded = [_rounded(column) for column in table.columns if column.name != "flags"]
    checked = filled.select(
        *rounded,
        *carried,
        is_rejected.alias(IS_REJECTED),
        F.when(is_rejected, texts).otherwise(F.array()).alias(REASONS),
        notes.alias(NOTES),
    )
    if _has_amounts(table):
        # Rounded one by one, the three might no longer add up.
        adds_up = (F.col("net_amount") + F.col("discount_amount")).cast(filled_type(table, "list_amount"))
        checked = checked.withColumn(
            "list_amount", F.when(~F.col(IS_REJECTED), adds_up).otherwise(F.col("list_amount"))
        )
    flags = {"flags": F.col(NOTES)} if "flags" in table.column_names else {}
    return checked.withColumns(flags).select(*table.column_names, *carried, IS_REJECTED, REASONS, NOTES)


def asked_rules(table: Table, *, fills_line_id: bool) -> list[Rule]:
    """The rules that a mapped row must meet; sums of other tables and identities that come later are not asked for."""
    later = {*table.computed, *((table.line_id,) if fills_line_id else ())}
    required = {f"{name}_missing" for name in later}
    checks = set(table.checks) if "net_amount" in table.computed else set()
    return [rule for rule in table.all_rules() if rule.name not in required | checks]


def asked_flags(table: Table) -> Iterable[Rule]:
    """The flags that a mapped row can have; those of a table with computed columns are set when these are."""
    return () if "flags" in table.computed else table.flags


def filled_type(table: Table, name: str) -> str:
    """The contract's type of a column."""
    return next(column.type for column in table.columns if column.name == name)


def _has_amounts(table: Table) -> bool:
    """True where a mapping gives list, discount and net amount."""
    return {"list_amount", "discount_amount", "net_amount"} <= set(table.column_names) - set(table.computed)


def _amounts() -> dict[str, SparkColumn]:
    """List, discount and net: two give the third; net alone has no discount."""
    whole, off, net = F.col("list_amount"), F.col("discount_amount"), F.col("net_amount")
    zero = F.lit(0)
    return {
        "net_amount": F.coalesce(net, whole - F.coalesce(off, zero)).cast(WIDE),
        "discount_amount": F.coalesce(off, whole - net, zero).cast(WIDE),
        "list_amount": F.coalesce(whole, net + F.coalesce(off, zero)).cast(WIDE),
    }


def _is_decimal(column: Column) -> bool:
    return column.type.startswith("decimal")


def _typed(column: Column, have: set[str]) -> SparkColumn:
    value, kind = f"{VALUE}{column.name}", WIDE if _is_decimal(column) else column.type
    if value not in have:
        return F.lit(None).cast(kind).alias(column.name)
    return F.expr(f"TRY_CAST(`{value}` AS {kind})").alias(column.name)


def _is_rounded(column: Column) -> SparkColumn:
    """A delivered value that has more digits than its column."""
    return F.isnotnull(f"{VALUE}{column.name}") & F.expr(
        f"`{column.name}` <> TRY_CAST(`{column.name}` AS {column.type})"
    )


def _rounded(column: Column) -> SparkColumn:
    if _is_decimal(column):
        return F.expr(f"TRY_CAST(`{column.name}` AS {column.type})").alias(column.name)
    return F.col(column.name)


def _misfits(table: Table, have: set[str]) -> Iterable[SparkColumn]:
    """Conditions on the typed values, so that text and doubles are parsed once."""
    for column in table.columns:
        if f"{VALUE}{column.name}" in have and column.type != "string":
            fits = F.expr(f"TRY_CAST(`{column.name}` AS {column.type})") if _is_decimal(column) else F.col(column.name)
            yield F.isnotnull(f"{VALUE}{column.name}") & F.isnull(fits)


def _cast_failure(column: Column) -> tuple[SparkColumn, SparkColumn]:
    """The condition that a value is present but not of the contract's type, and its message."""
    value = F.col(f"{VALUE}{column.name}")
    found = F.concat(F.lit(f"{column.name}_not_{_word(column)}: found "), value.cast("string"))
    fits = F.expr(f"TRY_CAST(`{VALUE}{column.name}` AS {column.type})")
    return value.isNotNull() & fits.isNull(), F.concat(found, F.lit(f", expected {column.type}"))


def _word(column: Column) -> str:
    return column.type.split("(")[0].split("<")[0]


def _no_names() -> SparkColumn:
    return F.array().cast("array<string>")
