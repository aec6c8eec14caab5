"""Baskets in memory, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Transactions:
    """The items of all baskets in one array, basket after basket; four bytes an item.

    Attributes:
        names: of the items, sorted.
        items: positions in `names`; an item occurs once in a basket.
        starts: start of each basket in `items`, and the length of `items` at the end.
    """

    names: np.ndarray
    items: np.ndarray
    starts: np.ndarray

    @classmethod
    def from_arrow(cls, baskets: pa.ListArray | pa.ChunkedArray) -> Transactions:
        """From lists of distinct names, one list a basket."""
        if isinstance(baskets, pa.ChunkedArray):
            baskets = baskets.combine_chunks()
        coded = pc.dictionary_encode(baskets.flatten())
        names = coded.dictionary.to_numpy(zero_copy_only=False).astype(str)
        order = np.argsort(names)
        position = np.empty(len(order), dtype=np.int32)
        position[order] = np.arange(len(order), dtype=np.int32)
        lengths = pc.list_value_length(baskets).to_numpy(zero_copy_only=False)
        starts = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
        return cls(names[order], position[coded.indices.to_numpy(zero_copy_only=False)], starts)

    def __len__(self) -> int:
        return len(self.starts) - 1
