"""Methods that are compared, against loops: neighbours of products, the next basket, diverse lists."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse
from tests.helpers.habits import FIRST_DAY, habits

from marketlake.recommend.data.catalogue import STATISTICS, Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.item_knn import MIN_BUYERS, SHRINKAGE, fit_item_knn
from marketlake.recommend.methods.markov_chain import PRIOR, fit_markov_chain
from marketlake.recommend.ranking.diversity import mmr, preference
from marketlake.recommend.serving.pyfunc import pairs_from_purchases

PRODUCTS = [f"p{number:02}" for number in range(30)]
CATALOGUE = Catalogue(
    np.array(PRODUCTS), np.arange(30) % 7, np.arange(30) % 3, dict.fromkeys(STATISTICS, np.ones(30, dtype=np.float32))
)


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    return habits()


@pytest.fixture(scope="module")
def batch(lines: pd.DataFrame) -> CustomerBatch:
    end = FIRST_DAY + timedelta(days=89)
    pairs = pairs_from_purchases(
        lines.assign(age_days=[(end - day).days for day in lines["booked_date"]]), half_life_days=60
    )
    return CustomerBatch.from_arrow(pa.Table.from_pandas(pairs), CATALOGUE)


def test_item_item_by_loops(lines: pd.DataFrame, batch: CustomerBatch) -> None:
    buyers = {product: set(of["customer_id"]) for product, of in lines.groupby("product_id")}
    found = fit_item_knn(batch.matrix(batch.bought)).likeness.toarray()
    for i, one in enumerate(PRODUCTS):
        for j, other in enumerate(PRODUCTS):
            a, b = buyers.get(one, set()), buyers.get(other, set())
            often = min(len(a), len(b)) >= MIN_BUYERS and i != j
            expected = len(a & b) / math.sqrt((len(a) + SHRINKAGE) * (len(b) + SHRINKAGE)) if often else 0
            assert found[i, j] == pytest.approx(expected, abs=1e-6), (one, other)


def test_of_products_that_nobody_bought_nobody_is_a_neighbour() -> None:
    assert fit_item_knn(sparse.csr_matrix((4, 3))).likeness.nnz == 0


def test_the_next_basket_by_loops(lines: pd.DataFrame, batch: CustomerBatch) -> None:
    baskets = lines.rename(columns={"booked_date": "happened_on"})[["customer_id", "product_id", "happened_on"]]
    days = {key: set(of["product_id"]) for key, of in baskets.groupby(["customer_id", "happened_on"])}
    follows, seen = np.zeros((30, 30)), np.zeros(30)
    for (customer, day), bought in days.items():
        later = [other for who, other in days if who == customer and other > day]
        if not later:
            continue
        for product in bought:
            seen[PRODUCTS.index(product)] += 1
            for other in days[customer, min(later)]:
                follows[PRODUCTS.index(product), PRODUCTS.index(other)] += 1
    method = fit_markov_chain(baskets.drop_duplicates(), CATALOGUE)
    np.testing.assert_allclose(method.transitions.toarray(), follows / (seen + PRIOR)[:, None], atol=1e-6)
    scores = method.scores(batch)
    for row, customer in enumerate(batch.customer_id):
        last: date = max(day for who, day in days if who == customer)
        places = [PRODUCTS.index(product) for product in days[customer, last]]
        np.testing.assert_allclose(scores[row], (follows / (seen + PRIOR)[:, None])[places].sum(axis=0), atol=1e-5)


def test_a_product_that_is_not_sold_is_passed_over() -> None:
    rows = [("ann", "p01", 1), ("ann", "gone", 2), ("ann", "p02", 3)]
    found = fit_markov_chain(pd.DataFrame(rows, columns=["customer_id", "product_id", "happened_on"]), CATALOGUE)
    assert found.transitions[1, 2] == pytest.approx(1 / (1 + PRIOR))  # the basket between held nothing that is sold
    none = pd.DataFrame([], columns=["customer_id", "product_id", "happened_on"])
    assert fit_markov_chain(none, CATALOGUE).transitions.nnz == 0


def slowly(score: list[float], kind: list[int], length: int, diversity: float) -> list[int]:
    """MMR of one list, as its definition says."""
    chosen: list[int] = []
    while len(chosen) < length:
        left = [place for place, value in enumerate(score) if place not in chosen and value > -math.inf]
        if not left:
            break
        worth = {
            place: (1 - diversity) * score[place] - diversity * max((kind[place] == kind[c] for c in chosen), default=0)
            for place in left
        }
        chosen.append(max(left, key=lambda place: (worth[place], -place)))
    return chosen + [-1] * (length - len(chosen))


@pytest.mark.parametrize("diversity", [0.0, 0.1, 0.5, 1.0])
def test_mmr_by_its_definition(diversity: float) -> None:
    draws = np.random.default_rng(int(diversity * 10))
    score, kind = (
        draws.integers(0, 12, (40, 15)) / 16,
        draws.integers(0, 4, (40, 15)),
    )  # ties, and numbers that are exact
    score[draws.random(score.shape) < 0.3] = -np.inf
    score[7] = -np.inf
    found = mmr(score, kind, length=8, diversity=diversity)
    assert found.tolist() == [slowly(s, k, 8, diversity) for s, k in zip(score.tolist(), kind.tolist(), strict=True)]


def test_preference_puts_the_chosen_first_and_keeps_the_rest_in_order() -> None:
    row, item = np.array([0, 0, 0, 0, 2]), np.array([5, 6, 7, 8, 5])
    score, kind = np.array([0.9, 0.8, 0.5, 0.1, 0.3]), np.array([1, 1, 2, 2, 1])
    found = preference(row, item, score, kind, length=2, diversity=0.5)
    assert np.argsort(-found[:4]).tolist() == [0, 2, 1, 3]
    assert preference(row[:0], item[:0], score[:0], kind[:0], length=2, diversity=0.5).tolist() == []
