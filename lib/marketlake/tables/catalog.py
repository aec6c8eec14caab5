"""All tables of the suite: every `Table` that a module of this folder defines."""

from __future__ import annotations

import importlib
import pkgutil

import marketlake.tables as package
from marketlake.tables.table import Table

LAYERS = ("silver", "gold", "ops")


def all_tables() -> dict[str, Table]:
    """Name -> table, in the order of layers and names."""
    found: dict[str, Table] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table):
                found[value.name] = value
    return dict(sorted(found.items(), key=lambda item: (LAYERS.index(item[1].layer), item[0])))
