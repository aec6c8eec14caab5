"""A job: its inputs, outputs and settings, and its run for a day, which may be repeated.

`--run-date D` means: everything that is known at the end of day D (UTC), whenever the job is run.
"""

from __future__ import annotations

import random
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import marketlake
from marketlake.runtime import config as configuration
from marketlake.runtime import logs
from marketlake.runtime.config import Config
from marketlake.runtime.errors import ConflictError, InputError, LostRaceError, MarketlakeError
from marketlake.runtime.fingerprint import fingerprint
from marketlake.runtime.lake import Commit, Lake, first_line
from marketlake.runtime.models import Models
from marketlake.runtime.tracking import Tracker
from marketlake.runtime.writing import Writer
from marketlake.settings import Settings
from marketlake.tables.merge_plan import MergePlan
from marketlake.tables.merging import Arrival
from marketlake.tables.ops import JOB_RUNS, MODEL_VERSIONS
from marketlake.tables.table import Table


@dataclass(frozen=True)
class Job:
    """A job and its declarations, from which order, schedules and documents are derived.

    Attributes:
        name: the name of its file.
        summary: one sentence for the table of jobs.
        run: the work.
        reads: tables that must exist before it runs.
        writes: tables that it fills.
        settings: the type of its section `jobs.<name>` in the configuration.
        trains: names of the registered models that it trains; ops.model_versions is written with each.
        uses: names of the registered models whose champion it loads.
        uses_settings_of: names of other jobs whose settings it reads.
        check: what a dry run checks beyond the tables that it reads; writes nothing.
        on_request: true when it runs only when it is named, in no whole run and no schedule.
    """

    name: str
    summary: str
    run: Callable[[Context], None]
    reads: tuple[Table, ...] = ()
    writes: tuple[Table, ...] = ()
    settings: type[BaseModel] = Settings
    trains: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    uses_settings_of: tuple[str, ...] = ()
    check: Callable[[Context], None] | None = None
    on_request: bool = False

    @property
    def inputs(self) -> list[str]:
        """The tables that it reads and the models that it uses, as plans and pictures name them."""
        return [*(table.name for table in self.reads), *(f"model {name}" for name in self.uses)]

    @property
    def outputs(self) -> list[str]:
        """The tables that it writes and the models that it trains, as plans and pictures name them."""
        return [*(table.name for table in self.writes), *(f"model {name}" for name in self.trains)]


@dataclass
class Context:
    """The means of one run of a job: the lake for its run date, settings, a writer, the tracker and models."""

    job: Job
    spark: SparkSession
    config: Config
    run_date: date
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    inputs: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, Commit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lake = Lake(self.spark, self.config)
        self.writer = Writer(
            self.lake,
            {
                "job": self.job.name,
                "run_id": self.run_id,
                "run_date": str(self.run_date),
                "code_version": code_version(),
            },
            self.inputs,
        )
        self.tracker = Tracker(self.config)
        self.models = Models(self.tracker.uri, self.run_date, self._record_model_version)

    @property
    def as_of(self) -> date:
        """The first day that is not included: the day after the run date."""
        return self.run_date + timedelta(days=1)

    def settings(self, model: type[configuration.M]) -> configuration.M:
        """The job's own section of the configuration."""
        return self.config.section(self.job.name, model)

    def fingerprint(self) -> str:
        """The hash of everything but the inputs that decides the result of a run."""
        own = self.settings(self.job.settings).model_dump(mode="json")
        others = {name: self.config.jobs.get(name) for name in self.job.uses_settings_of}
        return fingerprint(self.job.run, [own, others, self.config.max_age_days, self.tracker.experiment])

    def read(self, table: Table) -> DataFrame:
        """A table at a version pinned at the first read: of a snapshot the run date's rows, else all up to it.

        Raises:
            InputError: no such table, or nothing in it for the run date.
        """
        version = self.inputs.get(table.name)
        if version is None:
            if not self.lake.exists(table.name):
                self.lake.read(table.name)  # raises, and names what is missing
            version = self.inputs[table.name] = self.lake.version(table.name)
        frame = self.lake.read(table.name, version)
        if table.write == "snapshot":
            return frame.where(F.col("run_date") == F.lit(self.run_date))
        return frame.where(F.col(table.date_column) < F.lit(self.as_of)) if table.date_column else frame

    def read_snapshot(self, table: Table) -> DataFrame:
        """The run date's rows of a snapshot table that must have some.

        Raises:
            InputError: the table has no rows for the run date.
        """
        rows = self.read(table)
        if rows.isEmpty():
            raise InputError(
                f"{table.name}: no rows for run date {self.run_date}.",
                f"Run the job that writes it for that day first: `marketlake run --run-date {self.run_date}`.",
            )
        return rows

    def replace_day(
        self, table: Table, rows: DataFrame, partition: Mapping[str, Sequence[str]] | None = None
    ) -> Commit:
        """Writes the run date's rows of a snapshot table; with `partition`, only those of these values."""
        return self._note(table.name, self.writer.replace_day(table, rows, self.run_date, partition))

    def merge(self, table: Table, rows: DataFrame, arrival: Arrival | None = None) -> Commit:
        """Upserts the current rows of a table."""
        return self._note(table.name, self.writer.merge(table, rows, arrival))

    def apply(self, plan: MergePlan) -> Commit:
        """Writes a plan of the writer."""
        return self._note(plan.table.name, self.writer.apply(plan))

    def append(self, table: Table, rows: DataFrame) -> None:
        """Adds rows to a ledger."""
        self.writer.append(table, rows)
        self._note(table.name, self.lake.last_commit(table.name))

    def _record_model_version(self, values: Mapping[str, object]) -> None:
        row = tuple(values[column] for column in MODEL_VERSIONS.column_names)
        self.append(MODEL_VERSIONS, self.spark.createDataFrame([row], MODEL_VERSIONS.schema))

    def _note(self, name: str, commit: Commit) -> Commit:
        before = self.outputs.get(name)
        rows = commit.rows + (before.rows if before else 0)
        self.outputs[name] = Commit(commit.version, rows)
        return commit

    def run_with_retries(self, work: Callable[[Context], None]) -> None:
        """Repeats the whole read, compute and write when another writer won.

        Each attempt has a context of its own, so that a lost one counts neither as read nor as written.

        Raises:
            ConflictError: it lost as often as `write.attempts` allows.
        """
        attempts = self.config.write.attempts
        for attempt in range(1, attempts + 1):
            trial = replace(self, inputs={}, outputs={})
            try:
                work(trial)
            except Exception as error:
                if not is_conflict(error):
                    raise
                logs.log.warning("attempt %d of %d lost to another writer: %s", attempt, attempts, first_line(error))
                time.sleep(self.config.write.pause_seconds * attempt * random.uniform(0.5, 1.5))
                continue
            self.inputs.update(trial.inputs)
            self.models.versions.update(trial.models.versions)
            for name, commit in trial.outputs.items():
                self._note(name, commit)
            return
        raise ConflictError(
            f"{self.job.name}: another writer won {attempts} times.",
            "Run it again when the other one is done, or raise write.attempts.",
        )


def is_conflict(error: BaseException) -> bool:
    """True for a lost race, and for Delta's conflict exceptions, which have no common base class but names."""
    if isinstance(error, LostRaceError):
        return True
    return type(error).__module__.startswith("delta.exceptions") or "DELTA_CONCURRENT" in str(error)


def run_job(job: Job, config: Config, spark: SparkSession, run_date: date) -> dict[str, Any]:
    """Runs a job for a day and records it in `ops.job_runs`.

    Returns:
        job, run_id, run_date, status (`done`, `failed`), exit_code, seconds, rows in and out, table versions,
        and on failure the cause and what to do about it.
    """
    context = Context(job, spark, config, run_date)
    started = datetime.now(timezone.utc)
    clock = time.monotonic()
    failure: BaseException | None = None
    try:
        with logs.progress(spark, f"{job.name} {run_date}"):
            check_inputs(replace(context, inputs={}))  # of every declared table; inputs are those that it reads
            context.run_with_retries(job.run)
    except KeyboardInterrupt:
        raise
    except Exception as error:
        failure = error
        if not isinstance(error, MarketlakeError):
            logs.log.error("unexpected failure", exc_info=error)
    outcome = {
        "job": job.name,
        "run_id": context.run_id,
        "run_date": run_date,
        "status": "failed" if failure else "done",
        "exit_code": getattr(failure, "exit_code", 1) if failure else 0,
        "started_at": started,
        "seconds": round(time.monotonic() - clock, 3),
        "rows_in": {} if failure else context.lake.count(context.inputs),
        "rows_out": {name: commit.rows for name, commit in context.outputs.items()},
        "input_versions": dict(context.inputs),
        "output_versions": {name: commit.version for name, commit in context.outputs.items()},
        "model_versions": dict(context.models.versions),
        "code_version": code_version(),
        "fingerprint": None if failure else context.fingerprint(),
        "cause": _cause_of(failure),
        "advice": getattr(failure, "advice", "") if failure else None,
    }
    _record_run(context, outcome)
    logs.summary(outcome)
    return outcome


def check_inputs(context: Context) -> None:
    """Inputs exist and are young enough (`max_age_days`).

    Raises:
        InputError: naming the table, what was found and what was expected.
    """
    for table in context.job.reads:
        rows = context.read(table)
        limit = context.config.max_age_days.get(table.name)
        if limit is None or table.date_column is None:
            continue
        newest = rows.agg(F.max(table.date_column)).collect()[0][0]
        if newest is None or newest < context.run_date - timedelta(days=limit):
            raise InputError(
                f"{table.name}: the newest {table.date_column} is {newest}; for run date {context.run_date} "
                f"at most {limit} days old is allowed (max_age_days).",
                "Load the missing days with ingest_sources, then run again.",
            )


def _cause_of(failure: BaseException | None) -> str | None:
    if failure is None:
        return None
    return failure.cause if isinstance(failure, MarketlakeError) else first_line(failure)  # type: ignore[arg-type]


def _record_run(context: Context, outcome: dict[str, Any]) -> None:
    row = tuple(outcome[column] for column in JOB_RUNS.column_names)
    try:
        context.writer.append(JOB_RUNS, context.spark.createDataFrame([row], JOB_RUNS.schema))
    except Exception as error:
        logs.log.warning("the run could not be recorded in %s: %s", JOB_RUNS.name, first_line(error))


@cache
def code_version() -> str:
    """The package's version, with the commit where the code is a checkout."""
    folder = Path(__file__).parent
    try:
        commit = subprocess.run(
            ["git", "-C", str(folder), "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return marketlake.__version__
    return f"{marketlake.__version__}+{commit}"
