"""The command line of a checkout: `marketlake run | simulate | plan | tables | show | restore | ui`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F

from marketlake.cli import simulate_options
from marketlake.runtime import config as configuration
from marketlake.runtime import dictionary, graph, logs, session
from marketlake.runtime.command import Parser, add_run_arguments, run_days, startup_failure
from marketlake.runtime.config import Config
from marketlake.runtime.errors import ConfigurationError, MarketlakeError
from marketlake.runtime.job import Job
from marketlake.runtime.lake import Lake, first_line
from marketlake.runtime.tracking import Tracker
from marketlake.tables.catalog import all_tables


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    logs.set_up()
    try:
        options = _parser().parse_args(arguments)
        sys.exit(options.command(options))
    except MarketlakeError as error:
        logs.summary(startup_failure("marketlake", error))
        sys.exit(error.exit_code)


def _parser() -> Parser:
    parser = Parser(prog="marketlake", description="Precision marketing on Spark and Delta Lake.")
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="run jobs in their order; when none is named, all but those on request")
    run.add_argument("jobs", nargs="*", metavar="job")
    add_run_arguments(run)
    run.set_defaults(command=_run)
    simulate = commands.add_parser("simulate", help="write the raw files of a simulated retailer")
    simulate_options.add_arguments(simulate)
    simulate.set_defaults(command=_simulate)
    plan = commands.add_parser("plan", help="print the graph of jobs; draw it with --svg")
    plan.add_argument("--svg", type=Path, metavar="FILE", help="draw the lineage into a file")
    plan.add_argument("--markdown", action="store_true", help="the README's table of jobs")
    plan.set_defaults(command=_plan)
    tables = commands.add_parser("tables", help="print the data dictionary; as a page with --html")
    tables.add_argument("names", nargs="*", metavar="table")
    tables.add_argument("--html", type=Path, metavar="FILE", help="write the dictionary as one page")
    tables.set_defaults(command=_tables)
    show = commands.add_parser("show", help="print rows of a table of the lake")
    show.add_argument("table")
    show.add_argument("--config", required=True)
    show.add_argument("--where", default="true", help="Spark SQL condition")
    show.add_argument("--columns", default="*", help="Spark SQL expressions, separated by commas")
    show.add_argument("--version", type=int, help="as it was at a version")
    show.add_argument("--limit", type=int, default=20)
    show.set_defaults(command=_show)
    restore = commands.add_parser("restore", help="bring a table back to a version")
    restore.add_argument("table")
    restore.add_argument("version", type=int)
    restore.add_argument("--config", required=True)
    restore.set_defaults(command=_restore)
    ui = commands.add_parser("ui", help="start the MLflow UI on the configuration's store")
    ui.add_argument("--config", required=True)
    ui.add_argument("--port", type=int, default=5000)
    ui.set_defaults(command=_ui)
    return parser


def _run(options: argparse.Namespace) -> int:
    config = configuration.load(options.config, options.set)
    with ThreadPoolExecutor(1) as pool:
        # All that the jobs import takes as long as Spark takes to start.
        discovered = pool.submit(graph.discover)
        spark = session.build(config, "marketlake run")
    jobs = discovered.result()
    _check_sections(config, jobs)
    return run_days(graph.chosen(jobs, options.jobs), config, spark, options)


def _simulate(options: argparse.Namespace) -> int:
    from marketlake.cli.simulate import simulate  # the other commands start in half the time without it

    return simulate(options)


def _check_sections(config: Config, jobs: Sequence[Job]) -> None:
    known = {job.name: job for job in jobs}
    for name in config.jobs:
        if name not in known:
            raise ConfigurationError(f"jobs.{name}: no such job.", f"Known: {', '.join(known)}.")
        config.section(name, known[name].settings)


def _plan(options: argparse.Namespace) -> int:
    jobs = graph.discover()
    print(graph.as_markdown(jobs) if options.markdown else graph.as_text(jobs))
    if options.svg:
        _write(options.svg, graph.as_svg(jobs))
    return 0


def _tables(options: argparse.Namespace) -> int:
    tables = all_tables()
    unknown = set(options.names) - set(tables)
    if unknown:
        raise ConfigurationError(f"no such table: {', '.join(sorted(unknown))}.")
    chosen = [tables[name] for name in options.names or tables]
    if options.html:
        _write(options.html, dictionary.as_html(chosen))
    else:
        print(dictionary.as_text(chosen))
    return 0


def _show(options: argparse.Namespace) -> int:
    config = configuration.load(options.config)
    lake = Lake(session.build(config, "marketlake show"), config)
    rows = lake.read(options.table, options.version)
    try:
        rows = rows.where(options.where).selectExpr(*_split(options.columns))
    except AnalysisException as error:
        raise ConfigurationError(f"{options.table}: {first_line(error)}") from None
    # In order, so that what is shown does not depend on files; Spark has none for maps.
    rows = rows.orderBy(*(F.col(f"`{f.name}`") for f in rows.schema if f.dataType.typeName() != "map"))
    rows.show(options.limit, truncate=60)
    return 0


def _split(expressions: str) -> list[str]:
    """Commas between expressions, not those inside parentheses."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", expressions)]


def _restore(options: argparse.Namespace) -> int:
    config = configuration.load(options.config)
    lake = Lake(session.build(config, "marketlake restore"), config)
    lake.read(options.table, options.version)  # says what is missing
    lake.delta(options.table).restoreToVersion(options.version)
    now = lake.version(options.table)
    print(f"{options.table} is as version {options.version} was; that is version {now}")
    return 0


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(file)


def _ui(options: argparse.Namespace) -> int:
    tracker = Tracker(configuration.load(options.config))
    print(f"MLflow UI: http://127.0.0.1:{options.port}/#/experiments (Ctrl+C stops it)", flush=True)
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "ui",
        "--backend-store-uri",
        tracker.uri,
        "--port",
        str(options.port),
    ]
    # Else it starts a dozen processes for jobs of its own, which nothing here uses.
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    os.execv(sys.executable, command)
    return 0
