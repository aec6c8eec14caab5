"""MLflow: a run with its parameters, metrics, pinned inputs, figures and pages.

MLflow takes seconds to import, so only a job that tracks something imports it. Its telemetry is switched off.
"""

from __future__ import annotations

import math
import os
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from marketlake.frames.files import hadoop_path
from marketlake.runtime.config import Config
from marketlake.runtime.logs import log
from marketlake.runtime.package_source import package_source

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Tracker:
    """Runs in the tracking store of the configuration."""

    def __init__(self, config: Config) -> None:
        uri = config.tracking.uri
        text = uri.get_secret_value() if isinstance(uri, SecretStr) else uri
        prefix = "sqlite:///"
        if text.startswith(prefix):
            text = prefix + config.path(text.removeprefix(prefix))
        self.uri = text
        self.artifacts = config.path(config.tracking.artifacts)
        self.experiment = config.tracking.experiment

    @contextmanager
    def run(self, context: Any, params: Mapping[str, Any]) -> Iterator[Run]:
        """An MLflow run of a job for its run date.

        Args:
            context: the job's context; its pinned inputs are logged when the run ends well.
            params: every parameter of the work.
        """
        import mlflow

        mlflow.set_tracking_uri(self.uri)
        self._set_experiment(f"{self.experiment}/{context.job.name}", context.job.summary)
        tags = {
            "job": context.job.name,
            "run_date": str(context.run_date),
            "run_id": context.run_id,
            "code_version": context.writer.code_version,
        }
        with mlflow.start_run(run_name=f"{context.job.name} {context.run_date}", tags=tags) as run:
            mlflow.log_params({key: str(value) for key, value in params.items()})
            yield Run(run.info.run_id)
            for name, version in context.inputs.items():
                _log_input(context.lake.location(name), name, version)

    def _set_experiment(self, name: str, summary: str) -> None:
        import mlflow

        if self.uri.startswith("sqlite:///"):
            Path(self.uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        if mlflow.get_experiment_by_name(name) is None:
            folder = self.artifacts if "://" in self.artifacts else Path(self.artifacts).as_uri()
            # The kind makes the UI show runs with pictures, and not traces of prompts.
            tags = {"mlflow.note.content": summary, "mlflow.experimentKind": "custom_model_development"}
            mlflow.create_experiment(name, artifact_location=f"{folder}/{name}", tags=tags)
        mlflow.set_experiment(name)


class Run:
    """The open MLflow run of a job, to which it logs."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id

    @contextmanager
    def child(self, name: str, params: Mapping[str, Any]) -> Iterator[Run]:
        """A run below this one, of one of several trials."""
        import mlflow

        with mlflow.start_run(run_name=name, nested=True) as run:
            mlflow.log_params({key: str(value) for key, value in params.items()})
            yield Run(run.info.run_id)

    def metrics(self, values: Mapping[str, float]) -> None:
        """Numbers; MLflow's SQL store would turn an infinite one into the largest float without a word.

        Raises:
            ValueError: a metric is not finite.
        """
        import mlflow

        bad = {name: value for name, value in values.items() if not math.isfinite(value)}
        if bad:
            raise ValueError(f"metrics that are not finite: {bad}")
        mlflow.log_metrics({name: float(value) for name, value in values.items()})

    def figures(self, draw: Callable[[], Mapping[str, Figure]]) -> None:
        """Pictures by name, as PNG. One that cannot be drawn is a warning: no picture fails a job.

        Args:
            draw: makes the pictures; called here.
        """
        import mlflow
        from matplotlib import pyplot

        try:
            for name, figure in draw().items():
                mlflow.log_figure(figure, f"{name}.png")
        except Exception as error:
            log.warning("pictures could not be drawn: %s: %s", type(error).__name__, error)
        finally:
            pyplot.close("all")

    def page(self, html: str, name: str) -> None:
        """A page that needs nothing from outside."""
        self._text(html, f"{name}.html")

    def description(self, markdown: str) -> None:
        """A description that the UI shows on the run's page."""
        import mlflow

        mlflow.set_tag("mlflow.note.content", markdown)

    def table(self, frame: pd.DataFrame, name: str) -> None:
        """A small table, as CSV."""
        self._text(frame.to_csv(index=False), f"{name}.csv")

    def model(
        self, model: Any, name: str, *, example: pd.DataFrame, params: Mapping[str, Any], requirements: Sequence[str]
    ) -> int:
        """Logs a model that is served without Spark, with its signature, and registers it.

        Args:
            model: an MLflow PythonModel; our own code goes with it.
            name: of the registered model.
            example: an input without personal data; its output is made here, for the signature.
            params: what a caller may choose, with its defaults; MLflow passes on no others.
            requirements: packages that it needs, pinned to what is installed.

        Returns:
            its version.
        """
        import mlflow
        from mlflow.models import infer_signature

        with package_source() as code, warnings.catch_warnings():
            # Whole numbers are meant: MLflow warns of missing ones, and would take no whole number for a float.
            warnings.filterwarnings("ignore", "Hint: Inferred schema contains integer")
            info = mlflow.pyfunc.log_model(
                name=name,
                python_model=model,
                signature=infer_signature(example, model.predict(None, example), dict(params)),
                input_example=example,
                code_paths=[str(code)],
                pip_requirements=[f"{package}=={metadata.version(package)}" for package in requirements],
                registered_model_name=name,
            )
        return int(info.registered_model_version)

    def spark_model(self, model: Any, name: str, *, shared_folder: str) -> None:
        """A model of MLlib's own, to be loaded by its class from the run's artifacts.

        Not by `mlflow.spark`: it copies through the cluster's default file system, whichever one the model is on.

        Args:
            model: fitted by MLlib.
            name: of its folder among the artifacts.
            shared_folder: that driver and executors can write to; nothing stays there.
        """
        import mlflow
        from pyspark.sql import SparkSession

        saved = f"{shared_folder.rstrip('/')}/{uuid.uuid4().hex}"
        model.write().save(saved)
        spark = SparkSession.active()
        files, path = hadoop_path(spark, saved)
        with tempfile.TemporaryDirectory() as folder:
            _, copy = hadoop_path(spark, f"{folder}/{name}")
            files.copyToLocalFile(True, path, copy, True)
            mlflow.log_artifacts(f"{folder}/{name}", name)

    def _text(self, text: str, name: str) -> None:
        import mlflow

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            mlflow.log_artifact(str(path))


def _log_input(location: str, name: str, version: int) -> None:
    import mlflow
    from mlflow.data.delta_dataset_source import DeltaDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    # from_spark would reject paths of object stores, and take version 0 for the newest.
    source = DeltaDatasetSource(path=location, delta_table_version=version)
    mlflow.log_input(MetaDataset(source, name=name, digest=f"{name}@v{version}"[:36]))
