"""Print the data dictionary: every table, column, key and rule; as a page with --html."""

from __future__ import annotations

import argparse
from pathlib import Path

from marketlake.cli.output import write_file
from marketlake.runtime import dictionary
from marketlake.runtime.errors import ConfigurationError
from marketlake.tables.catalog import all_tables

HELP = "print the data dictionary; as a page with --html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The names of tables, and the page to write."""
    parser.add_argument("names", nargs="*", metavar="table")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the dictionary as one page")


def run(options: argparse.Namespace) -> int:
    """Prints the named tables, else all."""
    tables = all_tables()
    unknown = set(options.names) - set(tables)
    if unknown:
        raise ConfigurationError(f"no such table: {', '.join(sorted(unknown))}.")
    selected = [tables[name] for name in options.names or tables]
    if options.html:
        write_file(options.html, dictionary.as_html(selected))
    else:
        print(dictionary.as_text(selected))
    return 0
