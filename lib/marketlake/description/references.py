"""References between tables: counts of rows whose reference the other table does not have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.tables.description import REFERENCE_CHECKS
from marketlake.tables.table import Table


def check_references(
    rows: DataFrame, table: Table, keys: Mapping[str, DataFrame], *, table_version: int, run_date: date
) -> pd.DataFrame:
    """gold.reference_checks of one table.

    Args:
        rows: of the table.
        table: its contract, which names its references.
        keys: name of a table -> its identities in the only column; at least of the tables that are referred to.
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
            **_count_unknown(rows, keys[other], column),
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


def _count_unknown(rows: DataFrame, keys: DataFrame, column: str) -> dict[str, int]:
    return unknown_references(rows, keys, column=column, key=keys.columns[0]).collect()[0].asDict()


def unknown_references(rows: DataFrame, others: DataFrame, *, column: str, key: str) -> DataFrame:
    """Counts rows whose reference is not found; rows without a reference do not count.

    References are counted and not enforced, since the other table's row may arrive later.

    Args:
        rows: the referring table.
        others: the table that is referred to, `key` unique in it.
        column: the reference in `rows`.
        key: the column of `others` that it names.

    Returns:
        one row: referring_rows (with a value), unknown_rows, unknown_values (distinct).
    """
    by_value = rows.where(F.col(column).isNotNull()).groupBy(F.col(column).alias("value")).count()
    existing = others.select(F.col(key).alias("value"), F.lit(True).alias("exists"))
    unknown = F.col("exists").isNull()
    return by_value.join(existing, "value", "left").agg(
        F.coalesce(F.sum("count"), F.lit(0)).alias("referring_rows"),
        F.coalesce(F.sum(F.when(unknown, F.col("count"))), F.lit(0)).alias("unknown_rows"),
        F.count_if(unknown).alias("unknown_values"),
    )
