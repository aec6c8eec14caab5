"""The recommender as an MLflow model: lists from purchases, without Spark and without a JVM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from mlflow.pyfunc import PythonModel

from marketlake.recommend.data.customer_batch import HALF_LIVES, INPUT, CustomerBatch
from marketlake.recommend.serving.model import Recommender

PURCHASE = ("customer_id", "product_id", "age_days")
PARAMS = {"length": 10, "explore_slots": 3, "diversity": 0.1}


class RecommenderModel(PythonModel):
    """Recommends products to customers by their purchases.

    Input: a row for each product and day: customer_id (string), product_id (string), age_days (whole days from the
    purchase to the model's last day, 0 or more). The customer may be unknown to the model; a customer without purchases
    has one row without a product_id and gets overall best sellers. Parameters, by default `PARAMS`: `length` of a list,
    `explore_slots`, those of it for products that are new to the customer, and `diversity` (0 to 1).
    Output: `model.COLUMNS`.
    """

    def __init__(self, model: Recommender) -> None:
        self.model = model

    def predict(
        self,
        context: Any,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Lists for the customers of the input."""
        pairs = pa.Table.from_pandas(
            pairs_from_purchases(model_input, self.model.settings.half_life_days), preserve_index=False
        )
        batch = CustomerBatch.from_arrow(pairs, self.model.state.catalogue)
        return self.model.recommend(batch, **PARAMS | (params or {}))


def pairs_from_purchases(purchases: pd.DataFrame, half_life_days: float) -> pd.DataFrame:
    """The rows that `pairs.build_pairs` makes of purchases, without Spark: `customer_batch.INPUT`."""
    days = purchases[list(PURCHASE)].drop_duplicates()
    age = days["age_days"].to_numpy(dtype=float)
    halves = {f"decayed_orders_{half}d": np.power(0.5, age / half) for half in HALF_LIVES}
    rows = days.assign(order_days=1, interaction_weight=np.power(0.5, age / half_life_days), **halves)
    keys = rows.groupby(["customer_id", "product_id"], sort=True, dropna=False)
    sums = keys[["order_days", "interaction_weight", *halves]].sum()
    ages = keys["age_days"].agg(days_since_first_order="max", days_since_last_order="min")
    return sums.join(ages).reset_index()[list(INPUT)]


def input_example() -> pd.DataFrame:
    """An input of two invented customers, one of them without purchases."""
    customers = ["example", "example", "newcomer"]
    return pd.DataFrame({"customer_id": customers, "product_id": ["1", "1", None], "age_days": [3, 24, 0]})
