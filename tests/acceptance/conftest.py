"""The demo's own lake, made by the command that its user calls."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketlake.runtime import config as configuration
from marketlake.runtime import session
from marketlake.runtime.config import Config

ROOT = Path(__file__).resolve().parents[2]


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as a reader of the README would type it, in the checkout."""
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    whole = {**os.environ, "PATH": path, "COLUMNS": "200", **environment}
    # The tests run below another make, whose flags are not for this one.
    whole = {name: value for name, value in whole.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(command, shell=True, cwd=ROOT, env=whole, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The session that the demo itself has: its tables are not a few rows."""
    built = session.build(configuration.load(ROOT / "conf" / "demo.yaml"), "acceptance tests")
    yield built
    built.stop()


@pytest.fixture(scope="session")
def demo() -> Config:
    """The demo's configuration, after `make demo` has made its lake."""
    done = shell("make demo")
    assert done.returncode == 0, done.stderr[-4000:]
    assert "make ui" in done.stdout
    return configuration.load(ROOT / "conf" / "demo.yaml")
