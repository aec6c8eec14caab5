"""Published counts of itemsets: Complete Journey by product type, mined from the demo's lake."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession

from marketlake.baskets import eclat, fp_growth
from marketlake.baskets.build_baskets import build_baskets
from marketlake.baskets.itemsets import Itemsets
from marketlake.baskets.transactions import Transactions
from marketlake.runtime.config import Config
from marketlake.runtime.lake import Lake

WHOLE = 20  # items: no set is longer


@pytest.fixture(scope="module")
def year(spark: SparkSession, demo: Config) -> Iterator[DataFrame]:
    lake = Lake(spark, demo)
    end = date(2018, 1, 2)
    found = build_baskets(
        lake.read("silver.order_lines"),
        lake.read("silver.products"),
        levels=["product_type"],
        start=date(2017, 1, 1),
        holdout_start=end,
        as_of=end,
        max_size=1000,
    ).select("items")
    yield found.persist()
    found.unpersist()


def sets(found: Itemsets) -> set[tuple[tuple[str, ...], int]]:
    return {
        (tuple(found.names[row]), int(count))
        for rows, counts in zip(found.sets, found.counts, strict=True)
        for row, count in zip(rows, counts, strict=True)
    }


def test_itemsets_of_a_year_are_as_many_as_published_and_both_miners_agree(year: DataFrame) -> None:
    transactions = Transactions.from_arrow(year.toArrow()["items"])
    number = len(transactions)
    assert number == 155_489
    found = {}
    for support, expected in ((0.005, 1_275), (0.002, 8_143), (0.001, 33_751)):
        found[support] = eclat.mine(transactions, min_count=math.ceil(support * number), max_size=WHOLE)
        assert len(found[support]) == expected
    by_mllib = fp_growth.mine(year, basket_count=number, min_count=math.ceil(0.002 * number), max_size=WHOLE)
    assert sets(by_mllib) == sets(found[0.002])
