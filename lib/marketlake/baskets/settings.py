"""Every setting of basket mining, with its default; conf/base.yaml says what each does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from marketlake.strict import Strict

Share = Annotated[float, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1)]
LEVELS = ("product", "product_type", "category")
DIMENSIONS = ("segment", "store", "channel")


class Mining(Strict):
    """What is mined, and which rules are kept."""

    window_days: Count = 365
    next_days: Count = 28
    support: dict[Literal[LEVELS], Share] = {"product": 0.0005, "product_type": 0.005, "category": 0.02}  # type: ignore[valid-type]
    dimensions: tuple[Literal[DIMENSIONS], ...] = DIMENSIONS  # type: ignore[valid-type]
    least_baskets: Count = 2000
    least_count: Count = 50
    longest: Annotated[int, Field(ge=2)] = 5
    largest_basket: Count = 100
    least_confidence: Share = 0.1
    significance: Share = 0.05
    bitset_items: Count = 50_000_000
    offered: Count = 5
