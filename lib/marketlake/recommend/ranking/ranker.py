"""How likely a candidate is bought: gradient-boosted trees over what is known of it, for each head and of each period.

What sold in one month is in part that month's own: a holiday, a campaign. Trees that learnt from other months do not
know it, so that together they forget it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.settings import RankerSettings

SEED = 1
# Thousands of candidates, few of them bought: leaves of hundreds, lest a few customers make a rule.
LEAF = 200


@dataclass(frozen=True)
class PeriodRanker:
    """What one period taught: a classifier for products bought before (repeat), and one for those that are new to the
    customer (explore).

    Both give a probability, so that candidates of the two can be sorted together.
    """

    repeat: HistGradientBoostingClassifier
    explore: HistGradientBoostingClassifier

    def log_odds(self, features: np.ndarray, is_repeat: np.ndarray) -> np.ndarray:
        """The logarithm of the odds that each candidate is bought."""
        odds = np.zeros(len(features))
        for head, of_head in ((self.repeat, is_repeat), (self.explore, ~is_repeat)):
            if of_head.any():
                odds[of_head] = head.decision_function(features[of_head])
        return odds


@dataclass(frozen=True)
class Ensemble:
    """What several periods taught, together.

    Attributes:
        periods: the newest first; at least one.
    """

    periods: tuple[PeriodRanker, ...]

    def probability(self, candidates: Candidates) -> np.ndarray:
        """The probability that each candidate is bought in a period as long as those that were learnt from.

        Mean log-odds, of which the newest period has as much as all together, itself among them.

        Source: the logarithmic opinion pool, Genest and Zidek, Combining Probability Distributions (1986).
        """
        features = candidates.features()
        newest, *older = (of.log_odds(features, candidates.is_repeat) for of in self.periods)
        return np.asarray(expit((newest + np.mean([newest, *older], axis=0)) / 2))


def fit(candidates: Candidates, bought: np.ndarray, settings: RankerSettings) -> PeriodRanker:
    """Learns which candidates of a day were bought in the period after it.

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

    return PeriodRanker(grown("repeat", candidates.is_repeat), grown("explore", ~candidates.is_repeat))
