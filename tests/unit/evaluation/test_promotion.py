"""The promotion rule."""

from __future__ import annotations

import numpy as np
import pytest

from marketlake.evaluation.promotion import PromotionDecision, decide_promotion

CASES = 400


def values(mean: float, seed: int) -> np.ndarray:
    """A metric of each case, exactly of a mean."""
    noise = np.random.default_rng(seed).normal(0, 0.02, CASES)
    return mean + noise - noise.mean()


def decide(mean: float, *, best: float = 0.41, min_improvement: float = 0.0, lead: float | None = None) -> bool:
    return decision(mean, best=best, min_improvement=min_improvement, lead=lead).is_promoted


def decision(
    mean: float, *, best: float = 0.41, min_improvement: float = 0.0, lead: float | None = None
) -> PromotionDecision:
    return decide_promotion(
        values(mean, 1),
        {"random": values(0.1, 2), "own frequency": values(best, 3)},
        metric="ndcg_10_all",
        metric_title="nDCG@10",
        min_improvement=min_improvement,
        over_champion=None if lead is None else values(lead, 4),
    )


def test_the_best_baseline_counts() -> None:
    found = decision(0.43)
    assert (found.is_promoted, found.metric, found.baseline) == (True, "ndcg_10_all", "own frequency")
    assert (found.value, found.baseline_value) == (pytest.approx(0.43), pytest.approx(0.41))
    assert found.reason.startswith("nDCG@10 0.4300 against 0.4100 of the best trivial method (own frequency): ")
    assert found.reason.endswith(": promoted")


def test_a_margin_and_more_than_luck_are_asked_for() -> None:
    assert not decide(0.43, min_improvement=0.05)
    assert not decide(0.4102)  # its interval has zero in it
    assert not decide(0.40)


def test_a_challenger_of_the_champions_own_recipe_meets_only_the_baselines() -> None:
    assert "champion" not in decision(0.43).reason


def test_a_challenger_of_another_recipe_must_beat_the_champions_recipe_too() -> None:
    assert "against the champion's recipe: difference +0.0100" in decision(0.43, lead=0.01).reason
    assert decide(0.43, min_improvement=0.005, lead=0.0051)
    assert not decide(0.43, min_improvement=0.005, lead=0.0049)
    assert not decide(0.43, lead=-0.01)
    assert not decide(0.43, lead=0.0001)  # luck
    assert not decide(0.40, lead=1.0)  # own frequency is better
