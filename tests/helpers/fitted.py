"""A recommender fitted in memory on customers with habits: catalogue, customers, and the models of all methods."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from marketlake.recommend.data.catalogue import STATISTICS, Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.fold_in import Factors
from marketlake.recommend.methods.method import FitData, FittedState
from marketlake.recommend.methods.registry import METHODS, fit_models
from marketlake.recommend.serving.pyfunc import pairs_from_purchases
from tests.helpers.habits import FIRST_DAY, habits


def fitted_catalogue() -> Catalogue:
    """29 products; p29, which customers bought, is not sold any more."""
    names = np.array([f"p{number:02}" for number in range(29)])
    draws = np.random.default_rng(1)
    statistics = {name: draws.integers(1, 30, len(names)).astype(np.float32) for name in STATISTICS}
    return Catalogue(names, np.arange(len(names)) % 7, np.arange(len(names)) % 3, statistics)


def batch_of(lines: pd.DataFrame, catalogue: Catalogue) -> CustomerBatch:
    """The customers of order lines, as the day after the ninety days of the habits knows them."""
    end = FIRST_DAY + timedelta(days=89)
    aged = lines.assign(age_days=[(end - day).days for day in lines["booked_date"]])
    return CustomerBatch.from_arrow(pa.Table.from_pandas(pairs_from_purchases(aged, half_life_days=60)), catalogue)


def fitted_state(batch: CustomerBatch, catalogue: Catalogue) -> FittedState:
    """The state with the models of all methods, those too that are only compared."""
    items = np.random.default_rng(2).random((len(catalogue), 4)).astype(np.float32)
    products = pd.DataFrame({"product_id": [f"p{number:02}" for number in range(30)]}).assign(
        department="FOOD",
        category=[f"kind {number % 3}" for number in range(30)],
        product_type=[f"type {number % 7}" for number in range(30)],
        brand=None,
        package_size="1 KG",
    )
    baskets = habits().rename(columns={"booked_date": "happened_on"})
    baskets = baskets[["customer_id", "product_id", "happened_on"]].drop_duplicates()
    models = fit_models(METHODS, FitData(catalogue, batch, products, baskets))
    return FittedState(catalogue, 40, Factors.from_items(items, 0.1, 2.0), models)
