"""Write the raw files of a simulated retailer, and in a folder of its own the ground truth."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

HELP = "write the raw files of a simulated retailer"
SETTINGS = Path(__file__).resolve().parents[4] / "conf" / "simulator.yaml"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--customers", type=_positive, metavar="N", help="number of customers of a fully simulated retailer"
    )
    who.add_argument(
        "--over",
        metavar="SOURCES",
        help="simulate channels around the orders of outside sources: a folder of conf/sources",
    )
    parser.add_argument(
        "--days", type=_positive, required=True, metavar="D", help="number of days from simulator.first_day"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="random seed; each seed is another retailer")
    parser.add_argument("--out", required=True, metavar="PATH", help="folder or object store of the raw files")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DAY", help="first day to write")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="DAY", help="last day to write")
    parser.add_argument("--config", default=str(SETTINGS), help="configuration file with a section `simulator`")
    parser.add_argument("--set", action="append", default=[], metavar="a.b=c", help="override a setting")


def run(options: argparse.Namespace) -> int:
    """Writes the files."""
    from marketlake.cli.simulate import simulate  # pandas and the simulator: the other commands start faster without

    return simulate(options)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} must be a positive integer")
    return int(text)
