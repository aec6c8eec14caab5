"""Every setting of the recommender."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field, field_validator

from marketlake.settings import Settings
from marketlake.tables.customers import CUSTOMERS

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
T = TypeVar("T")
Values = Annotated[tuple[T, ...], Field(min_length=1)]
EVERYDAY = "everyday"  # name of the lists without a campaign
CampaignName = Annotated[str, Field(pattern=r"^\w[\w-]*$")]  # part of the names of metrics


class AlsSettings(Settings):
    """How factors are fitted."""

    rank: Count = Field(32, description="Number of factors of a customer and a product.")
    reg: Positive = Field(0.02, description="Regularisation; MLlib multiplies it by the number of ratings.")
    alpha: Positive = Field(2.0, description="Growth of confidence with a rating.")
    iterations: Count = Field(6, description="Rounds of the fit from random factors.")
    warm_iterations: int = Field(
        0, ge=0, description="Rounds from the factors of the period before; 0 starts every period at random factors."
    )
    min_buyers: Count = Field(3, description="Products with fewer customers get no factors.")
    seed: int = Field(1, description="Seed of the random factors.")


class RankerSettings(Settings):
    """How the trees that blend all methods are grown."""

    periods: Count = Field(
        4, description="Periods to learn from; each grows trees of its own if there are 90 days of history before it."
    )
    trees: Count = Field(80, description="Number of trees a period.")
    learning_rate: Positive = Field(0.08, description="Weight of each further tree.")
    leaves: int = Field(15, ge=2, description="Largest number of leaves of a tree.")


class FallbackSettings(Settings):
    """Whom a customer without history is like."""

    columns: tuple[str, ...] = Field(
        ("age_band", "household_size"),
        description="Columns of silver.customers: a segment is the customers who are equal in all of them.",
    )
    min_customers: Count = Field(
        30, description="Customers with purchases in a segment; where there are fewer, the list is everybody's."
    )

    @field_validator("columns")
    @classmethod
    def _columns_exist(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        unknown = set(columns) - set(CUSTOMERS.column_names)
        if unknown:
            raise ValueError(
                f"found {', '.join(sorted(unknown))}; expected columns of silver.customers: "
                f"{', '.join(CUSTOMERS.column_names)}"
            )
        return columns


class TrainingSettings(Settings):
    """What is learnt, and from what."""

    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        {"order": 1.0, "add_to_cart": 0.3, "add_to_wishlist": 0.2, "view": 0.05},
        description="Weight of an interaction by its type; 0 leaves the type out.",
    )
    half_life_days: Positive = Field(180, description="Age in days at which an interaction has half its weight.")
    min_buyers: Count = Field(1, description="Products with fewer customers in the last 90 days are not recommended.")
    neighbour_sample: Count = Field(
        5000,
        description="Customers, drawn by hash, among whom nearest neighbours are sought; bounds that method's work.",
    )
    evaluation_sample: Count = Field(
        5000, description="Customers, drawn by hash, from whom the ranker learns and on whom it is evaluated."
    )
    period_days: Count = Field(28, description="Length in days of the period whose purchases are predicted.")
    min_improvement: float = Field(
        0.0,
        ge=0,
        description="Least lead in nDCG@10 for a promotion, over the best trivial method and the champion's settings.",
    )
    als: AlsSettings = Field(AlsSettings(), description="MLlib's implicit ALS.")
    ranker: RankerSettings = Field(RankerSettings(), description="Trees that blend all methods.")
    segments: FallbackSettings = Field(FallbackSettings(), description="Lists of customers without purchases.")


class SearchSettings(Settings):
    """Where settings of ALS are looked for; all others are those of the training."""

    trials: Count = Field(
        22, description="Combinations to try: train_recommender's own first, the others drawn from the values below."
    )
    seed: int = Field(2, description="Seed of the draw.")
    parallel: Count = Field(2, description="Number of trials at the same time.")
    rank: Values[Count] = Field((32, 64, 96), description="Numbers of factors of a customer and a product.")
    reg: Values[Positive] = Field(
        (0.02, 0.05, 0.1, 0.2), description="Regularisations; MLlib multiplies them by the number of ratings."
    )
    alpha: Values[Positive] = Field((1.0, 2.0, 4.0, 8.0), description="Growths of confidence with a rating.")
    iterations: Values[Count] = Field((6, 12), description="Rounds of the fit.")
    half_life_days: Values[Positive] = Field(
        (30, 60, 90), description="Ages in days at which an interaction has half its weight."
    )


class ListSettings(Settings):
    """Lists of one kind, and their audience."""

    length: int = Field(10, ge=1, description="Number of products in a list.")
    explore_slots: int = Field(3, ge=0, description="Places of a list for products that are new to the customer.")
    diversity: float = Field(
        0.1,
        ge=0,
        le=1,
        description="MMR by product type: 0 takes the most probable, 1 avoids a second product of a type at any price.",
    )
    excluded_products: tuple[str, ...] = Field((), description="Ids of products that are never recommended.")
    channel: str | None = Field(
        None, description="Channel such as email: lists only for customers with consent to it; null: for all."
    )


class RecommendSettings(ListSettings):
    """The everyday lists, and those of campaigns."""

    model: str = Field("marketlake_recommender", description="Registered model whose champion recommends.")
    campaigns: dict[CampaignName, ListSettings] = Field(
        {},
        description="Lists beside the everyday ones, as in {win_back: {explore_slots: 6, channel: email}}; "
        "a setting that a campaign leaves out is that of the everyday lists.",
    )
    incremental: bool = Field(
        False,
        description="Score only customers with news since the newest earlier lists of the same model; the others keep "
        "theirs while all of it is sold. Run once without it after a change of explore_slots or diversity, or when "
        "rows arrived days late.",
    )

    def lists(self) -> dict[str, ListSettings]:
        """The everyday lists and those of each campaign, by name; a campaign inherits what it omits."""
        everyday = ListSettings(**self.model_dump(include=set(ListSettings.model_fields)))
        asked = {name: own.model_dump(exclude_unset=True) for name, own in self.campaigns.items()}
        return {EVERYDAY: everyday} | {name: everyday.model_copy(update=own) for name, own in asked.items()}
