"""Whether a challenger becomes the champion."""

from __future__ import annotations

import numpy as np

from marketlake.evaluation.promotion import PromotionDecision, decide_promotion
from marketlake.recommend.evaluation.baselines import BLEND, TRIVIAL
from marketlake.recommend.evaluation.evaluation import Evaluation


def decide(result: Evaluation, *, min_improvement: float, over_champion: np.ndarray | None = None) -> PromotionDecision:
    """The promotion rule for the blend's nDCG@10 over all purchases.

    Args:
        result: of the blend and the trivial methods, on the same customers.
        min_improvement: least difference of nDCG@10.
        over_champion: the blend's nDCG@10 less that of the champion's recipe, of each customer; None without another
            recipe.
    """
    return decide_promotion(
        result.score(BLEND, "all"),
        {name: result.score(name, "all") for name in TRIVIAL},
        metric="ndcg_10_all",
        metric_title="nDCG@10",
        min_improvement=min_improvement,
        over_champion=over_champion,
    )
