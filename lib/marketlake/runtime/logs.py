"""The log of a run: JSON lines for machines, short lines with a progress display on a terminal."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timezone
from typing import Any

from pyspark.sql import SparkSession
from rich.console import Console
from rich.logging import RichHandler

log = logging.getLogger("marketlake")
_console = Console(stderr=True)


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, message, and whatever the call gave as `extra={"fields": …}`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of one record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up() -> None:
    """Sends the suite's log to stderr; other libraries' only from warnings up."""
    if log.handlers:
        return
    handler: logging.Handler
    if _console.is_terminal:
        handler = RichHandler(console=_console, show_path=False, show_level=False, log_time_format="%H:%M:%S")
        handler.setFormatter(logging.Formatter("%(message)s"))
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    # Our errors already have Spark's reason; its loggers would add the query and Java's stack.
    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # which it goes by when it is imported only later
    # Models are pickled, together with our own code, on purpose.
    logging.getLogger("mlflow.pyfunc").addFilter(lambda record: "CloudPickle" not in record.getMessage())
    logging.getLogger("alembic").setLevel(logging.WARNING)


def summary(outcome: Mapping[str, Any]) -> None:
    """The last line of a run: one JSON object, or a sentence on a terminal."""
    if not _console.is_terminal:
        log.info("run ended", extra={"fields": outcome})
        return
    if outcome["status"] == "failed":
        log.error("%s failed: %s %s", outcome["job"], outcome["cause"], outcome["advice"])
        return
    rows = ", ".join(f"{name} {count:,}" for name, count in outcome["rows_out"].items())
    log.info(
        "%s %s in %.0f s%s",
        outcome["job"],
        outcome["status"],
        outcome["seconds"],
        f": {rows}" if rows else "",
    )


def step(number: str, job: str, run_date: date, text: str) -> None:
    """Announces a job; on a terminal only, where nobody searches for it."""
    if _console.is_terminal:
        log.info("[%s] %s %s: %s", number, job, run_date, text)


def skipped(job: str, run_date: date, run_id: str) -> None:
    """Tells that a job was not run, since it would change nothing."""
    fields = {"job": job, "run_date": run_date, "run_id": run_id, "status": "skipped"}
    log.info("%s %s: unchanged since run %s, skipped", job, run_date, run_id, extra={"fields": fields})


@contextmanager
def progress(spark: SparkSession, title: str) -> Iterator[None]:
    """Shows the running Spark stage and its tasks beside the job's name, on a terminal only."""
    if not _console.is_terminal:
        yield
        return
    ended, started = threading.Event(), time.monotonic()
    tracker = spark.sparkContext.statusTracker()

    def follow(status: Any) -> None:
        while not ended.wait(0.5):
            stages = [info for stage in tracker.getActiveStageIds() if (info := tracker.getStageInfo(stage))]
            tasks = "  ".join(f"stage {s.stageId}: {s.numCompletedTasks}/{s.numTasks} tasks" for s in stages)
            status.update(f"{title}  {time.monotonic() - started:.0f} s  {tasks}")

    with _console.status(title) as status:
        follower = threading.Thread(target=follow, args=(status,), daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()
