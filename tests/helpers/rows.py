"""Rows of contract tables for tests, by the columns that matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as T

from marketlake.tables.table import Table


def table_rows(spark: SparkSession, table: Table, rows: Iterable[Mapping[str, Any]], **same: Any) -> DataFrame:
    """A frame in the table's schema; columns that neither a row nor `same` gives are null, required ones too.

    Raises:
        KeyError: a name that is no column of the table.
    """
    complete = [{**same, **row} for row in rows]
    if unknown := {name for row in complete for name in row} - set(table.column_names):
        raise KeyError(f"{table.name} has no column {min(unknown)}")
    schema = T.StructType([T.StructField(f.name, f.dataType) for f in table.schema])
    return spark.createDataFrame([tuple(row.get(name) for name in table.column_names) for row in complete], schema)
