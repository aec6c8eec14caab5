"""The command line of a job: its options, and the days that it runs in turn."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NoReturn

from pyspark.sql import SparkSession

from marketlake.runtime import config as configuration
from marketlake.runtime import logs, session
from marketlake.runtime.config import Config
from marketlake.runtime.errors import ConfigurationError, MarketlakeError
from marketlake.runtime.job import Context, Job, check_inputs, run_job
from marketlake.runtime.unchanged import find_unchanged_run


class Parser(argparse.ArgumentParser):
    """A parser whose errors are the suite's own, so that a scheduler finds them in the last line."""

    def error(self, message: str) -> NoReturn:
        """Raises a ConfigurationError."""
        raise ConfigurationError(f"{self.prog}: {message}.", self.format_usage().strip())


def main(job: Job, arguments: Sequence[str] | None = None) -> None:
    """The command line of one job; ends the process with its exit code."""
    logs.set_up()
    parser = Parser(prog=f"{job.name}.py", description=job.summary)
    add_run_arguments(parser)
    try:
        options = parser.parse_args(arguments)
        config = configuration.load(options.config, options.set)
        config.section(job.name, job.settings)
        code = run_days([job], config, session.build(config, job.name), options)
    except MarketlakeError as error:
        logs.summary(startup_failure(job.name, error))
        code = error.exit_code
    sys.exit(code)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options that jobs and `marketlake run` share."""
    parser.add_argument("--config", required=True, help="a YAML file, such as conf/demo.yaml")
    parser.add_argument("--run-date", required=True, type=_day, help="last known day, YYYY-MM-DD (UTC)")
    parser.add_argument("--end-date", type=_day, help="run every day from --run-date to this one")
    parser.add_argument("--set", action="append", default=[], metavar="a.b=c", help="override a setting")
    parser.add_argument("--dry-run", action="store_true", help="plan and check inputs, write nothing")
    parser.add_argument(
        "--skip-unchanged",
        action="store_true",
        help="skip a job whose inputs, settings and code are those of its last run for the day",
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; expected YYYY-MM-DD") from None


def run_days(jobs: Sequence[Job], config: Config, spark: SparkSession, options: argparse.Namespace) -> int:
    """Runs jobs in the given order for each day; stops at the first failure and returns its exit code."""
    days = list(_days(options.run_date, options.end_date))
    for day in days:
        for number, job in enumerate(jobs, 1):
            if options.dry_run:
                _dry_run(job, config, spark, day, {t.name for j in jobs for t in j.writes})
                continue
            logs.step(f"{number}/{len(jobs)}", job.name, day, job.summary)
            if options.skip_unchanged and (run_id := find_unchanged_run(Context(job, spark, config, day))):
                logs.skipped(job.name, day, run_id)
                continue
            outcome = run_job(job, config, spark, day)
            if outcome["exit_code"]:
                return int(outcome["exit_code"])
    return 0


def startup_failure(name: str, error: MarketlakeError) -> dict[str, Any]:
    """The outcome of a job that failed before it started."""
    return {
        "job": name,
        "status": "failed",
        "exit_code": error.exit_code,
        "cause": error.cause,
        "advice": error.advice,
    }


def _dry_run(job: Job, config: Config, spark: SparkSession, day: date, written: set[str]) -> None:
    context = Context(job, spark, config, day)
    present = tuple(t for t in job.reads if t.name not in written or context.lake.exists(t.name))
    check_inputs(Context(replace(job, reads=present), spark, config, day))
    if job.check:
        job.check(context)
    reads = ", ".join(job.inputs) or "outside sources"
    logs.log.info("would run %s for %s: %s -> %s", job.name, day, reads, ", ".join(job.outputs))


def _days(first: date, last: date | None) -> Iterable[date]:
    if last is not None and last < first:
        raise ConfigurationError(f"--end-date {last} is before --run-date {first}.")
    return (first + timedelta(days=n) for n in range(((last or first) - first).days + 1))
