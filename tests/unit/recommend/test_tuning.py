"""The search for settings: which combinations are tried, and the score of each, by loops."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
import yaml
from tests.helpers.habits import FIRST_DAY, habits

from marketlake.recommend.data.catalogue import STATISTICS, Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.evaluation import plots, tuning
from marketlake.recommend.evaluation.holdout import HoldoutPurchases, index_purchases
from marketlake.recommend.evaluation.tuning import Trial, TrialScore
from marketlake.recommend.methods.fold_in import Factors, fold_in
from marketlake.recommend.serving.pyfunc import pairs_from_purchases
from marketlake.recommend.settings import AlsSettings, SearchSettings, TrainingSettings

NOW = TrainingSettings(half_life_days=180, als=AlsSettings(rank=32, reg=0.02, alpha=2.0, iterations=6, seed=9))
SPACE = SearchSettings(trials=7, rank=(8, 32), reg=(0.02, 0.1), alpha=(2.0,), iterations=(6,), half_life_days=(30, 180))
HALF = FIRST_DAY + timedelta(days=60)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    names = np.array([f"p{number:02}" for number in range(29)])  # p29 is not sold any more
    none = np.zeros(len(names))
    return Catalogue(names, none.astype(int), none.astype(int), dict.fromkeys(STATISTICS, none))


@pytest.fixture(scope="module")
def batch(catalogue: Catalogue) -> CustomerBatch:
    lines = habits().query("booked_date < @HALF")
    pairs = pairs_from_purchases(
        lines.assign(age_days=[(HALF - day).days - 1 for day in lines["booked_date"]]), half_life_days=60
    )
    return CustomerBatch.from_arrow(pa.Table.from_pandas(pairs), catalogue)


@pytest.fixture(scope="module")
def bought(batch: CustomerBatch, catalogue: Catalogue) -> HoldoutPurchases:
    lines = habits()
    known = set(zip(*(lines.query("booked_date < @HALF")[name] for name in ("customer_id", "product_id")), strict=True))
    later = lines.query("booked_date >= @HALF")[["customer_id", "product_id"]].drop_duplicates()
    is_repeat = [pair in known for pair in later.itertuples(index=False, name=None)]
    return index_purchases(later.assign(is_repeat=is_repeat), batch.customer_id, catalogue)


def test_the_settings_as_they_are_come_first_and_no_combination_twice() -> None:
    found = tuning.draw_trials(SPACE, NOW)
    assert found[0] == Trial(NOW.als, 180)
    assert len(set(found)) == len(found) <= 7
    assert {trial.als.seed for trial in found} == {9}
    assert {(trial.half_life_days, trial.als.rank, trial.als.reg) for trial in found} <= {
        (half_life, rank, reg) for half_life in (30, 180) for rank in (8, 32) for reg in (0.02, 0.1)
    }


def test_the_same_seed_draws_the_same_combinations() -> None:
    assert tuning.draw_trials(SPACE, NOW) == tuning.draw_trials(SPACE, NOW)
    other = NOW.model_copy(update={"half_life_days": 44})
    assert set(tuning.draw_trials(SPACE, other)[1:]) <= set(tuning.draw_trials(SPACE, NOW))
    drawn = [set(tuning.draw_trials(SPACE.model_copy(update={"seed": seed, "trials": 4}), NOW)) for seed in range(5)]
    assert any(each != drawn[0] for each in drawn)


def test_a_small_space_is_tried_as_a_whole() -> None:
    assert len(tuning.draw_trials(SPACE.model_copy(update={"trials": 99}), NOW)) == 8
    assert tuning.draw_trials(SPACE.model_copy(update={"trials": 1}), NOW) == [Trial(NOW.als, 180)]


def ndcg_by_loops(scores: np.ndarray, allowed: np.ndarray, wanted: list[set[int]]) -> float:
    """Of customers with something wanted; items beyond the scores' columns can be missed, not hit."""
    found = []
    for customer in [place for place, items in enumerate(wanted) if items]:
        order = [item for item in np.argsort(-scores[customer], kind="stable") if allowed[customer, item]][:10]
        gain = sum(1 / math.log2(place + 2) for place, item in enumerate(order) if item in wanted[customer])
        most = sum(1 / math.log2(place + 2) for place in range(min(10, len(wanted[customer]))))
        found.append(gain / most)
    return float(np.mean(found))


def test_the_score_of_a_trial_by_loops(
    batch: CustomerBatch, bought: HoldoutPurchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "CUSTOMERS", 7)  # customers by sevens, the last of them five
    factors = Factors.from_items(np.random.default_rng(3).random((batch.items, 4)).astype(np.float32), 0.1, 2.0)
    score = tuning.score_factors(factors, batch, bought)
    scores = fold_in(batch.matrix(np.log1p(batch.values["interaction_weight"])), factors) @ factors.items.T
    known = batch.matrix(batch.bought).toarray() > 0
    assert (bought.customer_id == batch.customer_id).all()
    wanted: dict[bool, list[set[int]]] = {}
    for new in (True, False):
        at = [np.flatnonzero((bought.row == row) & ~(new & bought.is_repeat)) for row in range(len(known))]
        wanted[new] = [set(bought.item[places].tolist()) for places in at]
    assert score.ndcg_10_explore == pytest.approx(ndcg_by_loops(scores, ~known, wanted[True]))
    assert score.ndcg_10_all == pytest.approx(ndcg_by_loops(scores, np.ones_like(known), wanted[False]))
    assert score.low < score.ndcg_10_explore < score.high


@pytest.fixture
def found() -> dict[Trial, TrialScore]:
    worths = (0.03, 0.05, 0.05, 0.01)
    return {
        trial: TrialScore(value, value - 0.01, value + 0.01, 2 * value)
        for trial, value in zip(tuning.draw_trials(SPACE, NOW), worths, strict=False)
    }


def test_the_best_trial_is_the_first_of_the_best(found: dict[Trial, TrialScore]) -> None:
    assert tuning.best_trial(found) == list(found)[1]


def test_the_description_has_settings_that_a_configuration_takes(found: dict[Trial, TrialScore]) -> None:
    description = tuning.run_description(found, TrialScore(0.02, 0.01, 0.03, 0.04), "ALS")
    pasted = yaml.safe_load(description.split("```yaml\n")[1].split("```")[0])["train_recommender"]
    learning = TrainingSettings(**pasted)
    assert Trial(learning.als, learning.half_life_days) == tuning.best_trial(found)
    assert "| settings as they are | 0.0300 (0.0200 to 0.0400) | 0.0600 |" in description
    assert "| recent popularity | 0.0200" in description


def test_the_table_and_the_figure_have_every_trial(found: dict[Trial, TrialScore]) -> None:
    table = tuning.trials_table(found)
    assert list(table.columns) == [*tuning.SEARCHED, "ndcg_10_explore", "low", "high", "ndcg_10_all"]
    assert table["ndcg_10_explore"].tolist() == [0.03, 0.05, 0.05, 0.01]
    figure = plots.trials_figure(table, "ALS", baseline=0.02)
    assert [panel.get_title(loc="left") for panel in figure.axes] == list(tuning.SEARCHED)
