"""The scorer as MLflow serves it: from baskets to offers, without Spark and without a JVM."""

from __future__ import annotations

from typing import Any

import pandas as pd
from mlflow.pyfunc import PythonModel

from marketlake.baskets.scorer import Scorer


class Service(PythonModel):
    """Offers for baskets.

    Input: a row for each product in a basket: basket (string, any name), product_id (string). Parameter: `length`,
    offers for a basket at most.
    Output: `scorer.COLUMNS`, basket by its name.
    """

    def __init__(self, scorer: Scorer, length: int) -> None:
        self.scorer = scorer
        self.length = length

    def predict(
        self,
        context: Any,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Offers for the baskets of the input."""
        baskets = model_input.groupby("basket", sort=True)["product_id"].agg(list)
        found = self.scorer.suggest(list(baskets), length=(params or {}).get("length", self.length))
        return found.assign(basket=baskets.index.to_numpy()[found["basket"]])


def example() -> pd.DataFrame:
    """An input of nobody in particular."""
    return pd.DataFrame({"basket": ["example"] * 2, "product_id": ["1", "2"]})
