"""Run jobs in their order, each for a day or a range of days."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from marketlake.runtime import config as configuration
from marketlake.runtime import graph, session
from marketlake.runtime.command import add_run_arguments, run_days
from marketlake.runtime.config import Config
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.job import Job

HELP = "run jobs in their order; when none is named, all but those on request"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The names of jobs, and the options that a single job has too."""
    parser.add_argument("jobs", nargs="*", metavar="job")
    add_run_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Runs the jobs; the exit code is that of the first failure."""
    config = configuration.load(options.config, options.set)
    with ThreadPoolExecutor(1) as pool:
        # All that the jobs import takes as long as Spark takes to start.
        discovered = pool.submit(graph.discover)
        spark = session.build(config, "marketlake run")
    jobs = discovered.result()
    check_sections(config, jobs)
    return run_days(graph.chosen(jobs, options.jobs), config, spark, options)


def check_sections(config: Config, jobs: Sequence[Job]) -> None:
    """Every section below `jobs` is valid, also those of jobs that do not run.

    Raises:
        ConfigurationError: an unknown job or setting, or a wrong value.
    """
    by_name = {job.name: job for job in jobs}
    for name in config.jobs:
        if name not in by_name:
            raise ConfigurationError(f"jobs.{name}: no such job.", f"Known: {', '.join(by_name)}.")
        config.section(name, by_name[name].settings)
