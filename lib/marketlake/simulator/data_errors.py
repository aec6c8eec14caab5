"""What goes wrong between a system and the file that it sends."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import Dirt
from marketlake.simulator.systems import System
from marketlake.simulator.world import LATEST_DELIVERY

WRONG = "unknown"  # what stands where a number or a time should


def delivered(rows: DataFrame, system: System, rates: Dirt, draws: Draws) -> DataFrame:
    """The lines that a system sends with what goes wrong, and `delivered_on`.

    Args:
        rows: clean, in the columns of the system.
        system: what it is.
        rates: how often what goes wrong.
        draws: the seed.

    Returns:
        for csv the columns as text, for json the text of each object as `value`; and delivered_on (date).
    """
    columns = rows.columns
    text = [name for name, kind in rows.dtypes if not kind.startswith("array")]
    key = [F.col(f"_key_{name}") for name in system.key]
    keyed = rows.withColumns(
        {f"_key_{name}": F.col(name) for name in system.key} | {"_day": F.col(system.day).cast("date")}
    )
    rows = keyed.withColumns({name: _mistaken(system, name, rates, draws, key) for name in text})
    copies = F.when(draws.chance(rates.duplicate, f"{system.name} duplicate", *key), F.array(F.lit(0), F.lit(1)))
    rows = rows.withColumn("_copy", F.explode(F.coalesce(copies, F.array(F.lit(0)))))
    late = draws.chance(rates.late, f"{system.name} late", *key, "_copy")
    days_late = F.when(late, 1 + draws.below(LATEST_DELIVERY, f"{system.name} days late", *key, "_copy")).otherwise(0)
    is_broken = draws.chance(rates.broken_line, f"{system.name} broken", *key, "_copy")
    delivered_on = F.date_add("_day", days_late).alias("delivered_on")
    if system.format == "json":
        whole = F.to_json(F.struct(*columns))
        cut = F.substring(whole, F.lit(1), F.floor(F.length(whole) * 0.6).cast("int"))
        return rows.select(F.when(is_broken, cut).otherwise(whole).alias("value"), delivered_on)
    # A stray separator: the line has more fields than the header.
    last = F.concat(F.coalesce(columns[-1], F.lit("")), F.when(is_broken, ",,").otherwise(""))
    return rows.select(*columns[:-1], last.alias(columns[-1]), delivered_on)


def _mistaken(system: System, name: str, rates: Dirt, draws: Draws, key: list[Column]) -> Column:
    """A value as text with what happens to it: left out, mistyped, or a word where a number should be."""
    value = F.col(name).cast("string")
    purpose = f"{system.name} {name}"
    if name in system.typed_in:
        value = F.when(draws.chance(rates.typo, f"{purpose} typo", *key), typo(value, draws, purpose, key)).otherwise(
            value
        )
    if name in system.optional:
        value = F.when(~draws.chance(rates.missing, f"{purpose} missing", *key), value)
    if name in system.needed:
        is_wrong = draws.chance(rates.wrong_type, f"{system.name} wrong", *key)
        which = draws.below(len(system.needed), f"{system.name} which wrong", *key)
        value = F.when(is_wrong & (which == system.needed.index(name)), WRONG).otherwise(value)
    return value


def typo(value: Column, draws: Draws, purpose: str, key: list[Column]) -> Column:
    """The text with one letter dropped or doubled, after the first; a text of one letter stays."""
    place = 2 + F.floor(draws.uniform(f"{purpose} place", *key) * (F.length(value) - 1)).cast("int")
    head = F.substring(value, F.lit(1), place - 1)
    dropped = F.concat(head, F.substring(value, place + 1, F.length(value)))
    doubled = F.concat(head, F.substring(value, place, F.lit(1)), F.substring(value, place, F.length(value)))
    wrong = F.when(draws.chance(0.5, f"{purpose} dropped", *key), dropped).otherwise(doubled)
    return F.when(F.length(value) > 1, wrong).otherwise(value)
