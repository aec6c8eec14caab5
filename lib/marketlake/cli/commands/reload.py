"""Load again, by today's mappings, what bronze holds of all run dates: rows that a wrong mapping had turned away."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

from marketlake.runtime import config as configuration
from marketlake.runtime import graph, session
from marketlake.runtime.config import Config
from marketlake.runtime.job import run_job
from marketlake.runtime.lake import Lake
from marketlake.sources.source import source_files

HELP = "load again from bronze, of all run dates, after a mapping was corrected"
INGEST = "ingest_sources"
AGAIN = f"jobs.{INGEST}.reload=true"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, whose enabled sources are loaded again."""
    parser.add_argument("--config", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a setting")


def run(options: argparse.Namespace) -> int:
    """Loads each run date that bronze has of the enabled sources; stops at the first failure."""
    config = configuration.load(options.config, [*options.set, AGAIN])
    spark = session.build(config, "marketlake reload")
    folder = Path(config.path(config.sources.folder))
    return reload_days(spark, config, sorted(source_files(folder, config.sources.enabled)))


def reload_days(spark: SparkSession, config: Config, sources: Sequence[str]) -> int:
    """Runs the loading job in the order of run dates; returns the first exit code that is not 0.

    Args:
        spark: the session.
        config: with the job's setting `reload`.
        sources: names of sources, as bronze names their tables.
    """
    lake, days = Lake(spark, config), set[date]()
    for source in sources:
        if lake.exists(f"bronze.{source}"):
            days |= {row.run_date for row in lake.read(f"bronze.{source}").select("run_date").distinct().collect()}
    (job,) = graph.chosen(graph.discover(), [INGEST])
    for day in sorted(days):
        if code := int(run_job(job, config, spark, day)["exit_code"]):
            return code
    return 0
