"""The model registry of MLflow: which version is the challenger, and which the champion of a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketlake.runtime.errors import InputError

CHALLENGER, CHAMPION = "challenger", "champion"
RUN_DATE, IS_PROMOTED = "run_date", "is_promoted"  # tags of a version


class Registry:
    """Versions of models in the tracking store of the configuration."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def register(self, name: str, version: int, run_date: date, *, promoted: bool, **tags: str) -> None:
        """Marks a version as the newest challenger, and as champion when the gate let it through.

        A champion that knows later days stays: a backfill of an older day does not take its place.

        Args:
            name: of the model.
            version: the new one.
            run_date: last day that it knows.
            promoted: what the gate said.
            tags: what else is to be known of the version.
        """
        client = self._client()
        told = {RUN_DATE: str(run_date), IS_PROMOTED: str(promoted).lower(), **tags}
        for tag, value in told.items():
            client.set_model_version_tag(name, str(version), tag, value)
        client.set_registered_model_alias(name, CHALLENGER, str(version))
        champion = client.get_registered_model(name).aliases.get(CHAMPION)
        known = champion and _known_until(client.get_model_version(name, champion))
        if promoted and (not known or known <= str(run_date)):
            client.set_registered_model_alias(name, CHAMPION, str(version))

    def champion(self, name: str, run_date: date) -> tuple[int, Any]:
        """The champion and its version; for a day that it should not know of yet, the newest promoted one before it.

        Raises:
            InputError: no version has passed the gate up to the day, or it cannot be loaded.
        """
        import mlflow

        found = self._champion(name, run_date)
        if found is None:
            raise InputError(
                f"{name}: no version in the registry at {self.uri} has passed the gate up to {run_date}.",
                "Train one for that day; if the gate held it back, its run in MLflow says why.",
            )
        version = int(found.version)
        try:
            return version, mlflow.pyfunc.load_model(f"models:/{name}/{version}").unwrap_python_model()
        except Exception as error:  # a file that is gone, or whatever other code's objects come to in this one
            raise InputError(
                f"{name} version {version} cannot be loaded: {type(error).__name__}: {error}",
                "If it was trained by another release, train one with this code for the same day.",
            ) from error

    def champion_tags(self, name: str, run_date: date) -> Mapping[str, str] | None:
        """The tags of that champion; None without a champion."""
        found = self._champion(name, run_date)
        return None if found is None else found.tags

    def _champion(self, name: str, run_date: date) -> Any | None:
        from mlflow.exceptions import MlflowException

        client = self._client()
        try:
            champion = client.get_model_version_by_alias(name, CHAMPION)
        except MlflowException:
            champion = None
        if champion is not None and _known_until(champion) <= str(run_date):
            return champion
        found = client.search_model_versions(f"name = '{name}'")
        fit = [v for v in found if v.tags.get(IS_PROMOTED) == "true" and _known_until(v) <= str(run_date)]
        return max(fit, key=lambda v: (_known_until(v), int(v.version)), default=None)

    def _client(self) -> Any:
        import mlflow

        mlflow.set_tracking_uri(self.uri)
        return mlflow.MlflowClient()


def _known_until(version: Any) -> str:
    """The run date of a version; empty, and so before every day, of one that a person made."""
    return str(version.tags.get(RUN_DATE, ""))
