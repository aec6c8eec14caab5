"""The source code of this package as a folder, for MLflow, which stores it with a model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile
from zipimport import zipimporter

import marketlake


@contextmanager
def package_source() -> Iterator[Path]:
    """The folder of the package; a temporary one when Python runs from a wheel (spark-submit --py-files)."""
    loader = marketlake.__spec__.loader if marketlake.__spec__ else None
    if not isinstance(loader, zipimporter):
        yield Path(marketlake.__file__).parent
        return
    with tempfile.TemporaryDirectory() as folder, ZipFile(loader.archive) as wheel:
        wheel.extractall(folder, [name for name in wheel.namelist() if name.startswith("marketlake/")])
        yield Path(folder) / "marketlake"
