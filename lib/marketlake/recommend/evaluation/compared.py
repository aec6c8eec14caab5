"""Methods that are only compared: none of them made the blend better, so that no list is made by them.

They get their own candidates. Sharing them would help the blend in evaluation but not in production.
"""

from __future__ import annotations

from marketlake.recommend.evaluation.evaluation import Method
from marketlake.recommend.methods.registry import REFERENCE
from marketlake.recommend.ranking.candidates import Candidates


def methods(candidates: Candidates) -> list[Method]:
    """Each reference method, with its title."""
    return [Method(method.title, candidates.columns[method.name]) for method in REFERENCE]
