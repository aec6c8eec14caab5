"""Finds runs that would change nothing: same code, settings and inputs as the last one, whose outputs are still there.

MLflow counts where a model does: a job that uses a model runs again when its champion is another version, and one that
trains a model when that version is gone.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Row
from pyspark.sql import functions as F

from marketlake.runtime.job import Context
from marketlake.runtime.lake import Commit, Lake
from marketlake.tables.catalog import all_tables
from marketlake.tables.ops import JOB_RUNS

# Operations of Delta: those that keep every row, and those of our writer; a restore or deletion is neither.
SAME_ROWS = ("OPTIMIZE", "VACUUM START", "VACUUM END")
OUR_WRITES = ("CREATE TABLE", "WRITE", "MERGE")


def find_unchanged_run(context: Context) -> str | None:
    """The id of the job's last run for the run date, when another one would change nothing; else None.

    A job without input tables reads outside data, and always runs.
    """
    last = _last_run(context)
    if last is None or last.status != "done" or last.fingerprint != context.fingerprint() or not last.input_versions:
        return None
    lake = context.lake
    same = all(
        _commits_are_harmless(lake, name, version, lambda commit: commit.metadata.get("run_id") == last.run_id)
        for name, version in last.input_versions.items()
    )
    same = same and all(
        _commits_are_harmless(lake, name, version, _leaves_output(context, name))
        for name, version in last.output_versions.items()
    )
    return last.run_id if same and _has_models(context, last) else None


def _last_run(context: Context) -> Row | None:
    if not context.lake.exists(JOB_RUNS.name):
        return None
    runs = context.lake.read(JOB_RUNS.name)
    if not set(JOB_RUNS.column_names) <= set(runs.columns):
        return None  # written by an earlier version of the code
    of_day = runs.where((F.col("job") == context.job.name) & (F.col("run_date") == F.lit(context.run_date)))
    return of_day.orderBy(F.col("started_at").desc()).first()


def _commits_are_harmless(lake: Lake, name: str, version: int, is_harmless: Callable[[Commit], bool]) -> bool:
    """True when every commit after a version keeps the rows as they are, or is harmless."""
    if not lake.exists(name):
        return False
    expected = lake.version(name)
    for commit in lake.commits(name):
        if commit.version != expected:
            return False
        if commit.version <= version:
            return commit.version == version
        if commit.operation not in SAME_ROWS and not (commit.operation in OUR_WRITES and is_harmless(commit)):
            return False
        expected -= 1
    return False  # the log does not go back that far


def _leaves_output(context: Context, name: str) -> Callable[[Commit], bool]:
    """Tells commits that leave the rows that this job wrote for this day: of other days, or rows of other jobs."""
    table = all_tables().get(name)
    is_shared = table is not None and table.write != "snapshot"

    def leaves_output(commit: Commit) -> bool:
        job, day = commit.metadata.get("job"), commit.metadata.get("run_date")
        return bool(job) and (day != str(context.run_date) or (is_shared and job != context.job.name))

    return leaves_output


def _has_models(context: Context, last: Row) -> bool:
    """True when the models that the run used are still the champions, and those that it trained still exist."""
    trained = set(context.job.trains)
    return all(
        context.models.exists(name, version) if name in trained else context.models.champion_version(name) == version
        for name, version in last.model_versions.items()
    )
