"""The promotion path of models: aliases, the champion of a day, and rows of ops.model_versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import mlflow
import pytest

from marketlake.evaluation.promotion import PromotionDecision
from marketlake.runtime.errors import InputError
from marketlake.runtime.models import Models
from marketlake.tables.ops import MODEL_VERSIONS

MONDAY, TUESDAY, WEDNESDAY = (date(2025, 3, day) for day in (3, 4, 5))


class Registry:
    """A tracking store in a folder, with the rows that were recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uri = f"sqlite:///{folder}/mlflow.db"
        self.rows: list[Mapping[str, object]] = []
        mlflow.set_tracking_uri(self.uri)
        self.client = mlflow.MlflowClient()

    def on(self, day: date) -> Models:
        return Models(self.uri, day, self.rows.append)

    def train(self, name: str, day: date, *, promoted: bool, recipe: str = "{}") -> int:
        """Registers a version without a model behind it."""
        if not self.client.search_registered_models(f"name = '{name}'"):
            self.client.create_registered_model(name)
        version = int(self.client.create_model_version(name, source=str(self.folder / "none")).version)
        decision = PromotionDecision(promoted, "hit_rate", 0.2, "best sellers", 0.1, "because")
        self.on(day).register(name, version, decision, mlflow_run_id="run", recipe=recipe)
        return version

    def alias(self, name: str, alias: str) -> int:
        return int(self.client.get_model_version_by_alias(name, alias).version)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("registry"))


@pytest.fixture(autouse=True)
def loading(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded model is its address."""

    class Loaded:
        def __init__(self, uri: str) -> None:
            self.uri = uri

        def unwrap_python_model(self) -> str:
            return self.uri

    monkeypatch.setattr(mlflow.pyfunc, "load_model", Loaded)


def test_a_promoted_version_is_champion_and_one_held_back_only_challenger(registry: Registry) -> None:
    first = registry.train("plain", MONDAY, promoted=True, recipe="one")
    second = registry.train("plain", TUESDAY, promoted=False, recipe="two")
    assert (registry.alias("plain", "champion"), registry.alias("plain", "challenger")) == (first, second)
    assert registry.on(WEDNESDAY).champion("plain") == (first, f"models:/plain/{first}")
    assert registry.on(WEDNESDAY).champion_recipe("plain") == "one"
    third = registry.train("plain", TUESDAY, promoted=True)
    assert registry.on(WEDNESDAY).champion("plain").version == third


def test_every_version_is_recorded_with_each_column_of_the_table(registry: Registry) -> None:
    registry.rows.clear()
    version = registry.train("recorded", MONDAY, promoted=False)
    (row,) = registry.rows
    assert set(row) == set(MODEL_VERSIONS.column_names)
    assert (row["model"], row["version"], row["run_date"], row["is_promoted"]) == ("recorded", version, MONDAY, False)
    assert (row["value"], row["baseline"], row["mlflow_run_id"]) == (0.2, "best sellers", "run")


def test_a_backfill_of_an_older_day_does_not_displace_the_champion(registry: Registry) -> None:
    newest = registry.train("backfilled", WEDNESDAY, promoted=True)
    older = registry.train("backfilled", MONDAY, promoted=True)
    assert registry.alias("backfilled", "champion") == newest
    assert registry.on(WEDNESDAY).champion("backfilled").version == newest
    assert registry.on(TUESDAY).champion("backfilled").version == older


def test_an_older_run_date_gets_the_newest_version_promoted_for_a_day_up_to_it(registry: Registry) -> None:
    monday = registry.train("older", MONDAY, promoted=True)
    registry.train("older", TUESDAY, promoted=False)
    registry.train("older", WEDNESDAY, promoted=True)
    assert registry.on(TUESDAY).champion("older").version == monday
    again = registry.train("older", MONDAY, promoted=True)
    assert registry.on(TUESDAY).champion("older").version == again  # of one day the newer version


def test_without_a_promoted_version_up_to_the_day_there_is_no_champion(registry: Registry) -> None:
    assert registry.on(MONDAY).champion_recipe("unknown") is None
    registry.train("late", TUESDAY, promoted=True)
    assert registry.on(MONDAY).champion_recipe("late") is None
    with pytest.raises(InputError, match=r"late: no version .* was promoted for a day up to 2025-03-03"):
        registry.on(MONDAY).champion("late")


def test_a_version_promoted_by_hand_counts_for_every_day(registry: Registry) -> None:
    registry.client.create_registered_model("by_hand")
    registry.client.create_model_version("by_hand", source="none")
    registry.client.set_registered_model_alias("by_hand", "champion", "1")
    assert registry.on(MONDAY).champion("by_hand").version == 1
    assert registry.on(MONDAY).champion_recipe("by_hand") == ""


def test_a_champion_that_cannot_be_loaded_is_named(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(uri: str) -> Any:
        raise OSError(f"nothing at {uri}")

    monkeypatch.setattr(mlflow.pyfunc, "load_model", fail)
    version = registry.train("gone", MONDAY, promoted=True)
    with pytest.raises(InputError, match=f"gone version {version} cannot be loaded: OSError"):
        registry.on(MONDAY).champion("gone")
