"""Every setting of basket mining."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from marketlake.settings import Settings

Share = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
LEVELS = ("product", "product_type", "category")
DIMENSIONS = ("segment", "store", "channel")


class Mining(Settings):
    """What is mined, and which rules are kept."""

    window_days: Count = Field(365, description="Length of the window in days: older baskets do not count.")
    holdout_days: Count = Field(
        28, description="Last days of the window, on which rules are evaluated; they are mined from the days before."
    )
    support: dict[Literal[LEVELS], Share] = Field(  # type: ignore[valid-type]
        {"product": 0.0005, "product_type": 0.005, "category": 0.02},
        description="Level: least share of baskets that contain an itemset.",
    )
    dimensions: tuple[Literal[DIMENSIONS], ...] = Field(  # type: ignore[valid-type]
        DIMENSIONS, description="Dimensions by whose values baskets are also mined apart, beside all baskets."
    )
    min_baskets: Count = Field(2000, description="A segment, store or channel with fewer baskets is not mined apart.")
    min_count: Count = Field(
        50, description="Least number of baskets with an itemset, where the support of few baskets would be fewer."
    )
    longest: int = Field(5, ge=2, description="Largest number of items in an itemset.")
    max_basket_size: Count = Field(
        100, description="Largest number of items in a basket; larger baskets keep their most common items."
    )
    min_confidence: Share = Field(
        0.1, description="Least share of the baskets with the antecedent that also contain the consequent."
    )
    significance: Share = Field(
        0.05, description="Largest expected share of chance findings among a scope's rules (Benjamini-Hochberg)."
    )
    max_items_in_memory: Count = Field(
        50_000_000, description="Items of a scope's baskets that one process mines (50 bytes each); MLlib mines more."
    )
    offered: Count = Field(5, description="Number of products that the scorer suggests for a basket.")
