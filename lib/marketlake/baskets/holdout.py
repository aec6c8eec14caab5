"""Leave-one-out evaluation of the scorer on baskets of the holdout period, against the best sellers."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.baskets.scorer import CrossSellScorer
from marketlake.evaluation.intervals import paired_difference
from marketlake.evaluation.promotion import PromotionDecision, decide_promotion

EVALUATION_BASKETS = 5000


@dataclass(frozen=True)
class HoldoutResult:
    """Hits of the scorer and of the best sellers: 1 for a basket whose hidden product was suggested, else 0.

    Attributes:
        hits: of the scorer, one for each basket.
        best_seller_hits: of the same scorer without rules, on the same baskets.
        suggestions: products suggested for each basket.
    """

    hits: np.ndarray
    best_seller_hits: np.ndarray
    suggestions: int

    @property
    def baskets(self) -> int:
        """Number of evaluated baskets."""
        return len(self.hits)

    @property
    def hit_rate(self) -> float:
        """Share of baskets whose hidden product the scorer suggests."""
        return float(self.hits.mean())

    @property
    def best_seller_hit_rate(self) -> float:
        """Share of baskets whose hidden product is among the best sellers."""
        return float(self.best_seller_hits.mean())

    def decide_promotion(self) -> PromotionDecision:
        """Promotes the scorer when it beats the best sellers by a paired interval."""
        return decide_promotion(self.hits, {"best sellers": self.best_seller_hits}, metric="hit_rate")

    def sentence(self) -> str:
        """The result as a sentence, without the full stop."""
        difference = paired_difference(self.hits - self.best_seller_hits)
        return (
            f"One product was hidden in each of {self.baskets:,} holdout baskets: it is among {self.suggestions} "
            f"suggestions in {self.hit_rate:.2%} of them, among as many best sellers in "
            f"{self.best_seller_hit_rate:.2%}; difference {difference.mean:+.2%}, 95 % interval "
            f"{difference.low:+.2%} to {difference.high:+.2%}"
        )


def evaluate_scorer(baskets: DataFrame, scorer: CrossSellScorer, *, suggestions: int) -> HoldoutResult | None:
    """Evaluates a scorer on holdout baskets that are drawn by the hash of the order: the same ones in every run.

    Collected: `EVALUATION_BASKETS` baskets.

    Args:
        baskets: `build_baskets`.
        scorer: fitted on the period before.
        suggestions: products suggested for each basket.

    Returns:
        None with fewer than two baskets of at least two products.
    """
    holdout = baskets.where("level = 'product' and is_holdout")
    sample = holdout.orderBy(F.xxhash64("order_id"), "order_id", "order_source", "order_date").limit(EVALUATION_BASKETS)
    items = [row["items"] for row in sample.select("items").collect()]
    return leave_one_out(items, scorer, suggestions=suggestions)


def leave_one_out(
    baskets: Sequence[Sequence[str]], scorer: CrossSellScorer, *, suggestions: int
) -> HoldoutResult | None:
    """Hides one product of each basket, chosen by a hash of the basket, and looks for it among the suggestions.

    Args:
        baskets: of the holdout period; those of one product are left out.
        scorer: fitted on the period before.
        suggestions: products suggested for each basket.

    Returns:
        None with fewer than two baskets of at least two products.
    """
    complete = [sorted(set(basket)) for basket in baskets if len(set(basket)) > 1]
    if len(complete) < 2:
        return None
    hidden = [basket[zlib.crc32("|".join(basket).encode()) % len(basket)] for basket in complete]
    shown = [[item for item in basket if item != out] for basket, out in zip(complete, hidden, strict=True)]
    hits, best_seller_hits = (
        _count_hits(each, shown, hidden, suggestions) for each in (scorer, scorer.without_rules())
    )
    return HoldoutResult(hits, best_seller_hits, suggestions)


def _count_hits(
    scorer: CrossSellScorer, shown: Sequence[Sequence[str]], hidden: Sequence[str], suggestions: int
) -> np.ndarray:
    """1 for each basket whose hidden product is among the suggestions, else 0."""
    suggested = scorer.suggest(shown, length=suggestions)
    basket = suggested["basket"].to_numpy(dtype=int)
    is_hit = suggested["product_id"].to_numpy() == np.array(hidden, dtype=object)[basket]
    return np.bincount(basket[is_hit], minlength=len(hidden)).astype(float)
