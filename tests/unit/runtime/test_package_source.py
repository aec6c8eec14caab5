"""The package's folder, from a checkout and from a wheel that Python reads packed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import marketlake
from marketlake.runtime.package_source import package_source

PACKAGE = Path(marketlake.__file__).parent
SAY = """
from marketlake.runtime import package_source
with package_source.package_source() as folder:
    print(package_source.__file__)
    print(*sorted(str(file.relative_to(folder)) for file in folder.rglob("*.*") if file.is_file()), sep="\\n")
print(folder.exists())
"""


def files_of(folder: Path) -> list[str]:
    return sorted(
        str(file.relative_to(folder))
        for file in folder.rglob("*.*")
        if file.is_file() and "__pycache__" not in file.parts
    )


def test_of_a_checkout_it_is_the_checkout() -> None:
    with package_source() as folder:
        assert folder == PACKAGE


def test_a_wheel_is_unpacked_for_a_while(tmp_path: Path) -> None:
    copied = tmp_path / "build" / "marketlake"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    wheel = shutil.make_archive(str(tmp_path / "marketlake"), "zip", tmp_path / "build")
    shutil.rmtree(tmp_path / "build")
    said = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {wheel!r})\n{SAY}"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout.splitlines()  # fmt: skip
    assert said[0].startswith(wheel)
    assert said[1:-1] == files_of(PACKAGE)
    assert said[-1] == "False"
