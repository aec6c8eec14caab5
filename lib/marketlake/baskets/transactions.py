"""Baskets in memory: which items each of them holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Transactions:
    """Baskets as one run of items, basket after basket; four bytes an item.

    Attributes:
        names: of the items, sorted.
        items: places in `names`; a basket holds an item once.
        starts: of each basket in `items`, and behind the last the length.
    """

    names: np.ndarray
    items: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, baskets: pa.ListArray | pa.ChunkedArray) -> Transactions:
        """From lists of distinct names, a basket each."""
        if isinstance(baskets, pa.ChunkedArray):
            baskets = baskets.combine_chunks()
        coded = pc.dictionary_encode(baskets.flatten())
        names = coded.dictionary.to_numpy(zero_copy_only=False).astype(str)
        order = np.argsort(names)
        place = np.empty(len(order), dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        lengths = pc.list_value_length(baskets).to_numpy(zero_copy_only=False)
        starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
        return cls(names[order], place[coded.indices.to_numpy(zero_copy_only=False)], starts)

    def __len__(self) -> int:
        return len(self.starts) - 1
