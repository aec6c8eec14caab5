"""Offline evaluation: counted customers, hits, groups, the everyday list, and the promotion rule."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from marketlake.recommend.data.catalogue import STATISTICS, Catalogue
from marketlake.recommend.evaluation.backtest_result import score_everyday_list
from marketlake.recommend.evaluation.baselines import BLEND, EVERYDAY_LIST, TRIVIAL
from marketlake.recommend.evaluation.groups import group_customers, score_groups
from marketlake.recommend.evaluation.holdout import HoldoutPurchases, index_purchases, label_candidates
from marketlake.recommend.evaluation.offline_evaluation import Evaluation, MethodScores, evaluate_methods
from marketlake.recommend.evaluation.promotion import decide_blend_promotion as decide
from marketlake.recommend.evaluation.report import beyond_accuracy_table, headline_metrics, improvements
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.settings import ListSettings

NOTHING = dict.fromkeys(STATISTICS, np.ones(3, dtype=np.float32))
CATALOGUE = Catalogue(np.array(["a", "b", "c"]), np.array([0, 0, 1]), np.zeros(3, dtype=int), NOTHING)
# ann buys a again, and b which is new to her; bob buys z, which nobody may recommend; cat was not known before.
BOUGHT = pd.DataFrame(
    [("ann", "a", True), ("ann", "b", False), ("bob", "z", False), ("cat", "c", False)],
    columns=["customer_id", "product_id", "is_repeat"],
)
KNOWN = np.array(["ann", "bob", "dan"])
# Candidates of ann (a again; b and c new) and of dan, who buys nothing in the period and is not judged.
FOUND = Candidates(
    np.array([0, 0, 0, 2]), np.array([0, 1, 2, 1]), np.array([True, False, False, False]), {"score": np.ones(4)}
)


@pytest.fixture
def bought() -> HoldoutPurchases:
    return index_purchases(BOUGHT, KNOWN, CATALOGUE)


@pytest.fixture
def result(bought: HoldoutPurchases) -> Evaluation:
    upwards = MethodScores("upwards", np.array([0.1, 0.2, 0.3, 0.9]))
    known = MethodScores("known", np.array([0.5, -np.inf, -np.inf, -np.inf]), targets=("all", "repeat"))
    return evaluate_methods([upwards, known], FOUND, KNOWN, bought)


def test_all_buyers_are_evaluated_and_the_cold_are_marked(bought: HoldoutPurchases, result: Evaluation) -> None:
    assert bought.customer_id.tolist() == ["ann", "bob", "cat"]
    assert bought.is_known.tolist() == [True, True, False]
    assert {target: len(places) for target, places in result.customers.items()} == {"all": 3, "repeat": 1, "explore": 3}


def test_labels_are_what_was_bought(bought: HoldoutPurchases) -> None:
    assert label_candidates(FOUND, KNOWN, bought).tolist() == [True, True, False, False]


def test_lists_are_sorted_by_score_and_hit_what_was_bought(result: Evaluation) -> None:
    assert result.lists["upwards", "all"][0, :4].tolist() == [2, 1, 0, -1]
    assert result.lists["upwards", "explore"][0, :3].tolist() == [2, 1, -1]
    assert result.lists["known", "all"][0, :2].tolist() == [0, -1]
    assert result.score("upwards", "all", "recall", 5).tolist() == [1.0, 0.0, 0.0]  # bob and cat count as zero
    assert result.score("known", "repeat", "precision", 5).tolist() == [0.2]
    assert ("known", "explore") not in result.scores
    found = headline_metrics(result.table())
    assert found["others/upwards_recall_10_all"] == pytest.approx(1 / 3)
    assert not any("_5_" in name or "map" in name for name in found)
    assert next(iter(headline_metrics(result.table().replace({"method": {"known": "blend"}})))) == "blend_ndcg_10_all"


def test_cold_customers_have_the_lists_that_they_are_given(bought: HoldoutPurchases) -> None:
    lists = np.full((3, 20), -1)
    lists[:, 0] = 2  # c for everybody, but ann and bob are known
    given = MethodScores("given", np.full(4, -np.inf), cold_lists=lists)
    result = evaluate_methods([given], FOUND, KNOWN, bought)
    assert result.lists["given", "all"][:, 0].tolist() == [-1, -1, 2]
    assert result.score("given", "all", "hit_rate", 5).tolist() == [0.0, 0.0, 1.0]
    both = result.merge(evaluate_methods([MethodScores("other", np.ones(4))], FOUND, KNOWN, bought))
    assert {method for method, _ in both.scores} == {"given", "other"}


def test_groups_are_the_warm_their_thirds_and_the_cold(bought: HoldoutPurchases) -> None:
    before = np.array([3.0, 3.0, 3.0, 9.0])  # products that ann and dan had bought; of bob nothing is sold any more
    known = index_purchases(BOUGHT, np.array(["ann", "dan"]), CATALOGUE)
    found = Candidates(np.array([0, 0, 0, 1]), FOUND.item, FOUND.is_repeat, {"customer_products": before})
    of_groups = group_customers(found, np.array(["ann", "dan"]), known)
    assert [(name, of_group.tolist()) for name, of_group in of_groups] == [
        ("all warm", [True, False, False]),
        ("up to 3 products before", [True, False, False]),
        ("cold", [False, True, True]),
    ]
    upwards = MethodScores("upwards", np.array([0.1, 0.2, 0.3, 0.9]))
    result = evaluate_methods([upwards], found, np.array(["ann", "dan"]), known)
    table = score_groups(result, of_groups, ["upwards"])
    assert table["customers"].tolist() == [1, 1, 2]
    discount = 1 / np.log2([2, 3, 4])  # of c, b, a: b and a are hits
    assert table["upwards"].tolist() == pytest.approx([(discount[1:].sum()) / discount[:2].sum()] * 2 + [0.0])


def test_beyond_accuracy_is_of_the_lists_for_all_purchases(bought: HoldoutPurchases, result: Evaluation) -> None:
    class Known:
        catalogue, customers = CATALOGUE, 4

    found = beyond_accuracy_table(result, bought, Known()).set_index("method")  # type: ignore[arg-type]
    assert found.loc["upwards", "coverage"] == 1.0
    assert found.loc["known", "coverage"] == pytest.approx(1 / 3)
    assert found.loc["upwards", "diversity"] == pytest.approx(2 / 3)
    assert found.loc["upwards", "novelty"] == 2.0  # one of four customers


def scored(blend: float, own: float, customers: int = 400) -> Evaluation:
    """nDCG@10 around two means, with the luck of each customer common to all methods."""
    luck = np.random.default_rng(1).normal(0, 0.1, customers)
    own_luck = np.random.default_rng(2).normal(0, 0.02, customers)
    means = dict.fromkeys(TRIVIAL, 0.1) | {"own frequency": own, BLEND: blend}
    values = {
        name: np.repeat((mean + luck + own_luck * (name == BLEND))[:, None], 18, axis=1) for name, mean in means.items()
    }
    return Evaluation({(name, "all"): value for name, value in values.items()}, {}, {"all": np.arange(customers)})


def test_promotion_asks_for_a_margin_and_for_more_than_luck() -> None:
    better = decide(scored(0.43, 0.41), min_improvement=0.01)
    assert (better.is_promoted, better.baseline) == (True, "own frequency")
    assert "own frequency" in better.reason
    assert not decide(scored(0.43, 0.41), min_improvement=0.05).is_promoted
    assert not decide(scored(0.4102, 0.41), min_improvement=0.0).is_promoted  # its interval has zero in it
    assert not decide(scored(0.40, 0.41), min_improvement=0.0).is_promoted


def test_promotion_asks_for_the_same_improvement_over_the_champions_recipe() -> None:
    result = scored(0.43, 0.41)
    luck = np.random.default_rng(3).normal(0, 0.02, 400)
    better, worse, alike = (
        decide(result, min_improvement=0.005, over_champion=luck - luck.mean() + lead) for lead in (0.01, -0.01, 0.0051)
    )
    assert better.is_promoted
    assert "champion's recipe" in better.reason
    assert not worse.is_promoted
    assert alike.is_promoted
    assert not decide(result, min_improvement=0.005, over_champion=luck - luck.mean() + 0.0049).is_promoted
    assert not decide(result, min_improvement=0.0, over_champion=luck - luck.mean() + 0.0001).is_promoted  # luck
    assert not decide(
        scored(0.40, 0.41), min_improvement=0.0, over_champion=luck + 1
    ).is_promoted  # own frequency is better


def test_improvements_are_paired() -> None:
    result = scored(0.43, 0.41)
    found = improvements(result).set_index(["method", "target"])
    differences = result.score(BLEND, "all") - result.score("own frequency", "all")
    own = found.loc[("own frequency", "all")]
    assert own["improvement"] == pytest.approx(differences.mean())
    half = 1.96 * differences.std() / np.sqrt(len(differences))
    assert own["high"] - own["low"] == pytest.approx(2 * half, rel=0.15)
    assert set(found.index) == {(name, "all") for name in TRIVIAL}


# A customer with four repeat and four new candidates of two types, the most probable first; and a cold customer.
MIXED = Candidates(np.zeros(8, dtype=int), np.arange(8), np.arange(8) < 4, {"probability": np.linspace(0.9, 0.1, 8)})
TYPE_OF = np.array([0, 0, 1, 1, 0, 0, 1, 1])
COLD_LISTS = np.vstack([np.arange(20), np.arange(20)[::-1]])


def everyday_list(**settings: float) -> list[int]:
    """Items of the evaluated everyday list of the known customer."""
    method = score_everyday_list(
        MIXED, MIXED.columns["probability"], TYPE_OF, ListSettings.model_validate(settings), COLD_LISTS
    )
    assert method.targets == ("all",)
    chosen = np.flatnonzero(method.score > -np.inf)
    return MIXED.item[chosen[np.argsort(-method.score[chosen])]].tolist()


def test_the_everyday_list_has_slots_for_repeat_and_new_products() -> None:
    assert everyday_list(length=4, explore_slots=0, diversity=0) == [0, 1, 2, 3]
    assert everyday_list(length=4, explore_slots=2, diversity=0) == [0, 1, 4, 5]
    assert everyday_list(length=6, explore_slots=2, diversity=0) == [0, 1, 2, 3, 4, 5]


def test_the_everyday_list_is_diverse() -> None:
    assert everyday_list(length=4, explore_slots=2, diversity=0.9) == [0, 2, 4, 5]  # 2 is of another type than 0


def test_the_everyday_list_is_evaluated_in_its_order_and_cold_customers_get_as_many_products() -> None:
    purchases = HoldoutPurchases(
        np.array(["ann", "cat"]), np.array([True, False]), np.array([0, 1]), np.array([4, 19]),
        np.array([False, False]), 20,
    )  # fmt: skip
    lists = ListSettings(length=4, explore_slots=2, diversity=0)
    method = score_everyday_list(MIXED, MIXED.columns["probability"], TYPE_OF, lists, COLD_LISTS)
    result = evaluate_methods([method], MIXED, np.array(["ann"]), purchases)
    assert result.lists[EVERYDAY_LIST, "all"][:, :5].tolist() == [[0, 1, 4, 5, -1], [19, 18, 17, 16, -1]]
    assert result.score(EVERYDAY_LIST, "all").tolist() == pytest.approx([1 / np.log2(4), 1.0])
    assert (EVERYDAY_LIST, "explore") not in result.scores
    assert next(iter(headline_metrics(result.table()))) == "everyday_list_ndcg_10_all"
