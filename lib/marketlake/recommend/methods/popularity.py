"""Popularity: number of customers who bought a product lately."""

from __future__ import annotations

import numpy as np

from marketlake.recommend.methods.method import Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores


def _method(column: str, title: str, reason: str) -> Method:
    def scores(scoring: ScoringBatch) -> DenseScores:
        return DenseScores(np.broadcast_to(scoring.state.catalogue.statistics[column], scoring.shape))

    return Method(column, title, Role.CANDIDATES | Role.FEATURE | Role.BASELINE, scores, reason)


POPULARITY_14 = _method("buyers_14", "recent popularity", "Popular in the last two weeks")
POPULARITY_28 = _method("buyers_28", "popularity", "Popular this month")
