"""Failures of a source: the cause names the file and the place, the advice says what to do."""

from __future__ import annotations


class SourceError(Exception):
    """A source that cannot be loaded.

    Attributes:
        cause: what is wrong, and where.
        advice: what to do about it.
    """

    def __init__(self, cause: str, advice: str = "") -> None:
        super().__init__(cause)
        self.cause, self.advice = cause, advice


class MissingFileError(SourceError):
    """There is no file where the source expects one."""


class SchemaError(SourceError):
    """The columns of the raw rows are not the declared ones."""


class MappingError(SourceError):
    """A mapping cannot be computed, or names a table without a contract."""


class RejectedRowsError(SourceError):
    """More rows broke their contract than the source may have."""
