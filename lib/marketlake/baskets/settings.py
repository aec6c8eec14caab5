"""Settings of basket mining."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from marketlake.settings import Settings

Level = Literal["product", "product_type", "category"]
ScopeType = Literal["segment", "store", "channel"]
Share = Annotated[float, Field(gt=0, le=1)]


class MiningSettings(Settings):
    """Baskets that are mined, rules that are selected, and suggestions for a basket."""

    window_days: int = Field(
        365, ge=1, description="Length of the window in days, the holdout included; older baskets do not count."
    )
    holdout_days: int = Field(
        28, ge=1, description="Last days of the window, which are not mined; every rule is tested on their baskets."
    )
    min_support: dict[Level, Share] = Field(
        {"product": 0.0005, "product_type": 0.005, "category": 0.02},
        description="Level: smallest share of baskets that hold an itemset; other levels are not mined.",
    )
    scope_types: tuple[ScopeType, ...] = Field(
        ("segment", "store", "channel"),
        description="Baskets that are also mined separately: those of each segment, store or channel.",
    )
    segment_scheme: str = Field("rfm", description="Scheme of gold.customer_segments whose segments are scopes.")
    min_baskets: int = Field(
        2000, ge=1, description="Smallest number of baskets of a scope; scopes with fewer are not mined."
    )
    min_count: int = Field(
        50, ge=1, description="Smallest number of baskets that hold an itemset, where min_support would allow fewer."
    )
    max_itemset_size: int = Field(5, ge=2, description="Largest number of items in an itemset.")
    max_basket_size: int = Field(
        100, ge=1, description="Largest number of items in a basket; larger baskets keep their most common items."
    )
    min_confidence: float = Field(
        0.1, gt=0, le=1, description="Smallest share of the antecedent's baskets that hold the consequent, of a rule."
    )
    max_false_discovery_rate: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Largest expected share of chance findings among a scope's rules (Benjamini-Hochberg).",
    )
    max_items_in_memory: int = Field(
        50_000_000,
        ge=1,
        description="Items of a scope's baskets that one process mines (50 bytes each); MLlib mines larger scopes.",
    )
    suggestions: int = Field(5, ge=1, description="Number of products that the scorer suggests for a basket.")
