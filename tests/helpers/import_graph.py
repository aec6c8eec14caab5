"""The imports of our own files, read from their source without running it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "lib" / "marketlake"
JOBS = ROOT / "jobs"
RELATIVE = "a relative import"


@cache
def imports_of(file: Path, *, for_types: bool = True) -> frozenset[str]:
    """The full names of everything that a file imports, at its top or inside a function.

    Args:
        file: a Python file.
        for_types: include imports below `if TYPE_CHECKING`, which never run.
    """
    names: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    if not for_types:
        tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and is_type_checking(node.test))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(RELATIVE)
    return frozenset(names)


def is_type_checking(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def room_of(name: str) -> str | None:
    """The room of a full name: a folder or file right below `marketlake`; None for names of others.

    >>> room_of("marketlake.tables.orders.ORDERS"), room_of("marketlake.settings.Settings"), room_of("json")
    ('tables', 'settings', None)
    """
    package, _, rest = name.partition(".")
    room = rest.split(".")[0]
    is_room = (LIBRARY / room).is_dir() or (LIBRARY / f"{room}.py").is_file()
    return room if package == "marketlake" and room and is_room else None


def file_of(name: str) -> Path | None:
    """The file of the library that a full name is in; None for names of others."""
    parts = name.split(".")
    if parts[0] != "marketlake":
        return None
    for length in range(len(parts), 1, -1):
        file = LIBRARY.joinpath(*parts[1:length]).with_suffix(".py")
        if file.is_file():
            return file
    return None


def rooms() -> dict[str, set[str]]:
    """Each room of the library, and `jobs`, with the other rooms that its files import."""
    files = {file: file.relative_to(LIBRARY).parts[0].removesuffix(".py") for file in LIBRARY.rglob("*.py")}
    files |= dict.fromkeys(JOBS.glob("*.py"), "jobs")
    graph: dict[str, set[str]] = {room: set() for room in files.values() if room != "__init__"}
    for file, room in files.items():
        if room in graph:
            graph[room] |= {other for name in imports_of(file) if (other := room_of(name)) and other != room}
    return graph


GROUND = ("tables", "definitions", "evaluation", "reporting", "frames", "settings")
TOP = ("jobs", "cli")
RUNTIME = "runtime"


def disciplines() -> list[str]:
    """The rooms that are neither ground, nor runtime, nor on top."""
    return sorted(set(rooms()) - {*GROUND, *TOP, RUNTIME})
