"""Delta's jars from a folder: all of them, and exactly the builds of the lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from marketlake.runtime import jars
from marketlake.runtime.errors import ConfigurationError

CONTENT = {"one.jar": b"first", "two.jar": b"second"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the jars of a small lock."""
    monkeypatch.setattr(jars, "LOCK", {name: hashlib.sha256(data).hexdigest() for name, data in CONTENT.items()})
    for name, data in CONTENT.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_a_folder_with_the_locked_jars_puts_them_on_the_class_path(folder: Path) -> None:
    assert jars.spark_settings(str(folder)) == {"spark.jars": f"{folder}/one.jar,{folder}/two.jar"}


def test_a_missing_jar_is_named_with_its_folder(folder: Path) -> None:
    (folder / "two.jar").unlink()
    with pytest.raises(ConfigurationError, match=r"session\.jars_folder: no two\.jar in .*Maven"):
        jars.spark_settings(str(folder))


def test_another_build_of_a_jar_is_refused_with_both_sums(folder: Path) -> None:
    (folder / "two.jar").write_bytes(b"other")
    with pytest.raises(ConfigurationError) as caught:
        jars.spark_settings(str(folder))
    message = str(caught.value)
    assert "two.jar" in message
    assert hashlib.sha256(b"other").hexdigest() in message
    assert jars.LOCK["two.jar"] in message


def test_the_lock_is_of_the_version_that_maven_is_asked_for() -> None:
    version = jars.COORDINATES.rsplit(":", 1)[1]
    assert all(name.endswith(f"-{version}.jar") for name in jars.LOCK)
    assert all(len(bytes.fromhex(digest)) == 32 for digest in jars.LOCK.values())


@pytest.mark.parametrize("damaged", [False, True])
def test_the_resolvers_cache_is_used_only_when_it_is_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: bool
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    cache = tmp_path / ".ivy2.5.2" / "jars"
    cache.mkdir(parents=True)
    for name, data in CONTENT.items():
        (cache / f"io.delta_{name}").write_bytes(b"half" if damaged else data)
    asked = set(jars.spark_settings(None))
    assert asked == ({"spark.jars.packages", "spark.jars.excludes"} if damaged else {"spark.jars"})
