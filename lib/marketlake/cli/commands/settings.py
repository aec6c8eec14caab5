"""Print every setting with its default and description, as the YAML of conf/base.yaml or conf/simulator.yaml."""

from __future__ import annotations

import argparse
from pathlib import Path

from marketlake.cli.output import write_file
from marketlake.runtime import graph
from marketlake.runtime.settings_yaml import base_yaml, simulator_yaml

HELP = "print every setting with its default and description, as YAML"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The part of the settings, and the file to write."""
    parser.add_argument(
        "part",
        nargs="?",
        choices=("base", "simulator"),
        default="base",
        help="all but the simulator's (default), or only those",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write into a file")


def run(options: argparse.Namespace) -> int:
    """Prints or writes the YAML."""
    text = base_yaml(graph.discover()) if options.part == "base" else simulator_settings()
    if options.out:
        write_file(options.out, text)
    else:
        print(text, end="")
    return 0


def simulator_settings() -> str:
    """The YAML of the simulator."""
    from marketlake.simulator.settings import SimulatorSettings

    return simulator_yaml(SimulatorSettings)
