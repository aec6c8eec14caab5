from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats
from tests.helpers.brute_force import as_counts, drawn, rules_of, transactions

from marketlake.baskets.association_rules import derive_rules
from marketlake.baskets.eclat import mine
from marketlake.baskets.measures import compute_measures, false_discovery_rate, lift_interval
from marketlake.baskets.mining import COLUMNS, min_count, mine_scope
from marketlake.baskets.settings import MiningSettings

EASY = MiningSettings(min_count=2, min_confidence=0.3, max_false_discovery_rate=1.0)


@pytest.mark.parametrize("seed", range(8))
def test_rules_and_redundancy_agree_with_trying_every_subset(seed: int) -> None:
    itemsets = mine(transactions(drawn(seed)), min_count=2, max_size=9)
    found = derive_rules(itemsets, min_confidence=0.4)
    counts = as_counts(itemsets)
    named = {
        (tuple(itemsets.names[row.antecedent]), itemsets.names[row.consequent]): row.is_redundant
        for row in found.itertuples()
    }
    expected = rules_of(counts, itemsets.baskets, 0.4)
    assert named == expected
    assert {True, False} == set(expected.values())
    for row in found.itertuples():
        antecedent = tuple(itemsets.names[row.antecedent])
        consequent = itemsets.names[row.consequent]
        assert row.count == counts[tuple(sorted((*antecedent, consequent)))]
        assert (row.antecedent_count, row.consequent_count) == (counts[antecedent], counts[(consequent,)])


def test_no_rules_without_pairs() -> None:
    assert derive_rules(mine(transactions([]), min_count=1, max_size=5), min_confidence=0.1).empty
    assert derive_rules(mine(transactions([["a"], ["b"]]), min_count=1, max_size=5), min_confidence=0.1).empty


def one(*counts: int) -> dict[str, float]:
    return {
        name: float(values[0]) for name, values in compute_measures(*(np.array([count]) for count in counts)).items()
    }


def test_measures_by_hand() -> None:
    found = one(50, 200, 100, 1000)
    assert (found["support"], found["confidence"], found["lift"]) == (0.05, 0.25, 2.5)
    assert found["leverage"] == pytest.approx(0.05 - 0.2 * 0.1)
    assert found["conviction"] == pytest.approx(0.9 / 0.75)
    assert found["zhang"] == pytest.approx((0.25 - 50 / 800) / 0.25)  # 1 - P(jam | no bread) / P(jam | bread)
    fisher = stats.fisher_exact([[50, 150], [50, 750]], alternative="greater")
    assert found["p_value"] == pytest.approx(fisher.pvalue)


def test_measures_at_their_ends() -> None:
    without_exception = one(20, 20, 40, 100)
    assert without_exception["conviction"] == math.inf
    assert without_exception["zhang"] == pytest.approx(0.75)
    assert one(20, 20, 20, 100)["zhang"] == pytest.approx(1)
    always = one(30, 30, 100, 100)  # everybody buys the consequent: the rule says nothing
    assert (always["lift"], always["leverage"], always["zhang"], always["p_value"]) == (1, 0, 0, 1)
    independent = one(20, 40, 50, 100)
    assert (independent["lift"], independent["zhang"]) == (1, 0)
    assert one(5, 40, 50, 100)["zhang"] < 0


def test_interval_of_lift_covers_as_often_as_it_says() -> None:
    share = np.array([0.02, 0.08, 0.05, 0.85])  # both, antecedent only, consequent only, neither
    drawn_counts = np.random.default_rng(1).multinomial(2000, share, 4000)
    both = drawn_counts[:, 0]
    low, high = lift_interval(both, both + drawn_counts[:, 1], both + drawn_counts[:, 2], np.full(4000, 2000))
    lift = 0.02 / (0.1 * 0.07)
    assert np.mean((low <= lift) & (lift <= high)) == pytest.approx(0.95, abs=0.015)


def test_false_discovery_rate_as_benjamini_and_hochberg_wrote_it() -> None:
    p_values = np.array([0.01, 0.04, 0.03, 0.005, 0.5])
    order = np.sort(p_values)
    step_up = [min(p * 5 / rank for rank, p in enumerate(order, 1) if p >= own) for own in p_values]
    assert false_discovery_rate(p_values) == pytest.approx(step_up)
    assert len(false_discovery_rate(np.array([]))) == 0


def scope(earlier: list[list[str]], later: list[list[str]]) -> pa.Table:
    is_holdout = [False] * len(earlier) + [True] * len(later)
    return pa.table(
        {"items": pa.array(earlier + later, pa.list_(pa.string())), "is_holdout": pa.array(is_holdout, pa.bool_())}
    )


def test_a_rule_holds_when_the_next_period_shows_it() -> None:
    liked, alone = ["jam", "bread"], [["jam"], ["bread"], ["milk"], ["milk"]]
    earlier = [liked] * 40 + alone * 40
    for later, holds in ((earlier, True), ([["jam"], ["bread"]] * 50 + [liked], False), ([["milk"]] * 9, None)):
        found = mine_scope(scope(earlier, later), 0.01, EASY)
        assert list(found.columns) == list(COLUMNS)
        assert sorted(zip(found["antecedent"].map(tuple), found["consequent"], strict=True)) == [
            (("bread",), "jam"),
            (("jam",), "bread"),
        ]
        assert [None if pd.isna(value) else bool(value) for value in found["is_replicated"]] == [holds, holds]
        assert found["holdout_baskets"].tolist() == [len(later)] * 2
    kept = mine_scope(scope(earlier, []), 0.01, EASY)
    assert kept["is_replicated"].isna().all()


def test_chance_is_not_kept() -> None:
    chance = np.random.default_rng(3)
    baskets = [[f"i{item}" for item in np.flatnonzero(chance.random(12) < 0.3)] for _ in range(600)]
    strict, lax = (
        mine_scope(scope(baskets, []), 0.01, EASY.model_copy(update={"max_false_discovery_rate": s}))
        for s in (0.05, 1.0)
    )
    assert len(strict) < 0.02 * len(lax)
    assert len(lax) > 100


def test_mining_nothing_gives_no_rules() -> None:
    assert mine_scope(scope([], []), 0.01, EASY).empty
    assert mine_scope(scope([["a"]] * 5, []), 0.01, EASY).empty


def test_minimum_count_is_a_share_with_a_floor() -> None:
    assert min_count(155_489, 0.002, MiningSettings()) == 311
    assert min_count(1_000, 0.002, MiningSettings()) == 50
