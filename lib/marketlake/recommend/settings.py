"""Settings of the recommender's jobs: train_recommender, tune_recommender and recommend_products."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import Field, ValidationInfo, field_validator

from marketlake.settings import Settings

EVERYDAY = "everyday"  # name of the lists without a campaign
T = TypeVar("T")
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]
Weight = Annotated[float, Field(ge=0)]
Values = Annotated[tuple[T, ...], Field(min_length=1)]
CampaignName = Annotated[str, Field(pattern=r"^\w[\w-]*$")]  # part of the names of metrics


class AlsSettings(Settings):
    """Fit of the ALS factors (Spark MLlib, implicit feedback)."""

    rank: int = Field(32, ge=1, description="Factors of a customer and a product.")
    reg: float = Field(0.02, gt=0, description="Regularisation; MLlib multiplies it by the number of ratings.")
    alpha: float = Field(2.0, gt=0, description="Growth of the confidence in a rating with its size.")
    iterations: int = Field(6, ge=1, description="Rounds of the fit from random factors.")
    warm_iterations: int = Field(
        0,
        ge=0,
        description="Rounds of the fit from the factors of the period before; 0 begins each period with random ones.",
    )
    min_buyers: int = Field(3, ge=1, description="Customers of a product: those of fewer customers get no factors.")
    seed: int = Field(1, description="Seed of the random factors.")


class RankerSettings(Settings):
    """Gradient-boosted trees that blend all methods."""

    periods: int = Field(
        4, ge=1, description="Periods that each train trees of their own, if 90 days are known before them."
    )
    trees: int = Field(80, ge=1, description="Trees of each classifier.")
    learning_rate: float = Field(0.08, gt=0, description="Share of each tree's correction that is applied.")
    leaves: int = Field(15, ge=2, description="Leaves of a tree at most.")


class FallbackSettings(Settings):
    """Segments whose best sellers customers without purchases get."""

    columns: tuple[str, ...] = Field(
        ("age_band", "household_size"),
        description="Columns of silver.customers; customers with the same values in all of them are a segment.",
    )
    min_customers: int = Field(
        30, ge=1, description="Buyers of a segment: smaller ones get the overall best sellers instead."
    )

    @field_validator("columns")
    @classmethod
    def _columns_exist(cls, columns: tuple[str, ...]) -> tuple[str, ...]:
        from marketlake.tables.customers import CUSTOMERS  # noqa: PLC0415 (needs Spark; a served model has none)

        unknown = set(columns) - set(CUSTOMERS.column_names)
        if unknown:
            raise ValueError(
                f"found {', '.join(sorted(unknown))}; expected columns of silver.customers: "
                f"{', '.join(CUSTOMERS.column_names)}"
            )
        return columns


class TrainingSettings(Settings):
    """Settings of `train_recommender`, which a trained model keeps."""

    weights: dict[str, Weight] = Field(
        {"order": 1.0, "add_to_cart": 0.3, "add_to_wishlist": 0.2, "view": 0.05},
        description="Weight of an interaction of each kind; 0 leaves the kind out.",
    )
    half_life_days: float = Field(180, gt=0, description="Age in days at which an interaction is worth half.")
    min_buyers: int = Field(
        1, ge=1, description="Customers of a product in the last 90 days: products of fewer are not recommended."
    )
    neighbour_sample: int = Field(
        5000, ge=1, description="Customers that others are compared with, sampled by hash: it bounds user KNN's work."
    )
    evaluation_sample: int = Field(
        5000, ge=1, description="Customers on whom the ranker is trained and evaluated, sampled by hash."
    )
    period_days: int = Field(28, ge=1, description="Length in days of the period whose purchases are predicted.")
    min_improvement: float = Field(
        0.0,
        ge=0,
        description="Improvement in nDCG@10 over the best trivial baseline, and over another recipe of the champion, "
        "that a promotion needs.",
    )
    als: AlsSettings = Field(AlsSettings(), description="Fit of the ALS factors.")
    ranker: RankerSettings = Field(RankerSettings(), description="Trees that blend all methods.")
    fallback: FallbackSettings = Field(FallbackSettings(), description="Fallback for customers without purchases.")


class SearchSettings(Settings):
    """Settings of `tune_recommender`; all others are those of train_recommender."""

    trials: int = Field(22, ge=1, description="Combinations to try: the current one, then random ones of all below.")
    seed: int = Field(2, description="Seed of the random combinations.")
    parallel: int = Field(2, ge=1, description="Trials at the same time.")
    rank: Values[Count] = Field((32, 64, 96), description="Values of als.rank.")
    reg: Values[Positive] = Field((0.02, 0.05, 0.1, 0.2), description="Values of als.reg.")
    alpha: Values[Positive] = Field((1.0, 2.0, 4.0, 8.0), description="Values of als.alpha.")
    iterations: Values[Count] = Field((6, 12), description="Values of als.iterations.")
    half_life_days: Values[Positive] = Field((30, 60, 90), description="Values of half_life_days.")


class ListSettings(Settings):
    """Lists of one campaign, or the everyday lists."""

    length: int = Field(10, ge=1, description="Products of a list.")
    explore_slots: int = Field(3, ge=0, description="Places of a list for products that are new to the customer.")
    diversity: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Weight of variety by type of product (MMR): 0 takes the most probable products, 1 avoids a second "
        "product of a type at any price.",
    )
    excluded_products: tuple[str, ...] = Field((), description="Ids of products that are never recommended.")
    channel: str | None = Field(
        None,
        description="Channel, such as email: only customers who consented to marketing by it get a list; null: all do.",
    )


class RecommendSettings(ListSettings):
    """Settings of `recommend_products`."""

    model: str = Field("marketlake_recommender", description="Name of the model in the registry.")
    campaigns: dict[CampaignName, ListSettings] = Field(
        {},
        description="Further lists by name, such as {win_back: {explore_slots: 6, channel: email}}; a setting that a "
        "campaign does not name is that of the everyday lists.",
    )
    incremental: bool = Field(
        False,
        description="Keeps the list of the last run by the same model for customers without new interactions, if all "
        "of its products are still sold; run once with false after a change of explore_slots or diversity.",
    )

    def lists(self) -> dict[str, ListSettings]:
        """The everyday lists and those of each campaign, by name."""
        everyday = ListSettings(**self.model_dump(include=set(ListSettings.model_fields)))
        return {EVERYDAY: everyday} | {name: _over(everyday, own) for name, own in self.campaigns.items()}

    @field_validator("explore_slots")
    @classmethod
    def _check_slots(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("length", value):
            raise ValueError(f"at most the length of a list, {info.data['length']}")
        return value

    @field_validator("campaigns")
    @classmethod
    def _check_campaigns(cls, value: dict[str, ListSettings], info: ValidationInfo) -> dict[str, ListSettings]:
        if EVERYDAY in value:
            raise ValueError(f"another name than {EVERYDAY}, whose lists are those of the job itself")
        if {"length", "explore_slots"} <= set(info.data):
            everyday = ListSettings(length=info.data["length"], explore_slots=info.data["explore_slots"])
            for name, own in value.items():
                found = _over(everyday, own)
                if found.explore_slots > found.length:
                    raise ValueError(f"{name}.explore_slots of at most the length of its lists, {found.length}")
        return value


def _over(everyday: ListSettings, own: ListSettings) -> ListSettings:
    """The settings of a campaign: its own, and the everyday ones that it does not name."""
    return everyday.model_copy(update=own.model_dump(exclude_unset=True))
