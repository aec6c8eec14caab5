"""Each method's scores against a plain one: ALS folded in against MLlib, neighbours against loops, candidates."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from scipy import sparse
from tests.helpers.fitted import batch_of, fitted_catalogue, fitted_state
from tests.helpers.habits import habits

from marketlake.frames.customer_batches import cut_between_customers
from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import HALF_LIVES, CustomerBatch
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.methods import als
from marketlake.recommend.methods.fold_in import fold_in
from marketlake.recommend.methods.random_order import fnv1a
from marketlake.recommend.methods.user_knn import fit_neighbours
from marketlake.recommend.ranking import candidates as candidates_module
from marketlake.recommend.ranking.candidates import Candidates, FittedState, build_candidates
from marketlake.recommend.ranking.lists import top_lists
from marketlake.recommend.ranking.ranker import Ensemble, fit
from marketlake.recommend.serving.reasons import EXPLORE, explain
from marketlake.recommend.settings import AlsSettings, RankerSettings


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return fitted_catalogue()


@pytest.fixture(scope="module")
def batch(catalogue: Catalogue) -> CustomerBatch:
    return batch_of(habits(), catalogue)


@pytest.fixture(scope="module")
def known(batch: CustomerBatch, catalogue: Catalogue) -> FittedState:
    return fitted_state(batch, catalogue)


@pytest.fixture(scope="module")
def found(batch: CustomerBatch, known: FittedState) -> Candidates:
    return build_candidates(batch, known)


@pytest.mark.parametrize("customers", [1, 2, 3, 99])
def test_no_customer_is_in_two_blocks(customers: int) -> None:
    names = ["ann"] * 3 + ["bob"] + ["cat"] * 2 + ["dan"]
    table = pa.table({"customer_id": names, "place": list(range(len(names)))})
    parts = list(cut_between_customers(table, customers))
    assert pa.concat_tables(parts).equals(table)
    found = [set(part["customer_id"].to_pylist()) for part in parts]
    assert all(len(of) == customers for of in found[:-1])
    assert sum(map(len, found)) == 4


def test_candidates_do_not_depend_on_the_block(batch: CustomerBatch, known: FittedState, found: Candidates) -> None:
    """But for the last digits of sums that another shape of matrix adds in another order."""
    first = np.arange(len(batch.customer_id)) < 7
    parts = [build_candidates(batch.subset(chosen), known) for chosen in (first, ~first)]
    np.testing.assert_array_equal(np.concatenate([parts[0].row, parts[1].row + 7]), found.row)
    np.testing.assert_array_equal(np.concatenate([part.item for part in parts]), found.item)
    for name, values in found.columns.items():
        together = np.concatenate([part.columns[name] for part in parts])
        np.testing.assert_allclose(together, values, rtol=1e-4, atol=1e-5, err_msg=name)


def test_folding_in_gives_the_factors_of_mllib(spark: SparkSession) -> None:
    draws = np.random.default_rng(4)
    ratings = draws.random((15, 12)) * (draws.random((15, 12)) < 0.4)
    ratings[:, 11] = [0.5, 0.5, *[0] * 13]
    rows = [(int(u), int(i), float(ratings[u, i])) for u, i in np.argwhere(ratings > 0)]
    settings = AlsSettings(rank=3, reg=0.05, alpha=3.0, iterations=4, min_buyers=3)
    model = als.fit(spark.createDataFrame(rows, "customer int, item int, rating double"), settings, blocks=2)
    factors = als.item_factors(model, np.arange(13), settings)
    # Two products that ALS does not learn of take no part: one that two customers bought, one that nobody did.
    assert (factors.items[:11] != 0).any(axis=1).all()
    assert (factors.items[11:] == 0).all()
    history = np.hstack([ratings, np.ones((15, 1))])
    folded = fold_in(sparse.csr_matrix(history), factors)
    for row in model.userFactors.collect():
        np.testing.assert_allclose(folded[row.id], row.features, atol=2e-4)
    assert (fold_in(sparse.csr_matrix((1, 13)), factors) == 0).all()


def test_als_says_when_no_product_has_customers_enough(spark: SparkSession) -> None:
    rows = spark.createDataFrame([(0, 0, 1.0), (1, 0, 1.0), (2, 1, 1.0)], "customer int, item int, rating double")
    assert als.fit(rows, AlsSettings(rank=2, min_buyers=2), blocks=2).itemFactors.count() == 1
    with pytest.raises(NothingToLearnError, match="no product has 3 customers"):
        als.fit(rows, AlsSettings(rank=2, min_buyers=3), blocks=2)


def test_iterations_are_checkpointed(spark: SparkSession) -> None:
    """The session has a folder for it: without one ALS takes the interval and does nothing."""
    folder = Path(urlparse(spark.sparkContext.getCheckpointDir() or "").path)
    before = set(folder.glob("rdd-*"))
    rows = spark.range(200).selectExpr("cast(id % 20 as int) customer", "cast(id % 11 as int) item", "1.0 rating")
    als.fit(rows, AlsSettings(rank=2, iterations=als.CHECKPOINT_EVERY), blocks=2)
    assert set(folder.glob("rdd-*")) > before


def test_neighbours_by_loops(batch: CustomerBatch) -> None:
    known = fit_neighbours(batch)
    days = batch.matrix(batch.values["order_days"]).toarray()
    rarity = np.log(len(days) / (1 + (days > 0).sum(axis=0))).clip(min=0)
    taste = np.log1p(days) * rarity
    taste /= np.linalg.norm(taste, axis=1, keepdims=True)
    lately = batch.matrix(np.nan_to_num(batch.values["days_since_last_order"], nan=99) < 14).toarray()
    expected = np.empty_like(lately)
    for customer in range(len(days)):
        others = [other for other in range(len(days)) if other != customer]  # fewer than the 300 that it would take
        expected[customer] = lately[others].mean(axis=0)
    np.testing.assert_allclose(known.scores(batch)["neighbours_14"], expected, atol=1e-5)
    likeness = (known.tastes @ known.tastes.T).toarray()
    np.testing.assert_allclose(likeness, taste @ taste.T, atol=1e-5)


def test_every_pair_is_a_candidate_where_there_are_few(found: Candidates, batch: CustomerBatch) -> None:
    key = found.row * batch.items + found.item
    assert (np.sort(key) == np.arange(len(batch.customer_id) * batch.items)).all()
    bought = batch.matrix(batch.bought).toarray() > 0
    assert (found.is_repeat == bought[found.row, found.item]).all()


@pytest.mark.parametrize("column", ["random", "buyers_28", "als", "neighbours_14", "affinity", "decayed_orders_90d"])
def test_candidates_hold_the_first_of_every_method(
    column: str, found: Candidates, batch: CustomerBatch, known: FittedState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of a method by few candidates is its list by all of them."""
    monkeypatch.setattr(candidates_module, "LONGEST", 4)
    few = build_candidates(batch, known)
    assert len(few.row) < len(found.row)
    for wanted in (True, False) if column != "decayed_orders_90d" else (True,):
        assert first(few, column, wanted, len(batch.customer_id)) == first(
            found, column, wanted, len(batch.customer_id)
        )


def first(of: Candidates, column: str, is_repeat: bool, customers: int) -> list[list[int]]:
    at = np.flatnonzero(of.is_repeat == is_repeat)
    return top_lists(of.row[at], of.item[at], of.columns[column][at], customers=customers, length=4).tolist()


def test_columns_of_a_pair_are_those_of_its_history(found: Candidates, batch: CustomerBatch) -> None:
    days = batch.matrix(batch.values["order_days"]).toarray()
    of_repeat = found.is_repeat
    assert (found.columns["order_days"][of_repeat] == days[found.row, found.item][of_repeat]).all()
    assert np.isnan(found.columns["days_since_last_order"][~of_repeat]).all()
    features = found.features()
    assert np.isfinite(features).all()
    recent = batch.matrix(batch.values["decayed_orders_90d"]).toarray()
    types = np.arange(batch.items) % 7
    by_type = np.column_stack([recent[:, types == each].sum(axis=1) for each in range(7)])
    np.testing.assert_allclose(
        found.columns["type_decayed_orders_90d"], by_type[found.row, types[found.item]], rtol=1e-4
    )


def test_the_noise_of_a_customer_is_her_own_and_always_the_same(found: Candidates) -> None:
    assert fnv1a("a") == 0xAF63DC4C8601EC8C  # as published for FNV-1a, 64 bits
    noise = found.columns["random"]
    assert len(np.unique(noise)) > 0.99 * len(noise)


def test_a_ranker_finds_what_decides(found: Candidates) -> None:
    bought = np.where(found.is_repeat, found.columns["order_rate"] > 0.1, found.columns["neighbours_14"] > 0.1)
    probability = Ensemble((fit(found, bought, RankerSettings(trees=40, leaves=4)),)).probability(found)
    for head in (found.is_repeat, ~found.is_repeat):
        assert probability[head & bought].min() > probability[head & ~bought].max()
    with pytest.raises(NothingToLearnError, match="repeat candidates 0 were bought"):
        fit(found, np.zeros(len(bought), dtype=bool), RankerSettings())


def test_the_newest_period_counts_as_much_as_all_together(found: Candidates) -> None:
    marks = [found.columns["random"] > np.quantile(found.columns["random"], share) for share in (0.3, 0.5, 0.8)]
    periods = tuple(fit(found, mark, RankerSettings(trees=2, leaves=4)) for mark in marks)
    alone = [Ensemble((of,)).probability(found) for of in periods]
    odds = [alone_of / (1 - alone_of) for alone_of in alone]
    expected = odds[0] ** (2 / 3) * odds[1] ** (1 / 6) * odds[2] ** (1 / 6)
    np.testing.assert_allclose(Ensemble(periods).probability(found), expected / (1 + expected), rtol=1e-6)


def test_reasons_say_what_is_true(found: Candidates) -> None:
    told = explain(found, np.arange(len(found.row)))
    assert set(np.array(told)[~found.is_repeat]) <= set(EXPLORE.values())
    for place in np.flatnonzero(found.is_repeat)[:200]:
        first, last, days = (
            float(found.columns[name][place])
            for name in ("days_since_first_order", "days_since_last_order", "order_days")
        )
        gap = (first - last) / (days - 1) if days > 1 else None
        words = told[place].removeprefix("Due again: ").lower()
        assert words.startswith("bought once, " if gap is None else "bought every ")
        assert told[place].startswith("Due again: ") == (gap is not None and last >= 0.8 * gap)
        assert told[place].endswith("today" if last == 0 else "1 day ago" if last == 1 else f"{int(last)} days ago")


def test_half_lives_are_columns(batch: CustomerBatch) -> None:
    assert {f"decayed_orders_{days}d" for days in HALF_LIVES} <= set(batch.values)
