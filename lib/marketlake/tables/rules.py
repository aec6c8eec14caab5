"""Rules for rows, all of one shape: a condition that must hold, and a message when it does not.

The shape (a column in; null or a message out) is that of databrickslabs/dqx.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column
from pyspark.sql import functions as F


@dataclass(frozen=True)
class Rule:
    """A condition on one row.

    Attributes:
        name: under which counts and reasons are listed.
        holds: Spark SQL condition over the table's columns; null counts as broken.
        message: why a row is rejected, for the reader of the quarantine.
    """

    name: str
    holds: str
    message: str

    def broken(self) -> Column:
        """True where the rule does not hold, or cannot be decided."""
        return ~F.coalesce(F.expr(self.holds), F.lit(False))

    def reason(self) -> Column:
        """`name: message` where the rule is broken, else null."""
        return F.when(self.broken(), F.lit(f"{self.name}: {self.message}"))


def not_null(column: str) -> Rule:
    """A value is required."""
    return Rule(f"{column}_missing", f"{column} is not null", f"{column} is required and has no value")


def at_least(column: str, least: float) -> Rule:
    """A number no smaller than `least`; a missing one passes (that is `not_null`'s to say)."""
    return Rule(
        f"{column}_below_{least:g}".replace("-", "minus_"),
        f"{column} is null or {column} >= {least:g}",
        f"{column} is below {least:g}",
    )


def between(column: str, least: int, most: int) -> Rule:
    """A score on its scale, both ends among it; a missing one passes."""
    return Rule(
        f"{column}_not_{least}_to_{most}",
        f"{column} is null or {column} between {least} and {most}",
        f"{column} is not {least} to {most}",
    )


def one_of(column: str, *values: str) -> Rule:
    """One of a few words; a missing one passes."""
    words = ", ".join(f"'{value}'" for value in values)
    return Rule(
        f"{column}_unknown", f"{column} is null or {column} in ({words})", f"{column} is none of {', '.join(values)}"
    )


def not_before(column: str, earlier: str) -> Rule:
    """Of two times of one type, in their order; where one is missing the rule passes."""
    return Rule(
        f"{column}_before_{earlier}",
        f"{column} is null or {earlier} is null or {column} >= {earlier}",
        f"{column} is before {earlier}",
    )


def names_that_hold(rules: Sequence[Rule]) -> Column:
    """The names of the flags that hold for a row, in their order."""
    if not rules:
        return F.array().cast("array<string>")
    return F.array_compact(F.array(*(F.when(F.expr(rule.holds), F.lit(rule.name)) for rule in rules)))
