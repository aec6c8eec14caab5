"""`marketlake simulate`: raw files of a simulated retailer, and in a folder of its own the ground truth.

    marketlake simulate --customers 10000 --days 365 --seed 1 --out var/data/simulated
    marketlake simulate --over complete_journey --days 366 --config conf/demo.yaml --out var/data/simulated

Raw files are in <out>/<system>/<first day>_<last day>/, the truth is in <out>/truth/. The same seed gives the same rows
on every machine, and a day simulated alone (`--from` and `--to`) has the same rows as in a longer run.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial, reduce
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
from marketlake.simulator.base import simulate_base
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.overlay import simulate_overlay
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.systems import SYSTEMS, System
from marketlake.simulator.world import Sales, World
from marketlake.sources import mapping
from marketlake.sources.orders import build_orders
from marketlake.sources.raw import read_raw
from marketlake.sources.source import Source
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.table import Table

CUSTOMERS_PER_PARTITION = 25_000
SALES_TABLES = (ORDER_LINES, ORDERS, CUSTOMERS, PRODUCTS)
PARALLEL_WRITES = 2  # few of the frames keep two cores busy
CSV = {"header": "true", "quote": "", "emptyValue": "", "nullValue": "", "compression": "gzip"}


def simulate(options: argparse.Namespace) -> int:
    """Writes the files batch by batch; each batch is complete before the next begins."""
    config = configuration.load(options.config, options.set)
    settings = config.part("simulator", config.simulator, SimulatorSettings)
    days = list(list_batches(options, settings))
    partitions = max(config.session.shuffle_partitions, (options.customers or 0) // CUSTOMERS_PER_PARTITION)
    spark = session.build(config, "marketlake simulate", {"spark.sql.shuffle.partitions": str(partitions)})
    out = options.out if "://" in options.out else str(Path(options.out).absolute())
    cache = FrameCache(spark, f"{out}/_work")
    make = prepare_world_builder(spark, config, settings, options, cache)
    parameters = spark.createDataFrame([(describe_parameters(options, settings),)], "value string")
    parameters.coalesce(1).write.mode("overwrite").text(f"{out}/truth/parameters")
    for first, last in days:
        cache.reset()
        write_batch(*make(first, last), out)
        log.info("simulated %s to %s", first, last)
    cache.delete_files()
    return 0


def list_batches(options: argparse.Namespace, settings: SimulatorSettings) -> Iterator[tuple[date, date]]:
    """First and last days of the batches.

    Raises:
        ConfigurationError: the days are outside of the retailer's days, or in the wrong order.
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


def prepare_world_builder(
    spark: SparkSession, config: Config, settings: SimulatorSettings, options: argparse.Namespace, cache: FrameCache
) -> Callable[[date, date], tuple[World, Sales | None]]:
    """Function that builds the world of a batch: of the base, or over the tables of outside sources."""
    draws = Draws(options.seed)
    if options.customers:
        return lambda first, last: simulate_base(
            spark, options.customers, settings, draws, first=first, last=last, cache=cache
        )
    public_cache = FrameCache(spark, f"{cache.folder}/public")
    rows = {table.name: partial(read_outside_rows, spark, config, options.over, table) for table in SALES_TABLES}
    with ThreadPoolExecutor(PARALLEL_WRITES) as pool:
        kept = pool.map(lambda name: public_cache(name, rows[name]()), rows)
        public = dict(zip(rows, kept, strict=True))
    public |= {table.name: public_cache(f"whole {table.name}", whole) for table, whole in whole_tables(public).items()}
    return lambda first, last: (simulate_overlay(public, settings, draws, first=first, last=last, cache=cache), None)


def whole_tables(public: Mapping[str, DataFrame]) -> dict[Table, DataFrame]:
    """Orders with their sums, and the customers that orders name, as the loader adds them to mapped rows."""
    headers, lines = public[ORDERS.name], public[ORDER_LINES.name]
    orders = build_orders(headers, headers, lines, headers.limit(0))
    known = public[CUSTOMERS.name]
    named = headers.where("customer_id is not null").select("customer_id").distinct()
    customers = known.unionByName(named, allowMissingColumns=True)
    return {ORDERS: orders.select(*ORDERS.column_names), CUSTOMERS: customers}


def read_outside_rows(spark: SparkSession, config: Config, folder: str, table: Table) -> DataFrame:
    """Valid rows of a contract table from all sources in a folder, read from their raw files.

    Raises:
        ConfigurationError: no source in the folder maps to the table.
    """
    parts = []
    files = sorted((Path(config.path(config.sources.folder)) / folder).glob("*.yaml"))
    for file in files:
        source = configuration.validated_file(Source, file)
        if table.name in source.tables:
            path = f"{config.path(config.sources.raw_root).rstrip('/')}/{source.read.path}"
            raw = read_raw(spark, source, date.min, [path])
            checked = mapping.map_rows(raw, source.tables[table.name], table, source=file.stem, folder=folder)
            parts.append(mapping.accepted_rows(checked, table))
    if not parts:
        raise ConfigurationError(f"--over {folder}: no source there maps to {table.name}.")
    return reduce(DataFrame.unionByName, parts)


def write_batch(world: World, sales: Sales | None, out: str) -> None:
    """Writes the raw files and the truth of a batch, `PARALLEL_WRITES` at a time."""
    batch = f"{world.first}_{world.last}"
    rows = chain(raw_files.build_overlay_rows(world), raw_files.build_shop_rows(world, sales).items() if sales else ())
    with ThreadPoolExecutor(PARALLEL_WRITES) as pool:
        jobs = [pool.submit(write_raw, frame, SYSTEMS[name], world, f"{out}/{name}/{batch}") for name, frame in rows]
        for name, frame in truth.build_truth(world, sales).items():
            path = f"{out}/truth/{name}" + ("" if name in truth.BATCH_INDEPENDENT else f"/{batch}")
            jobs.append(pool.submit(frame.write.mode("overwrite").parquet, path))
        for job in jobs:
            job.result()


def write_raw(rows: DataFrame, system: System, world: World, path: str) -> None:
    """Writes the lines of a system that are delivered within the batch."""
    lines = data_errors.deliver_with_errors(rows, system, world.settings.data_errors, world.draws)
    first_day = F.lit(world.settings.first_day)
    sent_on = F.greatest("delivered_on", first_day) if system.is_standing else F.col("delivered_on")
    lines = lines.where(sent_on.between(F.lit(world.first), F.lit(world.last))).drop("delivered_on")
    if system.format == "csv":
        lines.write.mode("overwrite").options(**CSV).csv(path)
    else:
        lines.write.mode("overwrite").option("compression", "gzip").text(path)


def describe_parameters(options: argparse.Namespace, settings: SimulatorSettings) -> str:
    """Seed, days and settings as JSON."""
    return f'{{"seed": {options.seed}, "days": {options.days}, "settings": {settings.model_dump_json()}}}'
