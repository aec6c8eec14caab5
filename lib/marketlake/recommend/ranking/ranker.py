"""Probability that a candidate is bought: gradient-boosted trees, for each list type and of each training period.

A ranker trained on one month overfits to it, for example to a holiday or a campaign. Trees of other months do not know
it, so that together they forget it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.ranking.candidates import Candidates
from marketlake.recommend.ranking.features import FEATURES
from marketlake.recommend.settings import RankerSettings

SEED = 1
# Of thousands of candidates few are bought: in leaves of hundreds a few customers make no rule.
MIN_LEAF = 200


@dataclass(frozen=True)
class PeriodRanker:
    """Classifiers of one period: for products bought before (repeat), and for products new to the customer (explore).

    Both give a probability, so that candidates of the two can be sorted together.

    Attributes:
        repeat: of products bought before.
        explore: of new products.
        features: names of their features.
    """

    repeat: HistGradientBoostingClassifier
    explore: HistGradientBoostingClassifier
    features: tuple[str, ...]

    def log_odds(self, candidates: Candidates) -> np.ndarray:
        """The logarithm of the odds that each candidate is bought."""
        features = candidates.features(self.features)
        odds = np.zeros(len(features))
        for classifier, chosen in ((self.repeat, candidates.is_repeat), (self.explore, ~candidates.is_repeat)):
            if chosen.any():
                odds[chosen] = classifier.decision_function(features[chosen])
        return odds


@dataclass(frozen=True)
class Ensemble:
    """The rankers of several periods.

    Attributes:
        periods: the newest first; at least one.
    """

    periods: tuple[PeriodRanker, ...]

    def probability(self, candidates: Candidates) -> np.ndarray:
        """The probability that each candidate is bought in a period as long as those of the training.

        Mean log-odds, of which the newest period has as much weight as all together, itself among them.

        Source: the logarithmic opinion pool, Genest and Zidek, Combining Probability Distributions (1986).
        """
        newest, *older = (period.log_odds(candidates) for period in self.periods)
        return np.asarray(expit((newest + np.mean([newest, *older], axis=0)) / 2))


def fit(candidates: Candidates, bought: np.ndarray, settings: RankerSettings) -> PeriodRanker:
    """Fits the classifiers on the candidates of a day and the purchases of the period after it.

    Args:
        candidates: of the day.
        bought: whether each was bought in the period after it.
        settings: how.

    Raises:
        NothingToLearnError: of one list type nothing was bought, or everything.
    """
    features = candidates.features(FEATURES)

    def fit_classifier(list_type: str, chosen: np.ndarray) -> HistGradientBoostingClassifier:
        count, found = int(chosen.sum()), int(bought[chosen].sum())
        if found in (0, count):
            raise NothingToLearnError(f"of {count:,} {list_type} candidates {found:,} were bought: nothing to learn")
        return HistGradientBoostingClassifier(
            max_iter=settings.trees,
            learning_rate=settings.learning_rate,
            max_leaf_nodes=settings.leaves,
            min_samples_leaf=min(MIN_LEAF, max(count // 20, 1)),
            l2_regularization=5.0,
            early_stopping=False,
            random_state=SEED,
        ).fit(features[chosen], bought[chosen])

    repeat, explore = candidates.is_repeat, ~candidates.is_repeat
    return PeriodRanker(fit_classifier("repeat", repeat), fit_classifier("explore", explore), FEATURES)
