"""What machines read of a run: one JSON object a line."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest

from marketlake.runtime import logs
from marketlake.runtime.command import startup_failure
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.logs import JsonLines


def record(message: str, *values: object, **other: object) -> logging.LogRecord:
    made = logging.LogRecord("marketlake", logging.WARNING, "file.py", 1, message, values, other.get("exc_info"))  # type: ignore[arg-type]
    if "fields" in other:
        made.fields = other["fields"]
    return made


def parsed(line: str) -> dict:
    assert "\n" not in line
    return json.loads(line)


def test_a_line_has_time_in_utc_level_and_message() -> None:
    line = parsed(JsonLines().format(record("%d of %s", 2, "many")))
    assert (line["level"], line["message"]) == ("warning", "2 of many")
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)


def test_fields_of_the_call_stand_beside_the_message() -> None:
    fields = {"job": "x", "run_date": date(2025, 3, 1), "rows_out": {"silver.orders": 3}}
    line = parsed(JsonLines().format(record("run ended", fields=fields)))
    assert (line["job"], line["run_date"], line["rows_out"]) == ("x", "2025-03-01", {"silver.orders": 3})


def test_a_traceback_stays_on_the_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        line = parsed(JsonLines().format(record("failed", exc_info=sys.exc_info())))
    assert line["traceback"].startswith("Traceback")
    assert "ValueError: first\nsecond" in line["traceback"]


def test_a_job_that_could_not_begin_says_why_what_to_do_and_its_exit_code() -> None:
    outcome = startup_failure("marketlake", ConfigurationError("It is wrong.", "Mend it."))
    line = parsed(JsonLines().format(record("run ended", fields=outcome)))
    assert (line["job"], line["status"], line["exit_code"]) == ("marketlake", "failed", 2)
    assert (line["cause"], line["advice"]) == ("It is wrong.", "Mend it.")


def test_what_spark_refuses_is_not_printed_with_its_stack() -> None:
    """In a process of its own: `set_up` would take the log away from the other tests."""
    said = """
from marketlake.runtime import logs
from pyspark.logger import PySparkLogger
logs.set_up()
for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
    PySparkLogger.getLogger(name).exception("no such column", errorClass="UNRESOLVED_COLUMN")
"""
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_mlflow_is_heard_from_warnings_up() -> None:
    """Also when it is imported after our log is set up, as the jobs of `marketlake run` are."""
    program = """
from marketlake.runtime import logs
logs.set_up()
import logging, mlflow
from mlflow.pyfunc import _logger
for name in ("mlflow.store", "mlflow.pyfunc"):
    print(logging.getLogger(name).isEnabledFor(logging.INFO), logging.getLogger(name).isEnabledFor(logging.WARNING))
_logger.warning("serialized using CloudPickle")
_logger.warning("signature does not fit")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"] * 2
    assert ("CloudPickle" in done.stderr, "signature does not fit" in done.stderr) == (False, True)


def test_a_skipped_job_says_since_which_run_for_machines_too(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="marketlake"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs.log, "propagate", True)
        logs.skipped("build_profiles", date(2025, 3, 1), "r1")
    line = parsed(JsonLines().format(caplog.records[-1]))
    assert line["message"] == "build_profiles 2025-03-01: unchanged since run r1, skipped"
    assert (line["job"], line["run_date"], line["run_id"], line["status"]) == (
        "build_profiles",
        "2025-03-01",
        "r1",
        "skipped",
    )
