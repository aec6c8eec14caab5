"""`marketlake simulate`: writes the raw files of a simulated retailer, and apart from them the truth about it.

    marketlake simulate --customers 10000 --days 365 --seed 1 --out var/data/simulated
    marketlake simulate --over complete_journey --days 366 --config conf/demo.yaml --out var/data/simulated

Raw files lie at <out>/<system>/<first day>_<last day>/, the truth at <out>/truth/. The same seed gives the same rows
whatever the machine, and a day that is made alone (`--from` and `--to`) has the rows that it has in the whole.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import reduce
from itertools import chain
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.frames.cache import FrameCache
from marketlake.runtime import config as configuration
from marketlake.runtime import session
from marketlake.runtime.config import Config
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.logs import log
from marketlake.simulator import data_errors, raw_files, truth
from marketlake.simulator.base import base
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.overlay import over_tables
from marketlake.simulator.settings import Simulation
from marketlake.simulator.systems import SYSTEMS, System
from marketlake.simulator.world import Sales, World
from marketlake.sources import mapping
from marketlake.sources.raw import read_raw
from marketlake.sources.source import Source
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.table import Table

CUSTOMERS_A_PARTITION = 25_000
AT_A_TIME = 2  # what is made side by side: few of the frames keep two cores busy
CSV = {"header": "true", "quote": "", "emptyValue": "", "nullValue": "", "compression": "gzip"}


def simulate(options: argparse.Namespace) -> int:
    """Makes the files, batch by batch; each batch is written whole before the next begins."""
    config = configuration.load(options.config, options.set)
    settings = config.part("simulator", config.simulator, Simulation)
    days = list(batches(options, settings))
    partitions = max(config.session.shuffle_partitions, (options.customers or 0) // CUSTOMERS_A_PARTITION)
    spark = session.build(config, "marketlake simulate", {"spark.sql.shuffle.partitions": str(partitions)})
    out = options.out if "://" in options.out else str(Path(options.out).absolute())
    keep = FrameCache(spark, f"{out}/_work")
    make = maker(spark, config, settings, options, keep)
    spark.createDataFrame([(parameters(options, settings),)], "value string").coalesce(1).write.mode("overwrite").text(
        f"{out}/truth/parameters"
    )
    for first, last in days:
        keep.reset()
        write(*make(first, last), out)
        log.info("simulated %s to %s", first, last)
    keep.delete_files()
    return 0


def batches(options: argparse.Namespace, settings: Simulation) -> Iterator[tuple[date, date]]:
    """First and last days of the batches.

    Raises:
        ConfigurationError: no day is left to make.
    """
    end = settings.first_day + timedelta(days=options.days - 1)
    first, last = options.first or settings.first_day, options.last or end
    if not settings.first_day <= first <= last <= end:
        raise ConfigurationError(
            f"--from {first} --to {last}: not within {settings.first_day} and {end}.",
            "simulator.first_day and --days say which days there are.",
        )
    while first <= last:
        yield first, min(last, first + timedelta(days=settings.batch_days - 1))
        first += timedelta(days=settings.batch_days)


def maker(
    spark: SparkSession, config: Config, settings: Simulation, options: argparse.Namespace, keep: FrameCache
) -> Callable[[date, date], tuple[World, Sales | None]]:
    """What makes the world of a batch: of the base, or over the tables of outside sources."""
    draws = Draws(options.seed)
    if options.customers:
        return lambda first, last: base(spark, options.customers, settings, draws, first=first, last=last, keep=keep)
    needed = (ORDER_LINES, ORDERS, CUSTOMERS, PRODUCTS)
    once = FrameCache(spark, f"{keep.folder}/public")
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        rows = pool.map(lambda table: once(table.name, outside(spark, config, options.over, table)), needed)
        public = {table.name: each for table, each in zip(needed, rows, strict=True)}
    return lambda first, last: (over_tables(public, settings, draws, first=first, last=last, keep=keep), None)


def outside(spark: SparkSession, config: Config, folder: str, table: Table) -> DataFrame:
    """The good rows for a contract table of all sources in a folder, straight from their raw files.

    Raises:
        ConfigurationError: no source in the folder fills the table.
    """
    found = []
    files = sorted((Path(config.path(config.sources.folder)) / folder).glob("*.yaml"))
    for file in files:
        source = configuration.validated_file(Source, file)
        if table.name in source.tables:
            path = f"{config.path(config.sources.raw_root).rstrip('/')}/{source.read.path}"
            raw = read_raw(spark, source, date.min, [path])
            judged = mapping.map_rows(raw, source.tables[table.name], table, source=file.stem)
            found.append(mapping.accepted_rows(judged, table))
    if not found:
        raise ConfigurationError(f"--over {folder}: no source there fills {table.name}.")
    return reduce(DataFrame.unionByName, found)


def write(made: World, sales: Sales | None, out: str) -> None:
    """The raw files and the truth of a batch, some at a time."""
    batch = f"{made.first}_{made.last}"
    rows = chain(raw_files.overlay(made), raw_files.shop(made, sales).items() if sales else ())
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        jobs = [pool.submit(write_raw, frame, SYSTEMS[name], made, f"{out}/{name}/{batch}") for name, frame in rows]
        for name, frame in truth.tables(made, sales).items():
            place = f"{out}/truth/{name}" + ("" if name in truth.ALWAYS_THE_SAME else f"/{batch}")
            jobs.append(pool.submit(frame.write.mode("overwrite").parquet, place))
        for job in jobs:
            job.result()


def write_raw(rows: DataFrame, system: System, made: World, place: str) -> None:
    """The lines of a system that are delivered within the batch."""
    lines = data_errors.delivered(rows, system, made.settings.dirt, made.draws)
    on = F.greatest("delivered_on", F.lit(made.settings.first_day)) if system.is_standing else F.col("delivered_on")
    lines = lines.where(on.between(F.lit(made.first), F.lit(made.last))).drop("delivered_on")
    if system.format == "csv":
        lines.write.mode("overwrite").options(**CSV).csv(place)
    else:
        lines.write.mode("overwrite").option("compression", "gzip").text(place)


def parameters(options: argparse.Namespace, settings: Simulation) -> str:
    """The seed and every rate, as JSON."""
    known = settings.model_dump_json()
    return f'{{"seed": {options.seed}, "days": {options.days}, "settings": {known}}}'
