"""Every method of the list keeps the same contract, so that a new one is a file and a line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.helpers.fitted import batch_of, fitted_catalogue, fitted_state
from tests.helpers.habits import habits

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FittedState, Method, Role, ScoringBatch
from marketlake.recommend.methods.registry import BLEND, METHODS, REFERENCE, SERVED, fit_models
from marketlake.recommend.ranking.candidates import build_candidates, select_candidates
from marketlake.recommend.ranking.features import FEATURES

EACH = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return fitted_catalogue()


@pytest.fixture(scope="module")
def batch(catalogue: Catalogue) -> CustomerBatch:
    return batch_of(habits(), catalogue)


@pytest.fixture(scope="module")
def state(batch: CustomerBatch, catalogue: Catalogue) -> FittedState:
    return fitted_state(batch, catalogue)


def all_scores(method: Method, batch: CustomerBatch, state: FittedState) -> np.ndarray:
    """A row a customer, a column a product."""
    scores = method.scores(ScoringBatch(batch, state))
    row, item = (of.ravel() for of in np.indices((len(batch.customer_id), batch.items)))
    return scores.at(row, item).reshape(len(batch.customer_id), batch.items)


@EACH
def test_a_method_has_a_name_a_title_a_role_and_words_for_the_customer(method: Method) -> None:
    assert method.name.isidentifier()
    assert method.title
    assert method.role
    assert method.reason is None or (method.reason[0].isupper() and not method.reason.endswith("."))
    shown = Role.EXPLORE_CANDIDATES in method.role and Role.REFERENCE not in method.role
    assert (method.reason is not None) or not (shown and Role.FEATURE in method.role)


@EACH
def test_scores_are_finite_numbers_of_every_customer_and_product(
    method: Method, batch: CustomerBatch, state: FittedState
) -> None:
    values = all_scores(method, batch, state)
    assert values.shape == (len(batch.customer_id), batch.items)
    assert np.isfinite(values).all()
    assert values.std() > 0


@EACH
def test_scores_are_the_same_again(method: Method, batch: CustomerBatch, state: FittedState) -> None:
    first, again = (all_scores(method, batch, state) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@EACH
def test_scores_do_not_depend_on_the_other_customers_of_a_batch(
    method: Method, batch: CustomerBatch, state: FittedState
) -> None:
    """But for the last digits of sums that another shape of matrix adds in another order."""
    first = np.arange(len(batch.customer_id)) < 7
    parts = [all_scores(method, batch.subset(chosen), state) for chosen in (first, ~first)]
    np.testing.assert_allclose(np.concatenate(parts), all_scores(method, batch, state), rtol=1e-4, atol=1e-5)


@EACH
def test_the_best_new_products_are_those_of_the_highest_scores(
    method: Method, batch: CustomerBatch, state: FittedState
) -> None:
    row, item = batch.row[batch.bought], batch.item[batch.bought]
    found, values = method.scores(ScoringBatch(batch, state)).best(row, item, 3)
    every = all_scores(method, batch, state).astype(float)
    every[row, item] = -np.inf
    np.testing.assert_allclose(values, -np.sort(-every, axis=1)[:, :3], rtol=1e-5)
    assert not np.isin(found * len(batch.customer_id) + np.arange(len(found))[:, None], item * len(found) + row).any()


@EACH
def test_a_batch_without_customers_has_no_scores(method: Method, batch: CustomerBatch, state: FittedState) -> None:
    nobody = batch.subset(np.zeros(len(batch.customer_id), dtype=bool))
    assert all_scores(method, nobody, state).shape == (0, batch.items)


def test_names_and_titles_are_used_once() -> None:
    for attribute in ("name", "title"):
        values = [getattr(method, attribute) for method in METHODS]
        assert len(set(values)) == len(values)


def test_the_blend_and_the_reference_methods_are_all_methods() -> None:
    assert set(BLEND) | set(REFERENCE) == set(METHODS)
    assert not set(BLEND) & set(REFERENCE)
    assert not any(Role.FEATURE in method.role for method in REFERENCE)
    assert {method.name for method in BLEND if Role.FEATURE in method.role} <= set(FEATURES)


def test_the_served_state_has_the_models_of_the_blend(
    batch: CustomerBatch, state: FittedState, catalogue: Catalogue
) -> None:
    """Without baskets, which only the evaluation collects."""
    assert {method.model or method.name for method in SERVED if method.fit} < set(state.models)
    served = replace(state, models={name: state.models[name] for name in ("user_knn", "content")})
    assert len(build_candidates(batch, served).row)
    assert fit_models([], None) == {}  # type: ignore[arg-type]


def test_the_features_keep_their_order() -> None:
    """A ranker looks them up by name; the order decides between splits of equal gain, and so the figures."""
    assert FEATURES[10:22] == (
        "order_days",
        "days_since_first_order",
        "days_since_last_order",
        "decayed_orders_7d",
        "decayed_orders_30d",
        "decayed_orders_90d",
        "decayed_orders_180d",
        "neighbours",
        "als",
        "neighbours_14",
        "neighbours_28",
        "affinity",
    )
    assert len(FEATURES) == 37


def test_reference_methods_have_candidates_of_their_own(batch: CustomerBatch, state: FittedState) -> None:
    found = select_candidates(ScoringBatch(batch, state), REFERENCE)
    assert list(found.columns) == [method.name for method in REFERENCE]
    assert len(found.row) == len(batch.customer_id) * batch.items  # few products: each is a candidate
    bought = batch.matrix(batch.bought).toarray() > 0
    assert (found.is_repeat == bought[found.row, found.item]).all()
