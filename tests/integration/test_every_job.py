"""Every job runs on the small omnichannel lake: a job of a new file is tried without a change here."""

from __future__ import annotations

import pytest
from tests.helpers.small_lake import SmallLake
from tests.selection import job_names


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", job_names(metafunc.config.getoption("--only")))


def test_a_job_runs_on_the_small_lake(small_lake: SmallLake, name: str) -> None:
    outcome = small_lake.run_job(name)
    assert outcome["exit_code"] == 0, outcome["cause"]
    written = small_lake.job(name).writes
    assert not written or any(outcome["rows_out"].get(table.name) for table in written)
