"""Settings as commented YAML: names, defaults and descriptions come from the classes."""

from __future__ import annotations

from typing import Annotated

import yaml
from pydantic import Field

from marketlake.runtime.job import Job
from marketlake.runtime.settings_yaml import base_yaml, simulator_yaml, undescribed
from marketlake.settings import Settings


class Inner(Settings):
    """A section in a section."""

    rate: float = Field(0.5, description="Share of things.")
    label: str = Field("none", alias="name", description="Name of a thing.")


class Outer(Settings):
    """A section."""

    first: int = Field(1, description="First of all. " + "It has a long story. " * 6)
    inner: Inner = Field(Inner(), description="The inner one.")
    parts: dict[str, Inner] = Field({"a": Inner(rate=0.1), "b": Inner()}, description="Parts by name.")
    pair: tuple[float, float] = Field((0.9, 1.1), description="Two.")
    nothing: str | None = Field(None, description="Nothing.")


class Silent(Settings):
    """Fields that say nothing, also inside a type."""

    first: int = 1
    inner: Annotated[dict[str, Outer] | None, Field(description="Told.")] = None
    last: list[Inner] = []


def test_the_yaml_holds_the_defaults_by_the_names_that_files_use() -> None:
    section = yaml.safe_load(simulator_yaml(Outer))["simulator"]
    assert section == {
        "first": 1,
        "inner": {"rate": 0.5, "name": "none"},
        "parts": {"a": {"rate": 0.1}, "b": {}},
        "pair": [0.9, 1.1],
        "nothing": None,
    }


def test_a_comment_is_at_the_end_of_its_line_or_above_it_and_no_line_is_long() -> None:
    lines = simulator_yaml(Outer).splitlines()
    assert f"{'    rate: 0.5':<30}  # Share of things." in lines
    above = lines.index("  first: 1")
    assert lines[above - 1].startswith("  # ")
    assert max(map(len, lines)) <= 120


def test_the_settings_of_equal_parts_are_described_once() -> None:
    assert simulator_yaml(Outer).count("# rate: Share of things.") == 1


def test_jobs_come_by_name_and_only_those_with_settings() -> None:
    jobs = [Job(name, "Does it.", run=print, settings=kind) for name, kind in (("b", Outer), ("c", Settings))]
    jobs.append(Job("a", "Does it.", run=print, settings=Inner))
    assert list(yaml.safe_load(base_yaml(jobs))["jobs"]) == ["a", "b"]


def test_fields_without_a_description_are_named_also_inside_types() -> None:
    assert undescribed(Outer) == []
    assert undescribed(Silent) == ["first", "last"]
