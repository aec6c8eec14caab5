"""Which commits of a table leave a run's inputs and outputs as they were, without a lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from marketlake.runtime import unchanged
from marketlake.runtime.job import Job
from marketlake.runtime.lake import Commit

DAY, OTHER_DAY = "2025-03-02", "2025-03-01"
PROFILES, IDS = "gold.customer_profiles", "ops.integer_ids"  # a snapshot, and a table that several jobs merge into


class Log:
    """A table's commits, as the lake gives them: the newest first."""

    def __init__(self, *commits: Commit) -> None:
        self._commits = commits

    def exists(self, _: str) -> bool:
        return bool(self._commits)

    def version(self, _: str) -> int:
        return self._commits[0].version

    def commits(self, _: str) -> Iterator[Commit]:
        return iter(self._commits)


def commit(version: int, operation: str = "WRITE", job: str = "build_profiles", day: str = DAY) -> Commit:
    return Commit(version, 1, operation, {"job": job, "run_date": day, "run_id": "r2"} if job else {})


def leaves_output(name: str, *commits: Commit) -> bool:
    context: Any = SimpleNamespace(
        job=Job("build_profiles", "Profiles.", lambda _: None), run_date=date.fromisoformat(DAY)
    )
    log: Any = Log(*commits)
    return unchanged._commits_are_harmless(log, name, 3, unchanged._leaves_output(context, name))


@pytest.mark.parametrize(
    ("name", "later", "expected"),
    [
        (PROFILES, [], True),
        (PROFILES, [commit(4, day=OTHER_DAY)], True),
        (PROFILES, [commit(4)], False),
        (PROFILES, [commit(4, job="another_job")], False),
        (PROFILES, [commit(4, "OPTIMIZE", job="")], True),
        (PROFILES, [commit(4, "WRITE", job="")], False),
        (PROFILES, [commit(4, "RESTORE", day=OTHER_DAY)], False),
        (PROFILES, [commit(4, "DELETE", day=OTHER_DAY)], False),
        (PROFILES, [commit(5, day=OTHER_DAY), commit(4)], False),
        (IDS, [commit(4, "MERGE", job="another_job")], True),
        (IDS, [commit(4, "MERGE")], False),
        ("bronze.unknown", [commit(4, job="another_job")], False),
    ],
)
def test_an_output_stays_unless_its_day_is_written_or_rows_are_taken_out(
    name: str, later: list[Commit], expected: bool
) -> None:
    assert leaves_output(name, *later, commit(3), commit(2)) is expected


def test_a_table_that_is_gone_shorter_or_whose_log_was_cut_counts_as_changed() -> None:
    assert not leaves_output(PROFILES)
    assert not leaves_output(PROFILES, commit(2), commit(1))
    assert not leaves_output(PROFILES, commit(5, day=OTHER_DAY))


def test_an_input_may_have_later_commits_of_the_run_itself_only() -> None:
    log: Any = Log(commit(4, "MERGE"), commit(3))
    for run_id, expected in (("r2", True), ("r1", False)):
        same_run = lambda each, run_id=run_id: each.metadata.get("run_id") == run_id  # noqa: E731
        assert unchanged._commits_are_harmless(log, IDS, 3, same_run) is expected


@pytest.mark.parametrize(
    ("uses", "trains", "champion", "exists", "expected"),
    [
        (("m",), (), 2, True, True),
        (("m",), (), 3, True, False),
        (("m",), (), None, False, False),
        ((), ("m",), 3, True, True),
        ((), ("m",), None, False, False),
    ],
    ids=["same champion", "other champion", "no champion", "trained and kept", "trained and gone"],
)
def test_a_model_counts_by_its_version(
    uses: tuple[str, ...], trains: tuple[str, ...], champion: int | None, exists: bool, expected: bool
) -> None:
    models = SimpleNamespace(champion_version=lambda _: champion, exists=lambda *_: exists)
    context = SimpleNamespace(job=Job("x", "X.", lambda _: None, uses=uses, trains=trains), models=models)
    assert unchanged._has_models(context, SimpleNamespace(model_versions={"m": 2})) is expected  # type: ignore[arg-type]
