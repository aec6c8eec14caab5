"""The house of DESIGN.md: imports run one way, and a discipline stands alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "lib" / "marketlake"
JOBS = ROOT / "jobs"
FRONT_DOOR = "cli"  # the command line sees every room, as jobs do; no room sees it
JOB_NAMES = {file.stem for file in JOBS.glob("*.py")}


def imported(file: Path) -> set[str]:
    """The full names of everything that a file imports, at its top or inside a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("a relative import")
    return names


def forbidden(file: Path, room: str | None) -> set[str]:
    """What a file imports of ours although its room (a folder of the library; None for a job) may not."""
    ground = {"tables", "definitions", "evaluation", "reporting", "frames"}
    allowed = {"runtime": {"runtime", *ground}}.get(room or "", {room, *ground})
    closed = room not in (None, FRONT_DOOR)
    return {name for name in imported(file) if is_another_job(name) or (closed and is_closed(name, allowed))}


def is_another_job(name: str) -> bool:
    return name == "a relative import" or name.split(".", maxsplit=1)[0] in {"jobs", "marketlake_jobs"} | JOB_NAMES


def is_closed(name: str, allowed: set[str | None]) -> bool:
    """Whether a full name is in a room of ours that is not among the allowed ones."""
    package, _, rest = name.partition(".")
    return package == "marketlake" and is_room(rest.split(".")[0]) and rest.split(".")[0] not in allowed


def is_room(name: str) -> bool:
    return bool(name) and (LIBRARY / name).is_dir()


def library_files() -> list[Path]:
    return sorted(LIBRARY.rglob("*.py"))


@pytest.mark.parametrize("file", library_files(), ids=lambda file: str(file.relative_to(LIBRARY)))
def test_a_room_imports_only_what_the_design_allows(file: Path) -> None:
    room = file.relative_to(LIBRARY).parts[0]
    assert forbidden(file, room) == set()


@pytest.mark.parametrize("file", sorted((LIBRARY / "recommend").rglob("*.py")), ids=lambda file: file.stem)
def test_what_makes_lists_does_not_know_what_judges_them(file: Path) -> None:
    judging = {name for name in imported(file) if name.startswith("marketlake.recommend.evaluation")}
    assert file.parent.name == "evaluation" or not judging


@pytest.mark.parametrize("file", sorted(JOBS.glob("*.py")), ids=lambda file: file.stem)
def test_a_job_imports_no_other_job(file: Path) -> None:
    assert forbidden(file, None) == set()


def test_the_rooms_of_the_design_are_looked_at() -> None:
    rooms = {file.relative_to(LIBRARY).parts[0] for file in library_files()}
    assert {"tables", "runtime", "sources", "simulator", "profiles", "segments", FRONT_DOOR} <= rooms


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("tables", "from marketlake.runtime.config import Config"),
        ("tables", "import marketlake.sources.raw"),
        ("runtime", "from marketlake.profiles import purchases"),
        ("profiles", "from marketlake.runtime import lake"),
        ("profiles", "from marketlake import segments"),
        ("segments", "def later():\n    from marketlake.runtime.job import Job"),
        ("segments", "from ..runtime import lake"),
        ("sources", "import ingest_sources"),
        ("runtime", "from marketlake.cli import simulate"),
    ],
)
def test_the_check_finds_an_import_against_the_rule(room: str, text: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(text)
    assert forbidden(planted, room)


def test_the_check_lets_a_room_import_itself_and_tables(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed.py"
    allowed.write_text("import marketlake.tables.orders\nfrom marketlake.profiles import purchases\nimport json\n")
    assert forbidden(allowed, "profiles") == set()
