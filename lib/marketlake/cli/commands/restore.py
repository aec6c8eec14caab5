"""Bring a table back to a version; the versions after it stay readable."""

from __future__ import annotations

import argparse

from marketlake.runtime import config as configuration
from marketlake.runtime import session
from marketlake.runtime.lake import Lake

HELP = "bring a table back to a version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The table and the version."""
    parser.add_argument("table")
    parser.add_argument("version", type=int)
    parser.add_argument("--config", required=True)


def run(options: argparse.Namespace) -> int:
    """Restores the table and prints its new version."""
    config = configuration.load(options.config)
    lake = Lake(session.build(config, "marketlake restore"), config)
    lake.read(options.table, options.version)  # says what is missing
    lake.delta(options.table).restoreToVersion(options.version)
    now = lake.version(options.table)
    print(f"{options.table} is as version {options.version} was; that is version {now}")
    return 0
