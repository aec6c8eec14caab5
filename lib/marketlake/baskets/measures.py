"""Strength and significance of association rules, from four counts of baskets.

`both`, `antecedent`, `consequent` are the baskets that hold these items, of `baskets` in all. With 1,000 baskets, 200
with bread, 100 with jam and 50 with both, the rule bread -> jam has

>>> counts = [np.array([n]) for n in (50, 200, 100, 1000)]
>>> found = compute_measures(*counts)
>>> {name: round(float(values[0]), 4) for name, values in found.items()}  # doctest: +NORMALIZE_WHITESPACE
{'support': 0.05, 'confidence': 0.25, 'lift': 2.5, 'lift_low': 2.0758, 'lift_high': 3.0109, 'leverage': 0.03,
 'conviction': 1.2, 'zhang': 0.75, 'p_value': 0.0}
"""

from __future__ import annotations

import numpy as np
from scipy import stats

Z = 1.959963984540054  # two-sided 95 % of the normal distribution


def compute_measures(
    both: np.ndarray, antecedent: np.ndarray, consequent: np.ndarray, baskets: np.ndarray
) -> dict[str, np.ndarray]:
    """Measures of rules; s(x) is the share of baskets that hold x.

    - support s(both) and confidence both / antecedent (Agrawal et al., 1993);
    - lift confidence / s(consequent), with its 95 % interval (`lift_interval`);
    - leverage s(both) - s(antecedent) s(consequent) (Piatetsky-Shapiro, 1991);
    - conviction (1 - s(consequent)) / (1 - confidence), infinite for a rule without exception (Brin et al., 1997);
    - zhang, from -1 (never together) over 0 (independent) to 1 (never apart): leverage over the larger of
      s(both) (1 - s(antecedent)) and s(antecedent) (s(consequent) - s(both)) (Zhang, 2000);
    - p_value of Fisher's exact test, one-sided: items occur together no more often than by chance.

    Args:
        both: baskets, above 0, as all others.
        antecedent: baskets.
        consequent: baskets.
        baskets: number of all baskets.
    """
    share, of_antecedent, of_consequent = (count / baskets for count in (both, antecedent, consequent))
    confidence = both / antecedent
    leverage = share - of_antecedent * of_consequent
    scale = np.maximum(share * (1 - of_antecedent), of_antecedent * (of_consequent - share))
    low, high = lift_interval(both, antecedent, consequent, baskets)
    with np.errstate(divide="ignore", invalid="ignore"):
        conviction = np.where(confidence < 1, (1 - of_consequent) / (1 - confidence), np.inf)
        zhang = np.where(scale > 0, leverage / scale, 0.0)
    return {
        "support": share,
        "confidence": confidence,
        "lift": confidence / of_consequent,
        "lift_low": low,
        "lift_high": high,
        "leverage": leverage,
        "conviction": conviction,
        "zhang": zhang,
        "p_value": stats.hypergeom.sf(both - 1, baskets, consequent, antecedent),
    }


def lift_interval(
    both: np.ndarray, antecedent: np.ndarray, consequent: np.ndarray, baskets: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of lift, by the delta method on its logarithm.

    With multinomial counts the variance of log lift is 1/both - 1/antecedent - 1/consequent + (2 lift - 1)/baskets.
    """
    lift = both * baskets / (antecedent * consequent)
    variance = 1 / both - 1 / antecedent - 1 / consequent + (2 * lift - 1) / baskets
    width = np.exp(Z * np.sqrt(np.maximum(variance, 0)))
    return lift / width, lift * width


def false_discovery_rate(p_values: np.ndarray) -> np.ndarray:
    """The share of chance findings among all rules with at most this p-value (the q-value).

    Source: Benjamini and Hochberg, Controlling the False Discovery Rate (1995).
    """
    return stats.false_discovery_control(p_values) if len(p_values) else p_values
