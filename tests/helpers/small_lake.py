"""A small omnichannel retailer: simulated customers with every channel, and jobs over their lake, each run once.

The settings of a job on this lake are in `tests/integration/<job>/small_lake.yaml`, where the defaults ask for more
customers than there are. Raw files and silver tables are kept below `var/tests` until the code that makes them changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient

from marketlake.runtime import config as configuration
from marketlake.runtime import graph, session
from marketlake.runtime.config import Config
from marketlake.runtime.job import Job
from marketlake.runtime.models import CHALLENGER, CHAMPION
from tests.helpers.small_shop import ROOT, Shop

CUSTOMERS, DAYS = 150, 160
FIRST_DAY = date(2025, 1, 1)
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)

# Every customer buys often, from few products: enough baskets for rules and habits in few rows.
SIMULATION = {
    "first_day": FIRST_DAY,
    "purchases": {"orders_per_year": 40.0},
    "catalogue": {"categories": 8, "products_per_category": 6, "stores": 4, "price_zones": 2},
    "market": {"watched_products": 5, "watched_stores": 2, "competitors": 2},
    # In files of some dozens of lines a few bad ones are more than a source's limit.
    "data_errors": {"wrong_type_share": 0.0, "broken_line_share": 0.0},
}

KEPT_IN = ROOT / "var" / "tests"
# What decides the raw files and the silver tables.
MADE_BY = (
    "conf/base.yaml",
    "conf/sources/simulated",
    "conf/sources/simulated_shop",
    "jobs/ingest_sources.py",
    "lib/marketlake/cli/simulate.py",
    "lib/marketlake/frames",
    "lib/marketlake/runtime",
    "lib/marketlake/settings.py",
    "lib/marketlake/simulator",
    "lib/marketlake/sources",
    "lib/marketlake/tables",
    "requirements.lock",
    "tests/helpers/small_lake.py",
    "tests/helpers/small_shop.py",
)


@dataclass
class SmallLake(Shop):
    """The folder of the retailer: raw files below `var/data`, the lake, and the outcomes of jobs by name."""

    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def config(self, *overrides: str) -> Config:
        """The suite's defaults on this folder, with the settings that each job has for this lake."""
        jobs = {
            file.parent.name: yaml.safe_load(file.read_text())
            for file in (ROOT / "tests" / "integration").glob("*/small_lake.yaml")
        }
        settings = {
            "extends": f"{ROOT}/conf/base.yaml",
            "sources": {"folder": f"{ROOT}/conf/sources", "enabled": ["simulated_shop", "simulated"]},
            "write": {"pause_seconds": 0.1},
            "simulator": SIMULATION,
            "jobs": jobs,
        }
        file = self._file("conf/test.yaml")
        file.write_text(yaml.safe_dump(settings))
        return configuration.load(file, overrides)

    def fill(self) -> None:
        """Raw files and silver tables: those that are kept, or made anew and, if that succeeds, kept."""
        kept = KEPT_IN / f"small_lake_{hash_of_makers()}"
        if kept.exists():
            shutil.copytree(kept / "var", self.folder / "var")
            self.outcomes.update(json.loads((kept / "outcomes.json").read_text()))
            return
        self.simulate()
        if self.run_job("ingest_sources")["exit_code"] == 0:
            for stale in KEPT_IN.glob("small_lake_*"):
                shutil.rmtree(stale)
            self._keep_as(kept)

    def _keep_as(self, kept: Path) -> None:
        unfinished = KEPT_IN / f"unfinished_{os.getpid()}"  # a folder that is there is whole
        shutil.copytree(self.folder / "var", unfinished / "var")
        (unfinished / "outcomes.json").write_text(json.dumps(self.outcomes, default=str))
        unfinished.rename(kept)

    def simulate(self) -> None:
        """Writes the raw files of all channels."""
        from marketlake.cli.main import main  # it imports every command

        self.config()
        where = ["--config", str(self.folder / "conf/test.yaml"), "--out", str(self.folder / "var/data/simulated")]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(session, "build", lambda *_: self.spark)
            with pytest.raises(SystemExit) as ended:
                main(["simulate", "--customers", str(CUSTOMERS), "--days", str(DAYS), "--seed", "1", *where])
        assert not ended.value.code

    def run_job(self, name: str) -> dict[str, Any]:
        """The outcome of a job, run once, after the jobs whose tables and models it needs."""
        if name not in self.outcomes:
            jobs = {job.name: job for job in graph.discover()}
            for needed in graph.upstream(jobs[name], jobs.values()):
                self.run_job(needed)
            self.outcomes[name] = self.run(jobs[name], LAST_DAY)
            for model in jobs[name].trains:
                self._promote(jobs[name], model)
        return self.outcomes[name]

    def _promote(self, job: Job, model: str) -> None:
        """Makes the challenger champion, as by hand: of so few customers a model need not be better than a baseline."""
        client = MlflowClient(self.context(job, LAST_DAY).tracker.uri)
        if client.search_model_versions(f"name = '{model}'"):
            version = client.get_model_version_by_alias(model, CHALLENGER).version
            client.set_registered_model_alias(model, CHAMPION, version)

    def job(self, name: str) -> Job:
        """A job of the folder `jobs`."""
        return next(job for job in graph.discover() if job.name == name)


def hash_of_makers() -> str:
    """A hash of all files that decide what is in silver."""
    digest = hashlib.sha256()
    for file in _files(ROOT / path for path in MADE_BY):
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _files(paths: Iterator[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        else:
            yield from sorted(file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
