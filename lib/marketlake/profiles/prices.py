"""Price index: prices paid by a customer compared with those paid by all customers in the same categories."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def mean_prices(by_category: DataFrame) -> dict[str, float]:
    """Mean price per unit of each category, over all customers.

    Args:
        by_category: with the column of that name as gold.customer_profiles has it. The maps of several periods, or of
            several groups of customers, may be in separate rows.

    Returns:
        category -> currency per unit; categories without units are absent. Collected: one row per category.
    """
    entries = by_category.select(F.explode("by_category").alias("category", "bought"))
    means = (
        entries.where("bought.quantity > 0")
        .groupBy("category")
        .agg((F.sum("bought.net_amount") / F.sum("bought.quantity")).cast("double").alias("mean_price"))
    )
    return {row.category: row.mean_price for row in means.collect()}


def price_index(by_category: str, means: Mapping[str, float]) -> Column:
    """Amount paid by each customer divided by the average cost of the same units of the same categories.

    Indirect standardisation: expected = sum over categories of the customer's units times the mean price per unit over
    all customers; index = paid / expected. It compares prices and not preferences: buying in expensive categories does
    not make a customer premium. Categories in which a customer has no units are left out of both sums.

    Args:
        by_category: name of the column; category -> net_amount (currency), quantity (units).
        means: `mean_prices` of all customers.

    Returns:
        1 is the average customer; missing for customers without units or expected amount.

    Source: indirect standardisation as in Breslow and Day, Statistical Methods in Cancer Research II (1987), ch. 2.
    """
    names, prices = pa.array(list(means), pa.string()), np.array([*means.values(), np.nan])

    # PySpark's stubs tell the kinds of functions apart by pyarrow's types, and pyarrow has none.
    @F.arrow_udf("double")  # type: ignore[call-overload]
    def index(entries: pa.Array) -> pa.Array:
        customer, bought = pc.list_parent_indices(entries).to_numpy(), pc.list_flatten(entries)
        category = pc.fill_null(pc.index_in(bought.field("key"), names), -1).to_numpy()
        values = bought.field("value")
        paid, units = (values.field(name).cast(pa.float64()).to_numpy() for name in ("net_amount", "quantity"))
        counts = (units > 0) & ~np.isnan(prices[category])
        paid_sum, expected = (
            np.bincount(customer, np.where(counts, amounts, 0), minlength=len(entries))
            for amounts in (paid, units * prices[category])
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return pa.array(np.where(expected > 0, paid_sum / expected, np.nan), from_pandas=True)

    return index(F.map_entries(by_category))
