"""Every setting of the recommender, with its default; conf/base.yaml says what each does."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field

from marketlake.settings import Settings

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
T = TypeVar("T")
Values = Annotated[tuple[T, ...], Field(min_length=1)]


class AlsSettings(Settings):
    """How factors are fitted."""

    rank: Count = 32
    reg: Positive = 0.02
    alpha: Positive = 2.0
    iterations: Count = 6
    warm_iterations: Annotated[int, Field(ge=0)] = 0
    min_buyers: Count = 3
    seed: int = 1


class RankerSettings(Settings):
    """How the trees that blend all methods are grown."""

    periods: Count = 4
    trees: Count = 80
    learning_rate: Positive = 0.08
    leaves: Annotated[int, Field(ge=2)] = 15


class FallbackSettings(Settings):
    """Whom a customer without history is like."""

    columns: tuple[str, ...] = ("age_band", "household_size")
    min_customers: Count = 30


class TrainingSettings(Settings):
    """What is learnt, and from what."""

    weights: dict[str, Annotated[float, Field(ge=0)]] = {
        "order": 1.0,
        "add_to_cart": 0.3,
        "add_to_wishlist": 0.2,
        "view": 0.05,
    }
    half_life_days: Positive = 180
    min_buyers: Count = 1
    neighbour_sample: Count = 5000
    evaluation_sample: Count = 5000
    period_days: Count = 28
    min_improvement: Annotated[float, Field(ge=0)] = 0.0
    als: AlsSettings = AlsSettings()
    ranker: RankerSettings = RankerSettings()
    segments: FallbackSettings = FallbackSettings()


class SearchSettings(Settings):
    """Where settings of ALS are looked for; all others are those of the training."""

    trials: Count = 22
    seed: int = 2
    parallel: Count = 2
    rank: Values[Count] = (32, 64, 96)
    reg: Values[Positive] = (0.02, 0.05, 0.1, 0.2)
    alpha: Values[Positive] = (1.0, 2.0, 4.0, 8.0)
    iterations: Values[Count] = (6, 12)
    half_life_days: Values[Positive] = (30, 60, 90)
