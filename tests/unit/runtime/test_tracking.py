"""Pictures of a run in MLflow: one that cannot be drawn is a warning."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
from matplotlib.figure import Figure

from marketlake.runtime.tracking import Run


@pytest.fixture
def run_of(tmp_path: Path) -> Iterator[Run]:
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    experiment = mlflow.create_experiment("pictures", artifact_location=(tmp_path / "artifacts").as_uri())
    with mlflow.start_run(experiment_id=experiment) as run:
        yield Run(run.info.run_id)


def draw_good() -> dict[str, Figure]:
    figure = Figure()
    figure.subplots()
    return {"good": figure}


def draw_bad() -> dict[str, Figure]:
    figure = Figure()
    figure.subplots().set_xlim(0, float("nan"))
    return {"bad": figure}


def test_a_picture_that_cannot_be_drawn_is_a_warning(
    run_of: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("marketlake"), "propagate", True)
    run_of.figures(draw_bad)
    run_of.figures(draw_good)
    assert [file.name for file in tmp_path.rglob("*.png")] == ["good.png"]
    assert "pictures could not be drawn: ValueError: Axis limits cannot be NaN or Inf" in caplog.text
