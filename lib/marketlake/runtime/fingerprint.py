"""A hash of everything but the inputs that decides the result of a run: settings and code."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from marketlake.runtime.package_source import package_source


def fingerprint(run: Callable[..., Any], settings: Any) -> str:
    """The hash of some settings, of the file of a job's `run`, and of the package."""
    content = json.dumps(settings, sort_keys=True)
    code = _package_hash() + Path(inspect.getfile(run)).read_text(encoding="utf-8")
    return hashlib.sha256((content + code).encode()).hexdigest()[:16]


@cache
def _package_hash() -> str:
    digest = hashlib.sha256()
    with package_source() as folder:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(f"{file.relative_to(folder)}\n".encode() + file.read_bytes())
    return digest.hexdigest()
