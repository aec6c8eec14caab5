"""Search for settings of ALS: combinations, and the score of each in a period that no model is evaluated on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
import pandas as pd
import yaml
from scipy import sparse

from marketlake.evaluation.intervals import bootstrap_intervals
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.evaluation.holdout import HoldoutPurchases
from marketlake.recommend.evaluation.offline_evaluation import DEPTHS, MethodScores, evaluate_methods
from marketlake.recommend.methods.fold_in import Factors, fold_in
from marketlake.recommend.methods.inner_products import InnerProducts
from marketlake.recommend.methods.scores import Scores
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.settings import AlsSettings, SearchSettings, TrainingSettings

CUSTOMERS = 256  # scored at a time; a matrix of them and 100,000 products is 100 MB
ALONE, TARGETS = "alone", ("all", "explore")
SEARCHED = ("rank", "reg", "alpha", "iterations", "half_life_days")


@dataclass(frozen=True)
class Trial:
    """A combination of settings.

    Attributes:
        als: of the fit.
        half_life_days: age at which an interaction is worth half.
    """

    als: AlsSettings
    half_life_days: float

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in self.parameters().items())

    def parameters(self) -> dict[str, float]:
        """The searched settings by name."""
        return {name: getattr(self.als, name) for name in SEARCHED[:-1]} | {SEARCHED[-1]: self.half_life_days}


@dataclass(frozen=True)
class TrialScore:
    """nDCG@10 of lists by one score alone.

    Attributes:
        ndcg_10_explore: of products that are new to the customer: the task of ALS in the blend, by which is decided.
        low: of its 95 % interval.
        high: of its 95 % interval.
        ndcg_10_all: of all products.
    """

    ndcg_10_explore: float
    low: float
    high: float
    ndcg_10_all: float

    def metrics(self, prefix: str = "") -> dict[str, float]:
        """The compared values, as metrics."""
        return {f"{prefix}ndcg_10_explore": self.ndcg_10_explore, f"{prefix}ndcg_10_all": self.ndcg_10_all}


def draw_trials(search: SearchSettings, current: TrainingSettings) -> list[Trial]:
    """The settings as they are, then combinations drawn by seed from those that the search declares, all where few.

    The draw does not depend on the settings as they are: it is the same after the best have become them.
    """
    grid = product(search.half_life_days, search.rank, search.reg, search.alpha, search.iterations)
    every = [
        Trial(current.als.model_copy(update={"rank": rank, "reg": reg, "alpha": alpha, "iterations": times}), half_life)
        for half_life, rank, reg, alpha, times in grid
    ]
    first = Trial(current.als, current.half_life_days)
    drawn = random.Random(search.seed).sample(every, min(search.trials - 1, len(every)))
    return list(dict.fromkeys([first, *drawn]))


def score_factors(factors: Factors, batch: CustomerBatch, bought: HoldoutPurchases) -> TrialScore:
    """Scores lists by ALS alone, of customers who are folded in.

    Args:
        factors: of the batch's catalogue.
        batch: pairs of the evaluated customers.
        bought: their purchases in the period after it.
    """
    return score_trial(lambda history: InnerProducts(fold_in(history, factors), factors.norm_sorted), batch, bought)


def score_trial(
    score: Callable[[sparse.csr_matrix], Scores], batch: CustomerBatch, bought: HoldoutPurchases
) -> TrialScore:
    """Scores lists that are sorted by one score alone.

    Args:
        score: of every product, from ratings: a row a customer, a column a product.
        batch: pairs of the evaluated customers.
        bought: their purchases in the period after it.
    """
    candidates = _build_candidates(score, batch)
    method = MethodScores(ALONE, candidates.columns[ALONE], TARGETS)
    evaluation = evaluate_methods([method], candidates, batch.customer_id, bought)
    explore = evaluation.score(ALONE, "explore")
    low, high = bootstrap_intervals(explore[:, None])[:, 0]
    return TrialScore(float(explore.mean()), float(low), float(high), float(evaluation.score(ALONE, "all").mean()))


def _build_candidates(score: Callable[[sparse.csr_matrix], Scores], batch: CustomerBatch) -> Candidates:
    """All that a list could hold: the best products that are new to the customer, and every product bought before."""
    ratings = batch.ratings()
    bought = batch.matrix(batch.bought)
    parts = []
    for first in range(0, len(batch.customer_id), CUSTOMERS):
        scores = score(ratings[first : first + CUSTOMERS])
        own, owned = bought[first : first + CUSTOMERS].nonzero()
        best, _ = scores.best(own, owned, max(DEPTHS))
        new, place = np.nonzero(best >= 0)
        row, item = np.concatenate([new, own]), np.concatenate([best[new, place], owned])
        parts.append((first + row, item, np.arange(len(row)) >= len(new), scores.at(row, item)))
    row, item, is_repeat, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Candidates(row, item, is_repeat, {ALONE: value})


def best_trial(scores: Mapping[Trial, TrialScore]) -> Trial:
    """The trial with the highest score; of equal ones the first."""
    return max(scores, key=lambda trial: scores[trial].ndcg_10_explore)


def trials_table(scores: Mapping[Trial, TrialScore]) -> pd.DataFrame:
    """A row a trial, in their order: parameters and score."""
    return pd.DataFrame([{**trial.parameters(), **asdict(score)} for trial, score in scores.items()])


def run_description(scores: Mapping[Trial, TrialScore], popularity: TrialScore, title: str) -> str:
    """The description of the search in MLflow: its result beside today's settings, and the settings to paste."""
    current, winner = next(iter(scores)), best_trial(scores)
    rows = {"**best**": scores[winner], "settings as they are": scores[current], "recent popularity": popularity}
    section = {"half_life_days": winner.half_life_days, "als": winner.als.model_dump()}
    lines = [
        f"{title}. Later days were not used. "
        f"The score of the best of {len(scores)} trials is optimistic, because it was chosen by it.",
        "",
        "| nDCG@10 | new to the customer | all |",
        "|---|---|---|",
        *(
            f"| {name} | {score.ndcg_10_explore:.4f} ({score.low:.4f} to {score.high:.4f}) | {score.ndcg_10_all:.4f} |"
            for name, score in rows.items()
        ),
        "",
        "```yaml",
        yaml.safe_dump({"train_recommender": section}, sort_keys=False, default_flow_style=None).strip(),
        "```",
    ]
    return "\n".join(lines)
