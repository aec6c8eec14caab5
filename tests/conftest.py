"""The ground of all tests: one Spark session for the run, lakes of their own, and the choice of one discipline.

Fixtures that several folders use are in `tests/fixtures`, a file a subject; each imports the jobs that it runs inside
its functions, so that a test starts without the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from marketlake.runtime import config as configuration
from marketlake.runtime import session
from marketlake.runtime.config import Config
from tests.selection import is_selected, job_names

ROOT = Path(__file__).resolve().parents[1]
# Each frame of a test is a few rows: every partition and every file beyond one is only waiting. Plans stay as in a job:
# without code generation, adaptive plans and the JVM's second compiler the tests took a third longer.
SMALL = {
    "spark.master": "local[2]",
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
}

pytest_plugins = [f"tests.fixtures.{file.stem}" for file in sorted((ROOT / "tests/fixtures").glob("[!_]*.py"))]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only", default="", metavar="DISCIPLINE", help="only tests of a discipline, such as recommend")


def pytest_configure(config: pytest.Config) -> None:
    job_names(config.getoption("--only"))  # an unknown discipline is said before any test


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if is_selected(collection_path, config.getoption("--only")) else True


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """The suite's own session, as every job gets it."""
    folder = tmp_path_factory.mktemp("session")
    config = configuration.load(ROOT / "conf" / "base.yaml").model_copy(update={"base_folder": folder})
    built = session.build(config, "tests", SMALL)
    yield built
    built.stop()


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., Config]:
    """A configuration with its lake, sources and tracking store in the test's own folder."""

    def make(*overrides: str) -> Config:
        conf = tmp_path / "conf"
        conf.mkdir(exist_ok=True)
        (conf / "test.yaml").write_text(f"extends: {ROOT}/conf/base.yaml\nwrite: {{pause_seconds: 0.1}}\n")
        return configuration.load(conf / "test.yaml", overrides)

    return make
