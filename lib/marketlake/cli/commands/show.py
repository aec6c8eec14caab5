"""Print rows of a table of the lake, of now or of a version."""

from __future__ import annotations

import argparse
import re

from pyspark.errors import AnalysisException
from pyspark.sql import functions as F

from marketlake.runtime import config as configuration
from marketlake.runtime import session
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.lake import Lake, first_line
from marketlake.tables.table import MONEY

HELP = "print rows of a table of the lake"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The table, and which of its rows and columns."""
    parser.add_argument("table")
    parser.add_argument("--config", required=True)
    parser.add_argument("--where", default="true", help="Spark SQL condition")
    parser.add_argument("--columns", default="*", help="Spark SQL expressions, separated by commas")
    parser.add_argument("--version", type=int, help="version of the table; the newest by default")
    parser.add_argument("--limit", type=int, default=20, help="number of rows at most")


def run(options: argparse.Namespace) -> int:
    """Prints the rows in order, so that the output does not depend on the table's files."""
    config = configuration.load(options.config)
    lake = Lake(session.build(config, "marketlake show"), config)
    rows = lake.read(options.table, options.version)
    try:
        rows = rows.where(options.where).selectExpr(*_split(options.columns))
    except AnalysisException as error:
        raise ConfigurationError(f"{options.table}: {first_line(error)}") from None
    # Spark has no order of maps.
    rows = rows.orderBy(*(F.col(f"`{f.name}`") for f in rows.schema if f.dataType.typeName() != "map"))
    money = [f.name for f in rows.schema if f.dataType.simpleString() == MONEY]
    in_cents = {name: F.col(f"`{name}`").cast("decimal(18,2)") for name in money}
    rows.withColumns(in_cents).show(options.limit, truncate=60)
    return 0


def _split(expressions: str) -> list[str]:
    """Splits at commas between expressions, not at those inside parentheses."""
    return [part.strip() for part in re.split(r",(?![^(]*\))", expressions)]
