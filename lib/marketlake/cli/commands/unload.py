"""Take a load out again: a file that was delivered by mistake, or all that a source brought for a run date."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from pyspark.sql import functions as F

from marketlake.cli.commands.reload import AGAIN, INGEST, reload_days
from marketlake.runtime import config as configuration
from marketlake.runtime import graph, session
from marketlake.runtime.config import validated_file
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context
from marketlake.sources.raw import bronze_table
from marketlake.sources.source import Source, source_files
from marketlake.sources.unload import unload
from marketlake.sources.write_load import loaded_tables
from marketlake.tables.catalog import all_tables
from marketlake.tables.ops import QUARANTINE, SOURCE_LOADS

HELP = "take a load, or one file of it, out of the lake again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The source and the load."""
    parser.add_argument("source", help="as in sources.enabled, such as shop/orders")
    parser.add_argument("--run-date", type=date.fromisoformat, required=True, help="of the load")
    parser.add_argument("--file", help="end of the path of one of its files; without it, all of the load")
    parser.add_argument("--config", required=True)


def run(options: argparse.Namespace) -> int:
    """Deletes the load's rows, then loads all that is left in bronze of the source again.

    Raises:
        InputError: the source has loaded nothing, or no such file, for the run date.
    """
    config = configuration.load(options.config, [AGAIN, f"sources.enabled=[{options.source}]"])
    ((name, file),) = source_files(Path(config.path(config.sources.folder)), config.sources.enabled).items()
    source = validated_file(Source, file)
    spark = session.build(config, "marketlake unload")
    (job,) = graph.chosen(graph.discover(), [INGEST])
    context = Context(job, spark, config, options.run_date)
    rows = context.lake.read(f"bronze.{name}").where(F.col("run_date") == F.lit(options.run_date))
    is_taken_out = F.col("_file").endswith(options.file) if options.file else F.lit(True)
    if rows.where(is_taken_out).isEmpty():
        what = options.file or "any row"
        raise InputError(f"{name}: {what} was not loaded for run date {options.run_date}.", "See ops.source_loads.")
    tables = [all_tables()[table] for table in source.tables]
    with context.writer.locked(loaded_tables(tables)):
        deleted = unload(context, tables, source=name, run_date=options.run_date)
    left = rows.where(~is_taken_out)
    context.replace_day(bronze_table(name, source, left.drop("run_date").schema), left)
    for table in (QUARANTINE, SOURCE_LOADS):
        none = context.lake.read(table.name).limit(0)
        context.replace_day(table, none, partition={"source": [name]})
    told = ", ".join(f"{table} {count:,}" for table, count in deleted.items())
    print(f"{name} {options.run_date}: taken out of {told}; what is left is loaded again.")
    print("Take the file away before the next load, which would bring it again.")
    return reload_days(spark, config, [name])
