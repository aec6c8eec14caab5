"""Kinds of columns, and the Spark expressions that read them.

Numbers, dates and timestamps are *measured*: turned into one number on a line (days or microseconds since 1970 for
time), so that quantiles and histograms need one piece of code. Text and booleans are counted. Arrays, maps, structs
and everything else have counts and nulls only.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

Kind = Literal["number", "date", "timestamp", "boolean", "text", "other"]

SIGNIFICANT_DIGITS = 12


@dataclass(frozen=True)
class DescribedColumn:
    """One column of the frame to describe.

    Attributes:
        name: as the frame has it; may hold dots and spaces.
        position: place in the frame, from 1.
        data_type: its Spark type.
        kind: decides which statistics it gets.
        personal: only counts, nulls and distinct values are allowed.
    """

    name: str
    position: int
    data_type: T.DataType
    kind: Kind
    personal: bool

    @property
    def raw(self) -> Column:
        """The column as it is; the name is quoted, since a dot would otherwise mean a field of a struct."""
        return F.col("`" + self.name.replace("`", "``") + "`")

    @property
    def clean(self) -> Column:
        """The column with NaN, infinity and negative zero out of the way, and time as a whole number.

        One NaN would turn a mean into NaN, and -0.0 would be counted apart from 0.0.
        """
        if isinstance(self.data_type, (T.DoubleType, T.FloatType)):
            number = self.raw.cast("double")
            return F.when(F.abs(number) < math.inf, number + 0.0)
        if self.kind == "date":
            return F.unix_date(self.raw)
        if self.kind == "timestamp":
            return F.unix_micros(self.raw.cast("timestamp"))
        return self.raw

    @property
    def may_be_infinite(self) -> bool:
        """True for floats and doubles, the only types with NaN and infinity."""
        return isinstance(self.data_type, (T.DoubleType, T.FloatType))

    @property
    def is_countable(self) -> bool:
        """True when different values can be told apart by Spark's sketches."""
        return self.kind != "other"

    @property
    def is_shown(self) -> bool:
        """True when values of the column may appear in a result."""
        return self.is_countable and not self.personal

    @property
    def is_measurable(self) -> bool:
        """True when the column lies on a line and its values may appear."""
        return self.kind in ("number", "date", "timestamp") and not self.personal

    @property
    def is_numeric(self) -> bool:
        """True when it is a number of which a mean makes sense, and may appear."""
        return self.kind == "number" and not self.personal

    @property
    def is_whole(self) -> bool:
        """True when only whole numbers occur, so that the bars of a histogram should have whole ends."""
        no_fraction = isinstance(self.data_type, T.DecimalType) and self.data_type.scale == 0
        return self.kind == "date" or no_fraction or isinstance(self.data_type, T.IntegralType)


def list_columns(frame: DataFrame, *, personal: Collection[str] = ()) -> list[DescribedColumn]:
    """The columns of a frame, in order.

    Args:
        frame: any frame.
        personal: names of the columns of which no value may be shown.

    Returns:
        One `DescribedColumn` per column.

    Raises:
        ValueError: when `personal` names a column that the frame lacks (a misspelt name would leak it), or two
            columns share a name.
    """
    names = frame.columns
    unknown = sorted(set(personal) - set(names))
    if unknown:
        raise ValueError(f"personal columns not in the frame: {', '.join(unknown)}; it has: {', '.join(names)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"columns that occur more than once: {', '.join(twice)}; rename them first")
    return [
        DescribedColumn(field.name, position, field.dataType, _kind(field.dataType), field.name in set(personal))
        for position, field in enumerate(frame.schema.fields, start=1)
    ]


def _kind(data_type: T.DataType) -> Kind:
    """The kind of a Spark type."""
    if isinstance(data_type, T.NumericType):
        return "number"
    if isinstance(data_type, T.DateType):
        return "date"
    if isinstance(data_type, (T.TimestampType, T.TimestampNTZType)):
        return "timestamp"
    if isinstance(data_type, T.BooleanType):
        return "boolean"
    if isinstance(data_type, (T.StringType, T.CharType, T.VarcharType)):
        return "text"
    return "other"


def as_text(column: DescribedColumn, value: Any) -> str | None:
    """A value of `column.clean` as people write it: ISO 8601 for time, no trailing `.0`."""
    if value is None:
        return None
    if column.kind == "date":
        text = str(np.datetime64(int(value), "D"))
    elif column.kind == "timestamp":
        text = str(np.datetime64(int(value), "us")).replace("T", " ").removesuffix(".000000")
    elif column.kind == "boolean":
        text = "true" if value else "false"
    elif isinstance(value, Decimal):
        text = f"{value:f}"
    elif isinstance(value, float):
        text = str(value).removesuffix(".0")
    else:
        text = str(value)
    return text


def round_digits(number: float | None) -> float | None:
    """Twelve significant digits, and None for what is not a finite number.

    Spark adds partial sums in the order in which tasks finish, so the last digits of a double differ between runs.
    """
    if number is None or not math.isfinite(number):
        return None
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}")
