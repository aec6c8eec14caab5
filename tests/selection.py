"""The tests of one discipline (`--only`): its unit tests, and the integration tests of the jobs that import it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"


def job_names(only: str) -> list[str]:
    """The jobs that import a discipline; all when none is named.

    Raises:
        pytest.UsageError: there are no tests of that name.
    """
    jobs = {file.stem: file.read_text(encoding="utf-8") for file in sorted((ROOT / "jobs").glob("[!_]*.py"))}
    found = [name for name, text in jobs.items() if not only or re.search(rf"\bmarketlake\.{re.escape(only)}\b", text)]
    if only and not found and not (TESTS / "unit" / only).is_dir():
        rooms = sorted(
            folder.name for folder in (TESTS / "unit").iterdir() if folder.is_dir() and folder.name[0] != "_"
        )
        raise pytest.UsageError(f"--only {only}: no such discipline. Known: {', '.join(rooms)}.")
    return found


def is_selected(file: Path, only: str) -> bool:
    """True for a test file of the named discipline or of one of its jobs."""
    if not only or not file.name.startswith("test_"):
        return True
    if file == TESTS / "integration" / "test_every_job.py":
        return bool(job_names(only))
    folders = [TESTS / "unit" / only, *(TESTS / "integration" / name for name in job_names(only))]
    return any(folder in file.parents for folder in folders)
