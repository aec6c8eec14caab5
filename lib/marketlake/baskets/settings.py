"""Every setting of basket mining, with its default; conf/base.yaml says what each does."""

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

    window_days: Count = 365
    holdout_days: Count = 28
    support: dict[Literal[LEVELS], Share] = {"product": 0.0005, "product_type": 0.005, "category": 0.02}  # type: ignore[valid-type]
    dimensions: tuple[Literal[DIMENSIONS], ...] = DIMENSIONS  # type: ignore[valid-type]
    min_baskets: Count = 2000
    min_count: Count = 50
    longest: Annotated[int, Field(ge=2)] = 5
    max_basket_size: Count = 100
    min_confidence: Share = 0.1
    significance: Share = 0.05
    max_items_in_memory: Count = 50_000_000
    offered: Count = 5
