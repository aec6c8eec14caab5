"""The command line of a checkout: `marketlake COMMAND`. Each file in `commands` is a command of its name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from marketlake.cli import commands
from marketlake.runtime import logs
from marketlake.runtime.command import Parser, startup_failure
from marketlake.runtime.errors import MarketlakeError


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command and ends the process with its exit code."""
    logs.set_up()
    try:
        options = build_parser().parse_args(arguments)
        sys.exit(options.command(options))
    except MarketlakeError as error:
        logs.summary(startup_failure("marketlake", error))
        sys.exit(error.exit_code)


def build_parser() -> Parser:
    """The parser of all commands."""
    parser = Parser(prog="marketlake", description="Precision marketing on Spark and Delta Lake.")
    subparsers = parser.add_subparsers(required=True, metavar="command")
    for module in iter_modules(commands.__path__):
        command = import_module(f"{commands.__name__}.{module.name}")
        subparser = subparsers.add_parser(module.name, help=command.HELP, description=command.__doc__)
        command.add_arguments(subparser)
        subparser.set_defaults(command=command.run)
    return parser
