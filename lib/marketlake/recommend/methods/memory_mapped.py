"""Large matrices: one file a machine, from which its workers read the rows they need, instead of a copy in each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pyspark import SparkFiles
from pyspark.sql import SparkSession

from marketlake.recommend.methods.inner_products import Rows

LARGE = 2**26  # bytes: half a million products of rank 32


@dataclass(frozen=True)
class MemoryMappedMatrix:
    """A matrix in a file that Spark has brought to each machine.

    Attributes:
        file: its name there.
    """

    file: str

    def __getitem__(self, place: Any, /) -> np.ndarray:
        """Some of its rows."""
        rows: np.ndarray = _open(self.file)[place]
        return rows


@cache
def _open(file: str) -> np.ndarray:
    """The matrix of a file, mapped once in the life of a worker."""
    matrix: np.ndarray = np.load(SparkFiles.get(file), mmap_mode="r")
    return matrix


def share_with_workers(rows: Rows, spark: SparkSession) -> Rows:
    """A matrix for functions that workers run: from `LARGE` on it lies in a file on each machine.

    Only the rows that are read are loaded there.
    """
    if not isinstance(rows, np.ndarray) or rows.nbytes < LARGE:
        return rows
    file = f"{hashlib.sha256(rows.data).hexdigest()}.npy"
    folder = Path(SparkFiles.getRootDirectory()) / "mapped"  # Spark takes it from there, and removes it at its end
    if not (folder / file).exists():
        folder.mkdir(exist_ok=True)
        np.save(folder / file, rows)
        spark.sparkContext.addFile(str(folder / file))
    return MemoryMappedMatrix(file)
