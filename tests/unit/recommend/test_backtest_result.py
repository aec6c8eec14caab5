"""A backtest in memory: every method on customers with habits, and the report of it."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from tests.helpers.fitted import batch_of, fitted_catalogue, fitted_state
from tests.helpers.habits import FIRST_DAY, habits

from marketlake.recommend.evaluation.backtest_result import BacktestResult, evaluate_holdout
from marketlake.recommend.evaluation.baselines import BLEND, BY_SEGMENT, EVERYDAY_LIST, OWN_FREQUENCY, TRIVIAL
from marketlake.recommend.evaluation.holdout import HoldoutDay, index_purchases, label_candidates
from marketlake.recommend.evaluation.promotion import decide_blend_promotion
from marketlake.recommend.evaluation.reference_methods import ReferenceMethods
from marketlake.recommend.evaluation.report import build_report
from marketlake.recommend.methods import registry
from marketlake.recommend.methods.method import ScoringBatch
from marketlake.recommend.ranking.candidates import build_candidates, select_candidates
from marketlake.recommend.ranking.ranker import Ensemble, fit
from marketlake.recommend.serving.popularity_fallback import PopularityFallback
from marketlake.recommend.settings import ListSettings, RankerSettings

HALF = FIRST_DAY + timedelta(days=60)


@pytest.fixture(scope="module")
def result() -> BacktestResult:
    lines, catalogue = habits(), fitted_catalogue()
    before, after = lines[lines["booked_date"] < HALF], lines[lines["booked_date"] >= HALF]
    batch = batch_of(before, catalogue)
    state = fitted_state(batch, catalogue)
    known = set(zip(before["customer_id"], before["product_id"], strict=True))
    bought = after[["customer_id", "product_id"]].drop_duplicates()
    bought = pd.concat([bought, pd.DataFrame({"customer_id": ["newcomer"], "product_id": ["p03"]})], ignore_index=True)
    is_repeat = [pair in known for pair in bought.itertuples(index=False, name=None)]
    purchases = index_purchases(bought.assign(is_repeat=is_repeat), batch.customer_id, catalogue)
    candidates = build_candidates(batch, state)
    is_bought = label_candidates(candidates, batch.customer_id, purchases)
    day = HoldoutDay(HALF, state, batch.customer_id, candidates, purchases, is_bought)
    popular = pd.DataFrame({"segment": ["35-44"], "product_id": ["p05"], "buyers": [9], "customers": [10]})
    references = ReferenceMethods(
        batch.customer_id,
        select_candidates(ScoringBatch(batch, state), registry.REFERENCE),
        PopularityFallback.from_segment_popularity(popular, catalogue, len(batch.customer_id)),
        pd.Series({"newcomer": "35-44"}),
    )
    ranker = Ensemble((fit(candidates, is_bought, RankerSettings(trees=5)),))
    return evaluate_holdout(
        day, references, ranker, half_life=90, everyday=ListSettings(length=10, explore_slots=3, diversity=0.1)
    )


def test_every_method_of_the_list_is_evaluated(result: BacktestResult) -> None:
    titles = {method.title for method in (*registry.BLEND, *registry.REFERENCE)}
    titles -= {method.title for method in registry.OWN_FREQUENCY}
    assert {method for method, _ in result.evaluation.scores} == {
        *titles, BLEND, EVERYDAY_LIST, OWN_FREQUENCY, BY_SEGMENT,
    }  # fmt: skip
    assert set(TRIVIAL) == {"random", "popularity", "recent popularity", OWN_FREQUENCY}


def test_every_method_is_evaluated_on_the_same_customers(result: BacktestResult) -> None:
    sizes = {len(scores) for (_, target), scores in result.evaluation.scores.items() if target == "all"}
    assert sizes == {len(result.day.purchases.customer_id)}


def test_cold_customers_get_their_segments_best_sellers_in_the_blend_and_in_the_everyday_list(
    result: BacktestResult,
) -> None:
    row = result.day.purchases.customer_id.tolist().index("newcomer")
    assert not result.day.purchases.is_known[row]
    for method in (BLEND, EVERYDAY_LIST, BY_SEGMENT):
        assert result.day.state.catalogue.product_id[result.evaluation.lists[method, "all"][row, 0]] == "p05"
    assert (result.evaluation.lists[OWN_FREQUENCY, "all"][row] == -1).all()


def test_the_everyday_list_has_seven_repeat_products_where_there_are_as_many(result: BacktestResult) -> None:
    candidates = result.day.candidates
    for place, customer in enumerate(result.day.purchases.customer_id):
        if customer == "newcomer":
            continue
        own = (candidates.row == result.day.customer_id.tolist().index(customer)) & candidates.is_repeat
        items = result.evaluation.lists[EVERYDAY_LIST, "all"][place]
        shown = items[items >= 0]
        assert (len(shown), np.isin(shown, candidates.item[own]).sum()) == (10, min(7, own.sum()))


def test_the_improvement_over_the_same_recipe_is_nothing(result: BacktestResult) -> None:
    assert result.improvement_over(result).tolist() == [0.0] * len(result.day.purchases.customer_id)


def test_the_report_has_the_everyday_list_beside_the_blend_and_own_frequency(result: BacktestResult) -> None:
    decision = decide_blend_promotion(result.evaluation, min_improvement=0.0)
    report = build_report(result, decision, days=30)
    names = list(report.metrics)
    assert names[0] == "blend_ndcg_10_all"
    assert {name for name in names if "/" not in name} == {
        *(f"blend_{metric}_10_{target}" for metric in ("ndcg", "precision", "recall", "hit_rate")
          for target in ("all", "repeat", "explore")),
        *(f"everyday_list_{metric}_10_all" for metric in ("ndcg", "precision", "recall", "hit_rate")),
    }  # fmt: skip
    means = {name: np.mean(result.evaluation.score(name, "all")) for name in (EVERYDAY_LIST, BLEND, OWN_FREQUENCY)}
    assert report.metrics["everyday_list_ndcg_10_all"] == pytest.approx(means[EVERYDAY_LIST])
    assert (
        f"(7 repeat slots, 3 for new products, diversity 0.1) has nDCG@10 {means[EVERYDAY_LIST]:.4f} over all "
        f"purchases; the blend without slots {means[BLEND]:.4f}, own frequency {means[OWN_FREQUENCY]:.4f}."
    ) in report.description
    assert set(report.tables) == {"evaluation", "improvements", "beyond_accuracy", "groups"}
    labels = [label.get_text() for label in report.draw_figures()["methods"].axes[0].get_yticklabels()]
    assert {BLEND, EVERYDAY_LIST, OWN_FREQUENCY} <= set(labels)
