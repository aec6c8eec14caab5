"""All tables of the suite: every `Table` that a module of this folder defines."""

from __future__ import annotations

import importlib
import pkgutil

import marketlake.tables as package
from marketlake.tables.table import Table

LAYERS = ("silver", "gold", "ops")


def all_tables() -> list[Table]:
    """Every table once, by layer and name."""
    found: dict[str, Table] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table):
                found[value.name] = value
    return sorted(found.values(), key=lambda table: (LAYERS.index(table.layer), table.name))


def table_named(name: str) -> Table:
    """The table of that name.

    Raises:
        KeyError: there is none.
    """
    return next(iter([t for t in all_tables() if t.name == name]), None) or _unknown(name)


def _unknown(name: str) -> Table:
    raise KeyError(f"no such table: {name}; known: {', '.join(t.name for t in all_tables())}")
