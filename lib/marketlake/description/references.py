"""References between tables: counts of rows whose reference the other table does not have, or has several times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.named_orders import NAME, order_name, order_names
from marketlake.tables.description import REFERENCE_CHECKS
from marketlake.tables.orders import ORDERS
from marketlake.tables.table import Table


def check_references(
    rows: DataFrame, table: Table, keys: Mapping[str, DataFrame], *, table_version: int, run_date: date
) -> pd.DataFrame:
    """gold.reference_checks of one table.

    Args:
        rows: of the table.
        table: its contract, which names its references.
        keys: name of a table -> its `known_names`; at least of the tables that are referred to.
        table_version: version of the table from which the rows are.
        run_date: day for which it is described.

    Returns:
        one row per reference; its frame goes through `createDataFrame` as it is.
    """
    checks = [
        {
            "run_date": run_date,
            "table_name": table.name,
            "table_version": table_version,
            "column_name": column,
            "referenced_table": other,
            **_count_unknown(rows, keys[other], column, other),
        }
        for column, other in table.references.items()
    ]
    return pd.DataFrame(checks, columns=REFERENCE_CHECKS.column_names, dtype=object)


def count_unknown(checks: pd.DataFrame) -> dict[str, float]:
    """Unknown rows of each reference, as metrics: `unknown_order_lines_product_id`."""
    return {
        f"unknown_{row['table_name'].split('.')[1]}_{row['column_name']}": float(row["unknown_rows"])
        for row in checks.to_dict("records")
    }


def _count_unknown(rows: DataFrame, names: DataFrame, column: str, other: str) -> dict[str, int]:
    value = order_name() if other == ORDERS.name else F.col(column)
    return unknown_references(rows, names, value).collect()[0].asDict()


def known_names(rows: DataFrame, table: Table) -> DataFrame:
    """The values by which other tables may name the rows of a table: name (orders: `order_name`) and is_unique."""
    if table == ORDERS:
        return order_names(rows).select(F.col(NAME).alias("name"), "is_unique")
    return rows.select(F.col(table.key[-1]).alias("name")).distinct().withColumn("is_unique", F.lit(True))


def unknown_references(rows: DataFrame, names: DataFrame, value: Column) -> DataFrame:
    """Counts rows whose reference is not found; rows without a reference do not count.

    References are counted and not enforced, since the other table's row may arrive later.

    Args:
        rows: the referring table.
        names: `known_names` of the table that is referred to.
        value: the reference, of the type of `name`.

    Returns:
        one row: referring_rows (with a value), unknown_rows, unknown_values (distinct), ambiguous_rows (found several
        times).
    """
    by_value = rows.select(value.alias("name")).where(F.isnotnull("name")).groupBy("name").count()
    unknown = F.col("is_unique").isNull()
    return by_value.join(names, "name", "left").agg(
        F.coalesce(F.sum("count"), F.lit(0)).alias("referring_rows"),
        F.coalesce(F.sum(F.when(unknown, F.col("count"))), F.lit(0)).alias("unknown_rows"),
        F.count_if(unknown).alias("unknown_values"),
        F.coalesce(F.sum(F.when(~F.col("is_unique"), F.col("count"))), F.lit(0)).alias("ambiguous_rows"),
    )
