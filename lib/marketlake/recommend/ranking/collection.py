"""Candidates of sampled customers, found on Spark's workers and collected on the driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.data.map_pairs import map_pairs
from marketlake.recommend.methods.als import share_factors
from marketlake.recommend.methods.method import FittedState, Method, ScoringBatch
from marketlake.recommend.ranking.candidates import COLUMNS, Candidates, build_candidates, select_candidates

SCHEMA = "customer_id string, item int, is_repeat boolean, values array<float>"


def collect_candidates(pairs: DataFrame, state: FittedState) -> tuple[np.ndarray, Candidates]:
    """The blend's candidates with its features: 200 bytes each, some hundreds a customer.

    Args:
        pairs: `pairs.build_pairs` of whole customers.
        state: of the day.

    Returns:
        ids of the customers, sorted, and their candidates; a candidate's row is the customer's place among the ids.
    """
    shared = replace(state, factors=share_factors(state.factors, pairs.sparkSession))
    return _collect(pairs, state.catalogue, lambda batch: build_candidates(batch, shared), COLUMNS)


def collect_method_candidates(
    pairs: DataFrame, state: FittedState, methods: Sequence[Method]
) -> tuple[np.ndarray, Candidates]:
    """As `collect_candidates`: the candidates of some methods alone, with their scores.

    Args:
        pairs: `pairs.build_pairs` of whole customers.
        state: of the day, with the models of these methods.
        methods: such as `registry.REFERENCE`.
    """

    def find(batch: CustomerBatch) -> Candidates:
        return select_candidates(ScoringBatch(batch, state), methods)

    return _collect(pairs, state.catalogue, find, [method.name for method in methods])


def _collect(
    pairs: DataFrame, catalogue: Catalogue, find: Callable[[CustomerBatch], Candidates], names: Sequence[str]
) -> tuple[np.ndarray, Candidates]:
    def work(batch: CustomerBatch) -> pa.RecordBatch:
        batch = batch.subset(batch.has_bought)  # the others get fallback lists, which no ranker sorts
        found = find(batch)
        values = np.column_stack([found.columns[name] for name in names]).astype(np.float32)
        lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), len(names))
        columns = {
            "customer_id": pa.array(batch.customer_id[found.row], pa.string()),
            "item": pa.array(found.item, pa.int32()),
            "is_repeat": pa.array(found.is_repeat),
            "values": lists.cast(pa.list_(pa.float32())),
        }
        return pa.RecordBatch.from_pydict(columns)

    return _unpack(map_pairs(pairs, catalogue, work, SCHEMA).toArrow(), names)


def _unpack(rows: pa.Table, names: Sequence[str]) -> tuple[np.ndarray, Candidates]:
    """Candidates from rows of `SCHEMA`, in the order of customer and item."""
    customer_id, row = np.unique(rows["customer_id"].to_numpy().astype(str), return_inverse=True)
    item = rows["item"].to_numpy().astype(np.int64)
    order = np.lexsort((item, row))
    values = rows["values"].combine_chunks().flatten().to_numpy().reshape(-1, len(names))[order]
    columns = {name: values[:, place] for place, name in enumerate(names)}
    is_repeat = rows["is_repeat"].to_numpy().astype(bool)[order]
    return customer_id, Candidates(row[order], item[order], is_repeat, columns)
