"""Errors between a system and its files: duplicates, late rows, typos, missing and wrong values, broken lines."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import DataErrorSettings
from marketlake.simulator.systems import System
from marketlake.simulator.world import MAX_DELAY_DAYS

WRONG_VALUE = "unknown"  # in place of a number or a time


def deliver_with_errors(rows: DataFrame, system: System, rates: DataErrorSettings, draws: Draws) -> DataFrame:
    """Lines that a system sends, with errors, and `delivered_on`.

    Args:
        rows: clean, in the columns of the system.
        system: format, key and fields that can go wrong.
        rates: error rates.
        draws: the seed.

    Returns:
        for csv the columns as text, for json one object a line as `value`; and delivered_on (date).
    """
    columns = rows.columns
    text = [name for name, kind in rows.dtypes if not kind.startswith("array")]
    key = [F.col(f"_key_{name}") for name in system.key]
    keyed = rows.withColumns(
        {f"_key_{name}": F.col(name) for name in system.key} | {"_day": F.col(system.day).cast("date")}
    )
    rows = keyed.withColumns({name: _corrupt_value(system, name, rates, draws, key) for name in text})
    is_duplicate = draws.bernoulli(rates.duplicate_share, f"{system.name} duplicate", *key)
    copies = F.when(is_duplicate, F.array(F.lit(0), F.lit(1))).otherwise(F.array(F.lit(0)))
    rows = rows.withColumn("_copy", F.explode(copies))
    is_late = draws.bernoulli(rates.late_share, f"{system.name} late", *key, "_copy")
    delay = 1 + draws.integer(MAX_DELAY_DAYS, f"{system.name} days late", *key, "_copy")
    is_broken = draws.bernoulli(rates.broken_line_share, f"{system.name} broken", *key, "_copy")
    delivered_on = F.date_add("_day", F.when(is_late, delay).otherwise(0)).alias("delivered_on")
    if system.format == "json":
        whole = F.to_json(F.struct(*columns))
        cut = F.substring(whole, F.lit(1), F.floor(F.length(whole) * 0.6).cast("int"))
        return rows.select(F.when(is_broken, cut).otherwise(whole).alias("value"), delivered_on)
    # A stray separator: the line has more fields than the header.
    last = F.concat(F.coalesce(columns[-1], F.lit("")), F.when(is_broken, ",,").otherwise(""))
    return rows.select(*columns[:-1], last.alias(columns[-1]), delivered_on)


def _corrupt_value(system: System, name: str, rates: DataErrorSettings, draws: Draws, key: list[Column]) -> Column:
    """A value as text: with a typo, left out, or replaced by a word where a number or time is needed."""
    value = F.col(name).cast("string")
    purpose = f"{system.name} {name}"
    if name in system.typed_in:
        has_typo = draws.bernoulli(rates.typo_share, f"{purpose} typo", *key)
        value = F.when(has_typo, make_typo(value, draws, purpose, key)).otherwise(value)
    if name in system.optional:
        value = F.when(~draws.bernoulli(rates.missing_share, f"{purpose} missing", *key), value)
    if name in system.needed:
        is_wrong = draws.bernoulli(rates.wrong_type_share, f"{system.name} wrong", *key)
        which = draws.integer(len(system.needed), f"{system.name} which wrong", *key)
        value = F.when(is_wrong & (which == system.needed.index(name)), WRONG_VALUE).otherwise(value)
    return value


def make_typo(value: Column, draws: Draws, purpose: str, key: list[Column]) -> Column:
    """The text with one letter after the first dropped or doubled; a text of one letter is unchanged."""
    place = 2 + F.floor(draws.uniform(f"{purpose} place", *key) * (F.length(value) - 1)).cast("int")
    head = F.substring(value, F.lit(1), place - 1)
    dropped = F.concat(head, F.substring(value, place + 1, F.length(value)))
    doubled = F.concat(head, F.substring(value, place, F.lit(1)), F.substring(value, place, F.length(value)))
    mistyped = F.when(draws.bernoulli(0.5, f"{purpose} dropped", *key), dropped).otherwise(doubled)
    return F.when(F.length(value) > 1, mistyped).otherwise(value)
