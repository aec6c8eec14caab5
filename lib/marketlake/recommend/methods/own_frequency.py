"""Own frequency: how often the customer bought a product, each day with an order worth half after some days.

In grocery this is the baseline that is hardest to beat.
"""

from __future__ import annotations

from marketlake.recommend.data.customer_batch import HALF_LIVES
from marketlake.recommend.methods.method import Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import PairScores


def column(half_life_days: int) -> str:
    """Name of the column of decayed orders with a half-life."""
    return f"decayed_orders_{half_life_days}d"


def _method(half_life_days: int) -> Method:
    name = column(half_life_days)

    def scores(scoring: ScoringBatch) -> PairScores:
        return PairScores(scoring.batch, scoring.batch.values[name])

    return Method(
        name=name,
        title=f"own frequency (half-life {half_life_days} days)",
        role=Role.REPEAT_CANDIDATES | Role.FEATURE | Role.BASELINE,
        scores=scores,
    )


OWN_FREQUENCY = tuple(_method(half_life_days) for half_life_days in HALF_LIVES)
