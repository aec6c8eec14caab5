"""Failures of a job, each with the exit code that a scheduler sees."""

from __future__ import annotations


class MarketlakeError(Exception):
    """A failure with a cause and advice.

    Args:
        cause: names the thing, the value found and the value expected.
        advice: what to do about it.
    """

    exit_code = 1

    def __init__(self, cause: str, advice: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.cause} {self.advice}".strip()


class ConfigurationError(MarketlakeError):
    """The command line, a setting or a source file is wrong."""

    exit_code = 2


class InputError(MarketlakeError):
    """An input is missing or too old."""

    exit_code = 3


class ContractError(MarketlakeError):
    """Too many rows break their contract, or a source's columns changed."""

    exit_code = 4


class ConflictError(MarketlakeError):
    """Another writer won every attempt."""

    exit_code = 5


class LostRaceError(Exception):
    """Another writer changed a table between its reading and its writing; the work is repeated."""
