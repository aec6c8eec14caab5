"""The cross-sell model as MLflow serves it: suggestions for baskets, without Spark and without a JVM."""

from __future__ import annotations

from typing import Any

import pandas as pd
from mlflow.pyfunc import PythonModel

from marketlake.baskets.scorer import CrossSellScorer


class CrossSellModel(PythonModel):
    """Suggestions for baskets.

    Input: a row for each product in a basket: basket (string, any name), product_id (string). Parameter: `length`,
    largest number of suggestions for a basket.
    Output: `scorer.COLUMNS`, basket by its name.
    """

    def __init__(self, scorer: CrossSellScorer, length: int) -> None:
        self.scorer = scorer
        self.length = length

    def predict(
        self,
        context: Any,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Suggestions for the baskets of the input."""
        baskets = model_input.groupby("basket", sort=True)["product_id"].agg(list)
        suggested = self.scorer.suggest(list(baskets), length=(params or {}).get("length", self.length))
        return suggested.assign(basket=baskets.index.to_numpy()[suggested["basket"]])


def example() -> pd.DataFrame:
    """An example input that describes no real basket."""
    return pd.DataFrame({"basket": ["example"] * 2, "product_id": ["1", "2"]})
