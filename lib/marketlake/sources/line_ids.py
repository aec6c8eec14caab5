"""Identity of lines that come without a number: their content, and their place among equal ones of the order."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketlake.sources.values import IS_REJECTED
from marketlake.tables.table import Table


def fill_line_ids(rows: DataFrame, table: Table) -> DataFrame:
    """Gives each line an identity within its order, the same whenever the same lines come again.

    Two equal lines are two: the second is the hash of the content and `-2`. Times of change and of loading are no
    content.

    Args:
        rows: all lines of each order in one load, with `_is_rejected`; rejected lines get no identity.
        table: with a `line_id`.
    """
    name = str(table.line_id)
    parent = [column for column in table.key if column != name]
    content = [column for column in table.content if column != "flags"]
    parts = [part for column in content for part in (F.col(column), F.isnull(column))]
    hashed = rows.repartition(*parent).withColumn("_line", F.xxhash64(*parts))
    equal = Window.partitionBy(*parent, "_line", IS_REJECTED).orderBy(F.col(str(table.updated_at)))
    place = F.row_number().over(equal)
    text = F.lower(F.hex("_line"))
    numbered = F.when(place == 1, text).otherwise(F.concat_ws("-", text, place.cast("string")))
    return hashed.withColumn(name, F.when(~F.col(IS_REJECTED), numbered)).drop("_line")
