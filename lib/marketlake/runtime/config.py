"""Configuration: YAML files that extend one another, typed and validated; `marketlake settings` prints every setting.

An error is one line: the setting, the file, the value found, the value expected, the nearest valid name.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from marketlake.runtime.errors import ConfigurationError
from marketlake.settings import Settings

SECRET = re.compile(r"^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$")
Share = Annotated[float, Field(ge=0, le=1)]
M = TypeVar("M", bound=BaseModel)


class LakeSettings(Settings):
    """Location of the tables."""

    root: str = Field("var/lake", description="Folder or object store of the tables: <root>/<layer>/<table>.")
    catalog: str | None = Field(
        None, description="Name tables <catalog>.<layer>.<table> instead of by path (Unity Catalog, Hive)."
    )


class SessionSettings(Settings):
    """How Spark is started when spark-submit did not."""

    master: str = Field("local[*]", description="Spark's master; local[*] takes all cores.")
    driver_memory: str = Field("4g", description="Memory of the one process.")
    shuffle_partitions: int = Field(4, ge=1, description="Partitions after a shuffle: few, since each costs a task.")
    jars_folder: str | None = Field(
        None, description="Folder with Delta's jars, for places without Maven; checked by sha256."
    )
    spark: dict[str, SecretStr | str] = Field(
        {}, description="Any other Spark setting; ${NAME} takes a secret from the environment."
    )


class TrackingSettings(Settings):
    """MLflow's store for runs, figures and models."""

    uri: SecretStr | str = Field(
        "sqlite:///var/mlflow.db", description="MLflow's store: SQLite or a server's address; may be ${NAME}."
    )
    artifacts: str = Field("var/mlartifacts", description="Folder of figures and pages when the store is SQLite.")
    experiment: str = Field("marketlake", description="Experiments are named <experiment>/<job>.")


class SourcesSettings(Settings):
    """The outside sources that are loaded, and their limit of rejected rows."""

    folder: str = Field("conf/sources", description="Folder of the sources, one YAML file each.")
    enabled: list[str] = Field(
        [], description="Sources that are loaded, in this order: files or folders below `folder`, without .yaml."
    )
    raw_root: str = Field("var/data", description="Folder or object store in which paths of raw files start.")
    max_rejected_share: Share = Field(
        0.01, description="Share of a source's rows that may go to quarantine before the job fails (exit code 4)."
    )


class WriteSettings(Settings):
    """Repeats of a write that lost to another writer."""

    attempts: int = Field(
        5, ge=1, description="How often a job reads, computes and writes again when another writer won."
    )
    pause_seconds: float = Field(
        2.0, ge=0, description="Pause before the next attempt in seconds, times its number, with jitter."
    )


class Config(Settings):
    """Every setting of the suite; `jobs` (a section a job) and `simulator` are typed by their users."""

    lake: LakeSettings = Field(LakeSettings(), description="The place of the tables.")
    session: SessionSettings = Field(
        SessionSettings(), description="Spark's start on a laptop; on a cluster spark-submit says this."
    )
    tracking: TrackingSettings = Field(TrackingSettings(), description="The place of runs, figures and models.")
    sources: SourcesSettings = Field(SourcesSettings(), description="Outside sources that are loaded.")
    write: WriteSettings = Field(WriteSettings(), description="Attempts when two writers meet.")
    max_age_days: dict[str, int] = Field(
        {}, description="Table: days that its newest row may lie before the run date, else exit code 3."
    )
    jobs: dict[str, dict[str, Any]] = Field({}, description="One section a job.")
    simulator: dict[str, Any] = Field({}, description="Settings of `marketlake simulate`: see simulator.yaml.")
    base_folder: Path = Field(Path(), exclude=True)

    def path(self, value: str) -> str:
        """An address as it is, or a path made absolute from the folder above the configuration file's."""
        return value if "://" in value else str(self.base_folder / value)

    def section(self, name: str, model: type[M]) -> M:
        """The settings of one job, typed; defaults where the file says nothing."""
        return self.part(f"jobs.{name}", self.jobs.get(name, {}), model)

    def part(self, name: str, values: Mapping[str, Any], model: type[M]) -> M:
        """A part of the configuration, typed by who uses it."""
        return _validated(model, values, f"the section {name}", prefix=f"{name}.")


def load(path: str | Path, overrides: Iterable[str] = ()) -> Config:
    """Reads a configuration file, what it extends, and `a.b=c` overrides.

    Raises:
        ConfigurationError: a missing file, bad YAML, an unknown setting, a wrong type, an unset ${SECRET}.
    """
    file = Path(path).expanduser().resolve()
    values = _read(file, ())
    for override in overrides:
        _override(values, override)
    values = _reveal(values, "")
    if "base_folder" in values:
        raise ConfigurationError(f"{file}: base_folder is not a setting.")
    config = _validated(Config, values, str(file))
    return config.model_copy(update={"base_folder": file.parent.parent})


def read_yaml(file: Path) -> dict[str, Any]:
    """One YAML file that holds a mapping.

    Raises:
        ConfigurationError: no such file (with the nearest name beside it), or not a YAML mapping.
    """
    if not file.is_file():
        beside = [str(p.name) for p in file.parent.glob("*.yaml")] if file.parent.is_dir() else []
        raise ConfigurationError(f"{file}: no such file.", _nearest(file.name, beside))
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise ConfigurationError(f"{file}: expected settings (name: value), found a {type(values).__name__}.")
    return values


def validated_file(model: type[M], file: Path) -> M:
    """A YAML file as a typed model, with ${SECRET} values taken from the environment."""
    return _validated(model, _reveal(read_yaml(file), ""), str(file))


def _read(file: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    if file in seen:
        raise ConfigurationError(f"{file}: extends itself, by way of {' -> '.join(p.name for p in seen)}.")
    values = read_yaml(file)
    parent = values.pop("extends", None)
    if parent is None:
        return values
    if not isinstance(parent, str):
        raise ConfigurationError(f"{file}: extends: expected the name of a file, found {parent!r}.")
    return _merged(_read((file.parent / parent).resolve(), (*seen, file)), values)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        nested = isinstance(value, dict) and isinstance(both.get(key), dict)
        both[key] = _merged(both[key], value) if nested else value
    return both


def _override(values: dict[str, Any], override: str) -> None:
    name, equals, text = override.partition("=")
    if not equals or not name:
        raise ConfigurationError(f"--set {override}: expected a.b=value.")
    *sections, last = name.split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigurationError(f"--set {override}: {section} is a value, not a section.")
    try:
        values[last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigurationError(f"--set {override}: {text!r} is not a YAML value.") from None


def _reveal(value: Any, name: str) -> Any:
    """Turns ${NAME} into a secret from the environment, wherever it stands alone as a value."""
    if isinstance(value, dict):
        return {key: _reveal(item, f"{name}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list):
        return [_reveal(item, name) for item in value]
    found = SECRET.match(value) if isinstance(value, str) else None
    if not found:
        return value
    if found[1] not in os.environ:
        raise ConfigurationError(f"{name}: the environment has no {found[1]}.", f"Set it: export {found[1]}=…")
    return SecretStr(os.environ[found[1]])


def _validated(model: type[M], values: Mapping[str, Any], where: str, prefix: str = "") -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # A misspelt name also leaves the right one missing: the misspelling is what to tell.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise ConfigurationError(_explained(model, first, where, prefix)) from None


def _explained(model: type[BaseModel], error: ErrorDetails, where: str, prefix: str) -> str:
    place = [str(part) for part in error["loc"] if not str(part).startswith("function-")]
    name = prefix + ".".join(place)
    if error["type"] == "extra_forbidden":
        known = _known_names(model, place[:-1])
        return f"{name}: unknown setting in {where}. {_nearest(place[-1], known)}".strip()
    found = error.get("input")
    if isinstance(found, SecretStr):
        return f"{name} in {where}: ${{…}} is for secrets, and this setting is not one; write the value."
    return f"{name} in {where}: found {found!r}; expected: {error['msg'].lower()}."


def _known_names(model: type[BaseModel], place: Iterable[str]) -> list[str]:
    for part in place:
        field = model.model_fields.get(part)
        inner = (field.annotation, *get_args(field.annotation)) if field else ()
        model = next((kind for kind in inner if isinstance(kind, type(BaseModel))), model)
    return [field.alias or name for name, field in model.model_fields.items() if name != "base_folder"]


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Known: {', '.join(names)}." if names else ""
