"""`marketlake simulate`: days, batches, and messages about a wrong command line."""

from __future__ import annotations

import argparse
import json
from datetime import date

import pytest

from marketlake.cli import simulate
from marketlake.cli.commands import simulate as command
from marketlake.runtime.command import Parser
from marketlake.runtime.errors import ConfigurationError
from marketlake.simulator.settings import SimulatorSettings

SETTINGS = SimulatorSettings(first_day="2025-01-30", batch_days=3)


def parsed(*arguments: str) -> argparse.Namespace:
    parser = Parser(prog="simulate")
    command.add_arguments(parser)
    return parser.parse_args(["--out", "there", "--days", "7", *arguments])


def days(*arguments: str) -> list[str]:
    made = simulate.list_batches(parsed("--customers", "10", *arguments), SETTINGS)
    return [f"{first:%m-%d}..{last:%m-%d}" for first, last in made]


def test_all_days_are_made_in_batches() -> None:
    assert days() == ["01-30..02-01", "02-02..02-04", "02-05..02-05"]


def test_some_days_or_one_can_be_made_alone() -> None:
    assert days("--from", "2025-02-03") == ["02-03..02-05"]
    assert days("--from", "2025-02-02", "--to", "2025-02-02") == ["02-02..02-02"]


@pytest.mark.parametrize("wrong", [("--from", "2025-01-29"), ("--to", "2025-02-06"), ("--to", "2025-01-29")])
def test_days_that_are_not_there_are_named_with_those_that_are(wrong: tuple[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="not within 2025-01-30 and 2025-02-05"):
        days(*wrong)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--customers", "0"), "'0' must be a positive integer"),
        (("--customers", "many"), "'many' must be a positive integer"),
        (("--customers", "10", "--over", "complete_journey"), "not allowed with argument --customers"),
        ((), "one of the arguments --customers --over is required"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong(wrong: tuple[str, ...], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        parsed(*wrong)


def test_the_parameters_say_seed_and_every_rate() -> None:
    said = json.loads(simulate.describe_parameters(parsed("--customers", "10", "--seed", "4"), SETTINGS))
    assert (said["seed"], said["days"]) == (4, 7)
    assert SimulatorSettings.model_validate(said["settings"]) == SETTINGS
    assert said["settings"]["first_day"] == str(date(2025, 1, 30))
