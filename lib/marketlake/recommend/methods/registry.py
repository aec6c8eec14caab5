"""The list of methods, from which the blend's candidates and features, the reasons and the evaluation are derived."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marketlake.recommend.methods.category_affinity import AFFINITY
from marketlake.recommend.methods.content import CONTENT
from marketlake.recommend.methods.item_knn import ITEM_KNN
from marketlake.recommend.methods.latent_factors import ALS
from marketlake.recommend.methods.markov_chain import MARKOV_CHAIN
from marketlake.recommend.methods.method import FitData, Method, Role
from marketlake.recommend.methods.own_frequency import OWN_FREQUENCY
from marketlake.recommend.methods.popularity import POPULARITY_14, POPULARITY_28
from marketlake.recommend.methods.random_order import RANDOM
from marketlake.recommend.methods.user_knn import NEIGHBOURS, NEIGHBOURS_14, NEIGHBOURS_28

# The ranker's features keep this order.
METHODS: tuple[Method, ...] = (
    *OWN_FREQUENCY,
    NEIGHBOURS,
    ALS,
    NEIGHBOURS_14,
    NEIGHBOURS_28,
    AFFINITY,
    POPULARITY_14,
    POPULARITY_28,
    RANDOM,
    ITEM_KNN,
    CONTENT,
    MARKOV_CHAIN,
)


def with_role(role: Role) -> tuple[Method, ...]:
    """The methods that have any of some roles."""
    return tuple(method for method in METHODS if method.role & role)


BLEND = tuple(method for method in METHODS if Role.REFERENCE not in method.role)
REFERENCE = with_role(Role.REFERENCE)
BASELINES = with_role(Role.BASELINE)
SERVED = tuple(method for method in METHODS if method in BLEND or Role.FALLBACK in method.role)


def fit_models(methods: Iterable[Method], data: FitData) -> dict[str, Any]:
    """`FittedState.models` of some methods; methods that share a model are fitted once."""
    models: dict[str, Any] = {}
    for method in methods:
        name = method.model or method.name
        if method.fit is not None and name not in models:
            models[name] = method.fit(data)
    return models
