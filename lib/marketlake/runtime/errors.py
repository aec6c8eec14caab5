"""What can go wrong, and the exit code that tells a scheduler which it was."""

from __future__ import annotations


class MarketlakeError(Exception):
    """A failure with a cause that a person can act on.

    Args:
        cause: what was found and what was expected, naming the thing.
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
    """Another writer kept winning."""

    exit_code = 5
