"""Whether offers by rules are worth more than the best sellers, on baskets of the next period."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from marketlake.baskets.measures import Z
from marketlake.baskets.scorer import Scorer


@dataclass(frozen=True)
class Trial:
    """How often the product that was hidden was among the offers.

    Attributes:
        baskets: tried, all of at least two products.
        length: offers for each.
        hit_rate: share of baskets in which the offers hold it.
        best_sellers: share in which the same scorer without rules does.
        low: of the 95 % interval of the difference, paired by basket.
        high: of it.
    """

    baskets: int
    length: int
    hit_rate: float
    best_sellers: float
    low: float
    high: float

    @property
    def is_better(self) -> bool:
        """Whether the offers beat the best sellers, and not by luck."""
        return self.low > 0

    def sentence(self) -> str:
        """What was tried and found, in words."""
        return (
            f"One product hidden in each of {self.baskets:,} baskets of the next period: among {self.length} offers in "
            f"{self.hit_rate:.2%} of them, among as many best sellers in {self.best_sellers:.2%}; difference "
            f"{self.hit_rate - self.best_sellers:+.2%}, 95 % interval {self.low:+.2%} to {self.high:+.2%}"
        )


def hide_one(baskets: Sequence[Sequence[str]], scorer: Scorer, *, length: int) -> Trial | None:
    """Hides one product of each basket, drawn by a hash of the basket, and looks for it among the offers.

    Args:
        baskets: of the next period; those of one product are left out.
        scorer: of the period before.
        length: offers.

    Returns:
        None without two baskets to try.
    """
    tried = [sorted(set(basket)) for basket in baskets if len(set(basket)) > 1]
    if len(tried) < 2:
        return None
    hidden = [basket[zlib.crc32("|".join(basket).encode()) % len(basket)] for basket in tried]
    shown = [[item for item in basket if item != out] for basket, out in zip(tried, hidden, strict=True)]
    hits, trivial = (_hits(each, shown, hidden, length) for each in (scorer, scorer.without_rules()))
    difference = hits - trivial
    error = Z * float(difference.std(ddof=1)) / len(tried) ** 0.5
    mean = float(difference.mean())
    return Trial(len(tried), length, float(hits.mean()), float(trivial.mean()), mean - error, mean + error)


def _hits(scorer: Scorer, shown: Sequence[Sequence[str]], hidden: Sequence[str], length: int) -> np.ndarray:
    """1 for each basket whose hidden product is among the offers, else 0."""
    offers = scorer.suggest(shown, length=length)
    basket = offers["basket"].to_numpy(dtype=int)
    found = offers["product_id"].to_numpy() == np.array(hidden, dtype=object)[basket]
    return np.bincount(basket[found], minlength=len(hidden)).astype(float)
