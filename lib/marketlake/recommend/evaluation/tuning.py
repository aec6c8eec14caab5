"""Which settings of ALS suit the data: combinations, and what each is worth in a period that judges no model."""

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
from marketlake.recommend.evaluation.evaluation import DEPTHS, Method, Period, evaluate
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
        """What is searched, by its name."""
        return {name: getattr(self.als, name) for name in SEARCHED[:-1]} | {SEARCHED[-1]: self.half_life_days}


@dataclass(frozen=True)
class Worth:
    """nDCG@10 of lists by one score alone.

    Attributes:
        ndcg_10_explore: of products that are new to the customer: what ALS is in the blend for, and what decides.
        low: of its 95 % interval.
        high: of its 95 % interval.
        ndcg_10_all: of all products.
    """

    ndcg_10_explore: float
    low: float
    high: float
    ndcg_10_all: float


def trials(search: SearchSettings, current: TrainingSettings) -> list[Trial]:
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


def worth_of_factors(factors: Factors, batch: CustomerBatch, after: Period) -> Worth:
    """What lists by ALS alone are worth, of customers who are folded in.

    Args:
        factors: of the batch's catalogue.
        batch: what was known of the customers who are judged.
        after: what they bought in the period after it.
    """
    return worth(lambda history: InnerProducts(fold_in(history, factors), factors.norm_sorted), batch, after)


def worth(score: Callable[[sparse.csr_matrix], Scores], batch: CustomerBatch, after: Period) -> Worth:
    """What lists by a score alone are worth.

    Args:
        score: of every product, from ratings: a row a customer, a column a product.
        batch: what was known of the customers who are judged.
        after: what they bought in the period after it.
    """
    found = _candidates(score, batch)
    method = Method(ALONE, found.columns[ALONE], TARGETS)
    result = evaluate([method], found, batch.customer_id, after)
    explore = result.score(ALONE, "explore")
    low, high = bootstrap_intervals(explore[:, None])[:, 0]
    return Worth(float(explore.mean()), float(low), float(high), float(result.score(ALONE, "all").mean()))


def _candidates(score: Callable[[sparse.csr_matrix], Scores], batch: CustomerBatch) -> Candidates:
    """All that a list could hold: the best that are new to the customer, and whatever she has bought."""
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


def best(found: Mapping[Trial, Worth]) -> Trial:
    """The trial that is worth most; of equal ones the first."""
    return max(found, key=lambda trial: found[trial].ndcg_10_explore)


def table(found: Mapping[Trial, Worth]) -> pd.DataFrame:
    """A row a trial, in their order: parameters, and what it was worth."""
    return pd.DataFrame([{**trial.parameters(), **asdict(worth)} for trial, worth in found.items()])


def description(found: Mapping[Trial, Worth], popularity: Worth, title: str) -> str:
    """The description of the search in MLflow: its result beside today's settings, and the settings to paste."""
    current, winner = next(iter(found)), best(found)
    rows = {"**best**": found[winner], "settings as they are": found[current], "recent popularity": popularity}
    section = {"half_life_days": winner.half_life_days, "als": winner.als.model_dump()}
    lines = [
        f"{title}. No later day was looked at. The best of {len(found)} trials is flattered by having been chosen.",
        "",
        "| nDCG@10 | new to the customer | all |",
        "|---|---|---|",
        *(
            f"| {name} | {worth.ndcg_10_explore:.4f} ({worth.low:.4f} to {worth.high:.4f}) | {worth.ndcg_10_all:.4f} |"
            for name, worth in rows.items()
        ),
        "",
        "```yaml",
        yaml.safe_dump({"train_recommender": section}, sort_keys=False, default_flow_style=None).strip(),
        "```",
    ]
    return "\n".join(lines)
