"""Files that `make docs` generates are up to date."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from marketlake.cli.commands.plan import page
from marketlake.cli.commands.settings import simulator_settings
from marketlake.runtime import dictionary, graph
from marketlake.runtime.config import Config, load
from marketlake.runtime.settings_yaml import base_yaml, undescribed
from marketlake.simulator.settings import SimulatorSettings
from marketlake.tables.catalog import all_tables

ROOT = Path(__file__).resolve().parents[3]


def generated() -> dict[str, str]:
    jobs = graph.discover()
    return {
        "conf/base.yaml": base_yaml(jobs),
        "conf/simulator.yaml": simulator_settings(),
        "docs/jobs.md": page(jobs),
        "docs/tables.html": dictionary.as_html(list(all_tables().values())),
    }


@pytest.mark.parametrize(("file", "text"), generated().items(), ids=generated())
def test_a_generated_file_is_up_to_date(file: str, text: str) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == text, "run `make docs`"


def test_every_setting_of_the_suite_has_a_description() -> None:
    assert undescribed(Config) == []
    assert undescribed(SimulatorSettings) == []


@pytest.mark.parametrize("job", graph.discover(), ids=lambda job: job.name)
def test_every_setting_of_a_job_has_a_description(job: graph.Job) -> None:
    assert undescribed(job.settings) == []


def test_generated_settings_are_accepted_and_are_the_defaults() -> None:
    config = load(ROOT / "conf" / "simulator.yaml")
    assert config.part("simulator", config.simulator, SimulatorSettings) == SimulatorSettings()
    said = yaml.safe_load((ROOT / "conf" / "base.yaml").read_text(encoding="utf-8"))
    assert {name: said[name] for name in said if name != "jobs"} == Config().model_dump(exclude={"jobs", "simulator"})
    for job in graph.discover():
        assert config.section(job.name, job.settings) == job.settings()


def test_the_demo_extends_the_simulator_by_what_differs() -> None:
    own = yaml.safe_load((ROOT / "conf" / "demo.yaml").read_text(encoding="utf-8"))
    config = load(ROOT / "conf" / "demo.yaml")
    settings = config.part("simulator", config.simulator, SimulatorSettings)
    assert settings.first_day == own["simulator"]["first_day"]
    assert settings.purchases == SimulatorSettings().purchases.model_copy(update=own["simulator"]["purchases"])
