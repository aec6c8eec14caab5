"""Configuration: files that extend one another, overrides, secrets, and one line for whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from marketlake.runtime import graph
from marketlake.runtime.config import load, validated_file
from marketlake.runtime.errors import ConfigurationError
from marketlake.sources.source import Source

ROOT = Path(__file__).resolve().parents[3]
BASE = ROOT / "conf" / "base.yaml"


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file below tmp_path/conf."""

    def put(name: str, text: str) -> Path:
        file = tmp_path / "conf" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    return put


Write = Callable[[str, str], Path]


def refused(file: Path, *overrides: str) -> str:
    """What the person reads when a configuration is refused."""
    with pytest.raises(ConfigurationError) as caught:
        load(file, overrides)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_file_says_only_what_differs_from_the_one_it_extends(write: Write) -> None:
    write("grandparent.yaml", "lake: {root: far, catalog: main}\nwrite: {attempts: 9}\nmax_age_days: {a.b: 1}\n")
    write("parent.yaml", "extends: grandparent.yaml\nlake: {root: near}\n")
    config = load(write("child.yaml", "extends: parent.yaml\nmax_age_days: {c.d: 2}\n"))
    assert (config.lake.root, config.lake.catalog, config.write.attempts) == ("near", "main", 9)
    assert config.max_age_days == {"a.b": 1, "c.d": 2}


def test_a_list_replaces_the_list_below_it(write: Write) -> None:
    write("parent.yaml", "sources: {enabled: [a, b]}\n")
    assert load(write("child.yaml", "extends: parent.yaml\nsources: {enabled: [c]}\n")).sources.enabled == ["c"]


def test_an_override_wins_over_every_file_and_has_its_type(write: Write) -> None:
    file = write("a.yaml", "write: {attempts: 2}\n")
    config = load(file, ["write.attempts=3", "sources.enabled=[x, y]", "jobs.build_profiles.incremental=false"])
    assert (config.write.attempts, config.sources.enabled) == (3, ["x", "y"])
    assert config.jobs["build_profiles"] == {"incremental": False}


def test_the_last_of_two_overrides_wins(write: Write) -> None:
    assert load(write("a.yaml", ""), ["write.attempts=3", "write.attempts=4"]).write.attempts == 4


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("write.attempts", "expected a.b=value"),
        ("=3", "expected a.b=value"),
        ("lake.root.deeper=3", "root is a value, not a section"),
        ("write.attempts=[1", "write.attempts"),
    ],
)
def test_an_override_that_is_not_one_is_named(write: Write, override: str, told: str) -> None:
    message = refused(write("a.yaml", "lake: {root: x}\n"), override)
    assert told in message
    assert "--set" in message


@pytest.mark.parametrize(
    ("text", "setting", "nearest"),
    [
        ("lakes: {root: x}", "lakes", "lake"),
        ("write: {attempt: 3}", "write.attempt", "attempts"),
        ("sources: {max_rejected_shares: 0.1}", "sources.max_rejected_shares", "max_rejected_share"),
    ],
)
def test_an_unknown_setting_is_named_with_the_nearest_known_one(
    write: Write, text: str, setting: str, nearest: str
) -> None:
    message = refused(write("a.yaml", text))
    assert message.startswith(f"{setting}: unknown setting")
    assert f"Did you mean {nearest}?" in message


def test_an_unknown_setting_like_no_other_lists_those_of_its_section(write: Write) -> None:
    assert "Known: attempts, pause_seconds." in refused(write("a.yaml", "write: {zzz: 1}"))


def test_an_unknown_setting_of_a_job_is_named_with_the_nearest(write: Write) -> None:
    job = next(job for job in graph.discover() if job.name == "segment_customers")
    config = load(write("a.yaml", "jobs: {segment_customers: {window_day: 3}}"))
    with pytest.raises(ConfigurationError, match=r"jobs\.segment_customers\.window_day: unknown .* window_days\?"):
        config.section("segment_customers", job.settings)


@pytest.mark.parametrize(
    ("text", "setting", "found"),
    [
        ("write: {attempts: many}", "write.attempts", "'many'"),
        ("write: {attempts: 0}", "write.attempts", "0"),
        ("sources: {max_rejected_share: 1.5}", "sources.max_rejected_share", "1.5"),
        ("sources: {enabled: orders}", "sources.enabled", "'orders'"),
        ("lake: here", "lake", "'here'"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(write: Write, text: str, setting: str, found: str) -> None:
    message = refused(write("a.yaml", text))
    assert message.startswith(f"{setting} in ")
    assert f"found {found}; expected: " in message


def test_a_missing_file_is_named_with_the_nearest_beside_it(write: Write) -> None:
    file = write("cluster.yaml", "")
    assert "no such file. Did you mean cluster.yaml?" in refused(file.with_name("clustre.yaml"))


def test_a_missing_folder_is_a_missing_file(tmp_path: Path) -> None:
    assert "nowhere/a.yaml: no such file." in refused(tmp_path / "nowhere" / "a.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("lake: [1", "not YAML"),
        ("lake: a: b", "not YAML"),
        ("- lake", "expected settings (name: value), found a list"),
        ("just words", "expected settings (name: value), found a str"),
    ],
)
def test_a_file_that_is_not_settings_is_named(write: Write, text: str, told: str) -> None:
    message = refused(write("broken.yaml", text))
    assert "broken.yaml: " in message
    assert told in message


def test_a_file_that_extends_something_that_is_no_name_is_named(write: Write) -> None:
    assert "extends" in refused(write("a.yaml", "extends: [base.yaml]\n"))


def test_files_that_extend_each_other_are_an_error(write: Write) -> None:
    write("a.yaml", "extends: b.yaml\n")
    assert "extends itself, by way of b.yaml -> a.yaml" in refused(write("b.yaml", "extends: a.yaml\n"))


def test_a_file_that_extends_a_missing_one_names_it(write: Write) -> None:
    assert "bass.yaml: no such file." in refused(write("a.yaml", "extends: bass.yaml\n"))


def test_base_folder_is_not_a_setting(write: Write) -> None:
    assert "base_folder is not a setting" in refused(write("a.yaml", "base_folder: /tmp\n"))


def test_an_unset_secret_is_named_with_its_setting(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    message = refused(write("a.yaml", "tracking: {uri: '${NO_SUCH_SECRET}'}"))
    assert message == "tracking.uri: the environment has no NO_SUCH_SECRET. Set it: export NO_SUCH_SECRET=…"


@pytest.mark.parametrize("text", ["lake: {root: '${OUR_SECRET}'}", "write: {attempts: '${OUR_SECRET}'}"])
def test_a_secret_in_a_setting_that_is_not_for_secrets_is_refused_unread(
    write: Write, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("OUR_SECRET", "hunter2")
    message = refused(write("a.yaml", text))
    assert "is for secrets" in message
    assert "hunter2" not in message


def test_a_secret_is_never_printed_with_the_configuration(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_SECRET", "hunter2")
    text = "tracking: {uri: '${OUR_SECRET}'}\nsession: {spark: {spark.key: '${OUR_SECRET}'}}\n"
    config = load(write("a.yaml", text))
    assert isinstance(config.tracking.uri, SecretStr)
    assert config.tracking.uri.get_secret_value() == "hunter2"
    printed = f"{config!r} {config} {config.model_dump()} {config.model_dump_json()} {config.session.spark}"
    assert "hunter2" not in printed


def test_a_relative_path_starts_at_the_folder_above_the_file(write: Write, tmp_path: Path) -> None:
    config = load(write("a.yaml", f"extends: {BASE}\n"))
    assert config.path(config.lake.root) == str(tmp_path / "var" / "lake")
    assert config.path("/elsewhere/lake") == "/elsewhere/lake"
    assert config.path("s3a://bucket/lake") == "s3a://bucket/lake"


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("columns: {order_id: a}, update_at: b", r"update_at: unknown setting .* Did you mean updated_at\?"),
        ("column: {order_id: a}", r"column: unknown setting .* Did you mean columns\?"),
    ],
    ids=["one more", "instead of one that is required"],
)
def test_an_unknown_key_of_a_source_is_named_with_the_nearest_of_its_place(
    write: Write, mapping: str, told: str
) -> None:
    text = f"summary: x\nread: {{format: csv}}\ntables: {{silver.orders: {{{mapping}}}}}\n"
    with pytest.raises(ConfigurationError, match=told):
        validated_file(Source, write("source.yaml", text))


def test_a_misspelt_schema_of_a_source_is_named_as_the_file_spells_it(write: Write) -> None:
    text = "summary: x\nread: {format: csv, shema: a string}\ntables: {}\n"
    with pytest.raises(ConfigurationError, match=r"read\.shema: unknown setting .* Did you mean schema\?"):
        validated_file(Source, write("source.yaml", text))


def test_base_yaml_is_accepted_and_each_job_gets_its_defaults() -> None:
    config = load(BASE)
    for job in graph.discover():
        assert config.section(job.name, job.settings) == job.settings()
