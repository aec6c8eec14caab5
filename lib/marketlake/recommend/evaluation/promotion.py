"""The promotion rule for recommenders."""

from __future__ import annotations

import numpy as np

from marketlake.evaluation.promotion import PromotionDecision, decide_promotion
from marketlake.recommend.evaluation.baselines import BLEND, TRIVIAL
from marketlake.recommend.evaluation.offline_evaluation import Evaluation


def decide_blend_promotion(
    evaluation: Evaluation, *, min_improvement: float, over_champion: np.ndarray | None = None
) -> PromotionDecision:
    """Decides by the blend's nDCG@10 over all purchases.

    Args:
        evaluation: of the blend and the trivial methods, on the same customers.
        min_improvement: least difference of nDCG@10.
        over_champion: the blend's nDCG@10 less that of the champion's recipe, for each customer; None without another
            recipe.
    """
    return decide_promotion(
        evaluation.score(BLEND, "all"),
        {title: evaluation.score(title, "all") for title in TRIVIAL},
        metric="ndcg_10_all",
        metric_title="nDCG@10",
        min_improvement=min_improvement,
        over_champion=over_champion,
    )
