"""Silver tables of any number of lines: Complete Journey's households, each as often as needed.

A household keeps all its lines or is left out, so that what a customer is stays the same at every size.
"""

from __future__ import annotations

import os
import shutil
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.runtime.config import Config
from marketlake.runtime.job import Context, Job, run_job
from marketlake.runtime.lake import Lake
from marketlake.tables.campaigns import COUPON_REDEMPTIONS
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.orders import ORDER_LINES, ORDERS, RETURNS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.table import Table

SOURCES = ("products", "transactions", "demographics", "coupon_redemptions")
LINES_A_FILE = 500_000
NEXT_DAY = {table.name: f"{table.name}_next_day" for table in (ORDERS, ORDER_LINES)}


def with_lake(config: Config, root: Path, **jobs: dict[str, object]) -> Config:
    """The configuration with its lake elsewhere, and sections of jobs."""
    lake = config.lake.model_copy(update={"root": str(root)})
    return config.model_copy(update={"lake": lake, "jobs": config.jobs | jobs})


def source(spark: SparkSession, config: Config, folder: Path, ingest: Job) -> Lake:
    """The lake of the data as they are, loaded by the project's own job; made once."""
    root = folder / "source"
    sources = config.sources.model_copy(update={"enabled": [f"complete_journey/{name}" for name in SOURCES]})
    config = with_lake(config, root).model_copy(update={"sources": sources})
    if not _ready(root):
        outcome = run_job(ingest, config, spark, date(2018, 1, 1))
        if outcome["exit_code"]:
            raise SystemExit(f"the data could not be loaded: {outcome['cause']} {outcome['advice']}")
        _make_ready(root)
    return Lake(spark, config)


def grown(spark: SparkSession, config: Config, origin: Lake, root: Path, *, lines: int, next_day: date) -> None:
    """A lake with about so many lines up to `next_day`; that day's rows wait beside the tables. Made once."""
    if _ready(root):
        return
    before = F.col("order_date") < F.lit(next_day)
    until = F.col("order_date") <= F.lit(next_day)
    all_lines = origin.read(ORDER_LINES.name).where(until)
    chosen = _households(all_lines, lines).persist()
    context = Context(
        Job("grow", "Makes the benchmark's data.", lambda _: None), spark, with_lake(config, root), next_day
    )
    for table in (ORDERS, ORDER_LINES):
        rows = _repeated(origin.read(table.name).where(until), chosen).select(*table.column_names)
        files = max(1, lines // LINES_A_FILE)
        ordered = (
            rows.where(before).repartitionByRange(files, "order_date").sortWithinPartitions("order_date", "order_id")
        )
        context.writer.append(table, ordered)
        rows.where(~before).coalesce(1).write.parquet(context.lake.location(NEXT_DAY[table.name]))
    for table in (CUSTOMERS, COUPON_REDEMPTIONS):
        context.writer.append(table, _repeated(origin.read(table.name), chosen).select(*table.column_names).coalesce(1))
    context.writer.create(RETURNS)  # the public data has none
    context.writer.append(PRODUCTS, origin.read(PRODUCTS.name).coalesce(1))
    chosen.unpersist()
    _make_ready(root)


def working_copy(root: Path, copy: Path) -> None:
    """A lake to measure in: data files are shared with the original, and logs are its own."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy, copy_function=_link_data)


def bring_next_day(context: Context, table: Table) -> None:
    """The next day's rows go in as a load brings them: a merge by key."""
    rows = context.spark.read.parquet(context.lake.location(NEXT_DAY[table.name]))
    typed = [F.col(f.name).cast(f.dataType) for f in table.schema]
    context.writer.merge(table, rows.select(*typed))


def _households(lines: DataFrame, wanted: int) -> DataFrame:
    """customer_id and copy: whole households, copy by copy, until the lines are as many as wanted."""
    sizes = lines.groupBy("customer_id").agg(F.count(F.lit(1)).alias("lines"))
    total = lines.count()
    copies = F.explode(F.sequence(F.lit(0), F.lit(wanted // total))).alias("copy")
    order = Window.orderBy("copy", F.xxhash64("customer_id"), "customer_id").rowsBetween(Window.unboundedPreceding, 0)
    return (
        sizes.select("customer_id", "lines", copies)
        .withColumn("so_far", F.sum("lines").over(order))
        .where(F.col("so_far") <= wanted)
        .select("customer_id", "copy")
    )


def _repeated(rows: DataFrame, chosen: DataFrame) -> DataFrame:
    """Each row once for each copy of its household, with ids of the copy."""
    suffix = F.concat(F.lit("-"), F.col("copy").cast(T.StringType()))
    ids = [name for name in ("customer_id", "order_id") if name in rows.columns]
    copies = rows.join(F.broadcast(chosen), "customer_id", "inner")
    return copies.withColumns({name: F.concat(name, suffix) for name in ids})


def _link_data(old: str, new: str) -> object:
    return os.link(old, new) if old.endswith(".parquet") else shutil.copy2(old, new)


def _ready(root: Path) -> bool:
    """Whether the lake was made to the end; what was begun only is removed."""
    if (root / ".ready").exists():
        return True
    shutil.rmtree(root, ignore_errors=True)
    return False


def _make_ready(root: Path) -> None:
    (root / ".ready").touch()
