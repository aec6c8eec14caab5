"""The one promotion path of every model: MLflow's registry with its aliases, and ops.model_versions.

The aliases `challenger` and `champion` are on versions of a registered model. A version's tags say the last day that
it knows, the recipe by which it was trained, and whether it was promoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from marketlake.evaluation.promotion import PromotionDecision
from marketlake.runtime.errors import InputError

CHALLENGER, CHAMPION = "challenger", "champion"
RUN_DATE, IS_PROMOTED, RECIPE = "run_date", "is_promoted", "recipe"  # tags of a version


class Champion(NamedTuple):
    """A promoted version of a model, loaded."""

    version: int
    model: Any


class Models:
    """Versions of models in the tracking store of the configuration, for one run date.

    Args:
        uri: of the tracking store.
        run_date: last day that the run knows.
        record: writes a row of ops.model_versions, given by column name.

    Attributes:
        versions: model -> version that the run has registered or loaded.
    """

    def __init__(self, uri: str, run_date: date, record: Callable[[Mapping[str, object]], None]) -> None:
        self.uri = uri
        self.run_date = run_date
        self.versions: dict[str, int] = {}
        self._record = record

    def register(
        self, name: str, version: int, decision: PromotionDecision, *, mlflow_run_id: str, recipe: str
    ) -> None:
        """Makes a version the challenger, and the champion when it is promoted; records it in ops.model_versions.

        A champion that knows later days stays: a backfill of an older day does not take its place.

        Args:
            name: of the model.
            version: the new one.
            decision: of the promotion rule.
            mlflow_run_id: the run that made it.
            recipe: the settings by which it was trained, as text; versions of equal text have the same recipe.
        """
        self.versions[name] = version
        client = self._client()
        tags = {RUN_DATE: str(self.run_date), IS_PROMOTED: str(decision.is_promoted).lower(), RECIPE: recipe}
        for tag, value in tags.items():
            client.set_model_version_tag(name, str(version), tag, value)
        client.set_registered_model_alias(name, CHALLENGER, str(version))
        champion = client.get_registered_model(name).aliases.get(CHAMPION)
        last_day = champion and _last_day(client.get_model_version(name, champion))
        if decision.is_promoted and (not last_day or last_day <= str(self.run_date)):
            client.set_registered_model_alias(name, CHAMPION, str(version))
        self._record(
            {
                "model": name,
                "version": version,
                "run_date": self.run_date,
                "is_promoted": decision.is_promoted,
                "metric": decision.metric,
                "value": decision.value,
                "baseline": decision.baseline,
                "baseline_value": decision.baseline_value,
                "reason": decision.reason,
                "mlflow_run_id": mlflow_run_id,
            }
        )

    def champion(self, name: str) -> Champion:
        """The champion; when it knows days after the run date, the newest version promoted for a day up to it.

        Raises:
            InputError: no version was promoted for a day up to the run date, or it cannot be loaded.
        """
        import mlflow

        found = self._find(name)
        if found is None:
            raise InputError(
                f"{name}: no version in the registry at {self.uri} was promoted for a day up to {self.run_date}.",
                "Train one for that day; if it was not promoted, its run in MLflow gives the reason.",
            )
        version = self.versions[name] = int(found.version)
        try:
            return Champion(version, mlflow.pyfunc.load_model(f"models:/{name}/{version}").unwrap_python_model())
        except Exception as error:  # a missing file, or whatever happens to other code's objects in this one
            raise InputError(
                f"{name} version {version} cannot be loaded: {type(error).__name__}: {error}",
                "If it was trained by another release, train one with this code for the same day.",
            ) from error

    def champion_version(self, name: str) -> int | None:
        """The version of that champion; None without a champion."""
        found = self._find(name)
        return None if found is None else int(found.version)

    def exists(self, name: str, version: int) -> bool:
        """True when the registry has the version."""
        from mlflow.exceptions import MlflowException

        try:
            return bool(self._client().get_model_version(name, str(version)))
        except MlflowException:
            return False

    def champion_recipe(self, name: str) -> str | None:
        """The recipe of that champion, empty for a version without one; None without a champion."""
        found = self._find(name)
        return None if found is None else str(found.tags.get(RECIPE, ""))

    def _find(self, name: str) -> Any | None:
        from mlflow.exceptions import MlflowException

        client = self._client()
        try:
            champion = client.get_model_version_by_alias(name, CHAMPION)
        except MlflowException:
            champion = None
        if champion is not None and _last_day(champion) <= str(self.run_date):
            return champion
        versions = client.search_model_versions(f"name = '{name}'")
        fit = [v for v in versions if v.tags.get(IS_PROMOTED) == "true" and _last_day(v) <= str(self.run_date)]
        return max(fit, key=lambda v: (_last_day(v), int(v.version)), default=None)

    def _client(self) -> Any:
        import mlflow

        mlflow.set_tracking_uri(self.uri)
        return mlflow.MlflowClient()


def _last_day(version: Any) -> str:
    """The run date of a version; empty, and so before every day, for one that was registered by hand."""
    return str(version.tags.get(RUN_DATE, ""))
