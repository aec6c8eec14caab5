"""Samples that are the same ones in every run, whatever the partitions of a frame."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

PARTS = 2**20


def sample_by_hash(frame: DataFrame, share: float, key: str) -> DataFrame:
    """The rows of a share of the keys, drawn by the keys' hash: the same keys of every frame and in every run.

    Args:
        frame: any.
        share: of the keys, 0 to 1; from 1 on the frame is returned as it is.
        key: name of the column, such as customer_id.
    """
    if share >= 1:
        return frame
    return frame.where(F.pmod(F.xxhash64(key), F.lit(PARTS)) < int(share * PARTS))
