"""Exit codes and the last line as a scheduler sees them, of runs that end before Spark starts."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.helpers.small_shop import ROOT


def submitted(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "jobs" / "segment_customers.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_bad_command_line_is_exit_2() -> None:
    ended = submitted("--config", "conf/demo.yaml", "--run-date", "yesterday")
    assert ended.returncode == 2
    last = json.loads(ended.stderr.splitlines()[-1])
    assert (last["status"], last["exit_code"]) == ("failed", 2)
    assert "--run-date: 'yesterday' is not a date; expected YYYY-MM-DD" in last["cause"]


def test_an_unknown_setting_is_exit_2_and_the_last_line_is_one_json_object() -> None:
    ended = submitted(
        "--config", "conf/base.yaml", "--run-date", "2025-03-01", "--set", "jobs.segment_customers.window=3"
    )
    assert ended.returncode == 2
    last = json.loads(ended.stderr.splitlines()[-1])
    assert (last["job"], last["status"], last["exit_code"]) == ("segment_customers", "failed", 2)
    assert last["cause"].startswith("jobs.segment_customers.window: unknown setting")
    assert "Did you mean window_days?" in last["cause"]
