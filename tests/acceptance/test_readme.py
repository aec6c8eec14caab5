"""Every command of the README and the pages in docs does what it says."""

from __future__ import annotations

import argparse
import re
import shlex
import signal
import subprocess
import time
import urllib.request
from datetime import date

import pytest
from pyspark.sql import SparkSession
from tests.acceptance.conftest import ROOT, shell
from tests.acceptance.test_demo import content

from marketlake.cli.main import main
from marketlake.runtime import session
from marketlake.runtime.command import run_days
from marketlake.runtime.config import Config
from marketlake.runtime.graph import chosen, discover
from marketlake.runtime.lake import Lake

README, *PAGES = (path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))))
OURS = ".venv/bin/marketlake"
BY_OTHERS = {
    "make demo": "run before, by the fixture",
    "make ui": "does not end by itself; its own test",
    "make test": "is what runs this test",
}
TOO_LONG = ("make test-fast", "make tune", "make bench", "make setup", "make lock", "make clean")  # only looked at
# A command, and the part of its output that the page shows.
EXCERPT = re.compile(r"```sh\n([^\n]+)\n```\s*<!-- excerpt -->\n```\w*\n(.*?)```\n<!-- /excerpt -->", re.S)
EXCERPTS = [found for page in (README, *PAGES) for found in EXCERPT.findall(page)]


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks; a line that ends in a backslash goes on in the next."""
    blocks = "".join(re.findall(r"```sh\n(.*?)```", page, re.S)).replace("\\\n", " ")
    return [line.strip() for line in blocks.splitlines() if line.strip() and not line.startswith("#")]


COMMANDS = list(dict.fromkeys(command for page in (README, *PAGES) for command in commands(page)))


def test_an_excerpt_is_what_the_demo_shows(demo: Config) -> None:
    """The first by the shell, as a reader would type it."""
    command, excerpt = EXCERPTS[0]
    assert shell(command).stdout.strip() == excerpt.strip()


def test_the_other_excerpts_too(
    demo: Config, spark: SparkSession, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "build", lambda *_: spark)
    monkeypatch.chdir(ROOT)
    for command, excerpt in EXCERPTS[1:]:
        with pytest.raises(SystemExit):
            main(shlex.split(command)[1:])
        assert capsys.readouterr().out.strip() == excerpt.strip(), command


def test_the_demo_run_again_changes_nothing(demo: Config, spark: SparkSession) -> None:
    """In this process, which has warmed up: the jobs of `make demo`, in their order.

    Without what trains a model for minutes: that it ends in the same lists is shown on a small lake.
    """
    before = content(Lake(spark, demo))
    options = argparse.Namespace(run_date=date(2018, 1, 1), end_date=None, dry_run=False, skip_unchanged=False)
    jobs = [job for job in chosen(discover(), []) if job.name != "train_recommender"]
    assert run_days(jobs, demo, spark, options) == 0
    assert content(Lake(spark, demo)) == before


def test_the_commands_run_as_they_stand(demo: Config, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of our own command line in this process, which has warmed up: the first excerpt is the shell's to find."""
    assert set(BY_OTHERS) <= set(commands(README))
    shown = {command for command, _ in EXCERPTS}
    monkeypatch.setattr(session, "build", lambda *_: spark)
    monkeypatch.chdir(ROOT)
    for command in COMMANDS:
        if command in BY_OTHERS or command in shown:
            continue
        if command.startswith(TOO_LONG):
            assert shell(command.replace("make", "make --dry-run", 1)).returncode == 0, command
            continue
        program, *arguments = shlex.split(command)
        if program != OURS:
            done = shell(command, MASTER="local[2]")
            assert done.returncode == 0, f"{command}\n{done.stderr[-4000:]}"
            continue
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert not ended.value.code, command


def test_make_ui_serves_the_experiments(demo: Config) -> None:
    port = "5813"
    command = [str(ROOT / ".venv/bin/marketlake"), *shlex.split(f"ui --config conf/demo.yaml --port {port}")]
    dry = shell("make --dry-run ui").stdout
    assert "marketlake ui --config conf/demo.yaml" in dry
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(f"MLflow UI: http://127.0.0.1:{port}")
        assert "MLflow" in page(f"http://127.0.0.1:{port}/")
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=60)


def page(address: str) -> str:
    """A page, as soon as its server answers."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return str(answer.read().decode("utf-8"))
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"{address} never answered")
