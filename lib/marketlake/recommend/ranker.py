"""How likely a candidate is bought: gradient-boosted trees over what is known of it, one for each head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from marketlake.recommend.candidates import Candidates
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.settings import Ranking

SEED = 1
# Thousands of candidates, few of them bought: leaves of hundreds, lest a few customers make a rule.
LEAF = 200


@dataclass(frozen=True)
class Ranker:
    """One classifier for products bought before (repeat), and one for those that are new to the customer (explore).

    Both give a probability, so that candidates of the two can be sorted together.
    """

    repeat: HistGradientBoostingClassifier
    explore: HistGradientBoostingClassifier

    def probability(self, candidates: Candidates) -> np.ndarray:
        """The probability that each candidate is bought in a period as long as the one that was learnt from."""
        features, probability = candidates.features(), np.zeros(len(candidates.row))
        for head, of_head in ((self.repeat, candidates.is_repeat), (self.explore, ~candidates.is_repeat)):
            if of_head.any():
                probability[of_head] = head.predict_proba(features[of_head])[:, 1]
        return probability


def fit(candidates: Candidates, bought: np.ndarray, settings: Ranking) -> Ranker:
    """Learns which candidates were bought.

    Args:
        candidates: as a day knew them.
        bought: whether each was bought in the period after it.
        settings: how.

    Raises:
        NothingToLearnError: of one head nothing was bought, or everything.
    """
    features = candidates.features()

    def grown(name: str, of_head: np.ndarray) -> HistGradientBoostingClassifier:
        found = int(bought[of_head].sum())
        if found in (0, int(of_head.sum())):
            raise NothingToLearnError(
                f"of {int(of_head.sum()):,} {name} candidates {found:,} were bought: nothing to learn"
            )
        return HistGradientBoostingClassifier(
            max_iter=settings.trees,
            learning_rate=settings.learning_rate,
            max_leaf_nodes=settings.leaves,
            min_samples_leaf=min(LEAF, max(int(of_head.sum()) // 20, 1)),
            l2_regularization=5.0,
            early_stopping=False,
            random_state=SEED,
        ).fit(features[of_head], bought[of_head])

    return Ranker(grown("repeat", candidates.is_repeat), grown("explore", ~candidates.is_repeat))
