from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from marketlake.baskets.cross_sell_products import cross_sell_products
from marketlake.baskets.holdout import evaluate_scorer
from marketlake.baskets.mine_scopes import count_in_batches, mine_scopes, rules_schema
from marketlake.baskets.scopes import by_scope, scope_sizes, without_repeats
from marketlake.baskets.scorer import CrossSellScorer
from marketlake.baskets.settings import MiningSettings

SCHEMA = (
    "order_id string, customer_id string, store_id string, level string, is_holdout boolean, items array<string>, "
    "full_size int"
)
BASKETS = [  # of build_baskets with at most two items
    ("o1", "c1", "s1", "product", False, ["p1", "p2"], 3),
    ("o1", "c1", "s1", "product_type", False, ["buns"], 1),
    ("o2", None, "s2", "product", False, ["p3", "p4"], 2),
    ("o2", None, "s2", "product_type", False, ["milk"], 1),
    ("o3", "c1", "s1", "product", True, ["p4"], 1),
]


def with_identity(baskets: DataFrame) -> DataFrame:
    """Baskets of one day and one till."""
    return baskets.withColumns({"order_date": F.lit(date(2025, 1, 1)), "order_source": F.lit("till")})


@pytest.fixture(scope="module")
def baskets(spark: SparkSession) -> DataFrame:
    """Baskets of three orders."""
    return with_identity(spark.createDataFrame(BASKETS, SCHEMA))


def test_scopes_and_their_sizes(spark: SparkSession, baskets: DataFrame) -> None:
    segments = spark.createDataFrame([("c1", "Champions")], "customer_id string, segment string")
    events = spark.createDataFrame(
        [("purchase", "o1", None, "ios"), ("purchase", None, None, "web"), ("view", None, None, "web")],
        "event_type string, order_id string, order_source string, platform string",
    )
    in_scopes = by_scope(baskets, segments, events, ["segment", "store", "channel"])
    found = {tuple(row)[:3]: tuple(row)[3:-1] for row in scope_sizes(in_scopes, 2).collect()}
    product = {scope[1:]: values for scope, values in found.items() if scope[0] == "product"}
    assert product == {  # baskets, items, holdout baskets, truncated
        ("all", "all"): (2, 4, 1, 1),
        ("segment", "Champions"): (1, 2, 1, 1),
        ("store", "s1"): (1, 2, 1, 1),
        ("store", "s2"): (1, 2, 0, 0),
        ("channel", "app"): (1, 2, 0, 1),
        ("channel", "store"): (1, 2, 1, 0),
    }
    alone = by_scope(baskets, segments, events, [])
    assert {row.scope_type for row in alone.collect()} == {"all"}


def test_scopes_of_the_same_baskets_are_mined_once(spark: SparkSession, baskets: DataFrame) -> None:
    none = rows_of_none(spark)
    one_store = baskets.withColumn("store_id", F.lit("s1"))
    sizes = scope_sizes(by_scope(one_store, none, none, ["store"]), 2).toPandas()
    assert sorted(sizes["scope_type"]) == ["all", "all", "store", "store"]  # two levels
    assert set(without_repeats(sizes)["scope_type"]) == {"all"}
    # As many baskets of as many items are not yet the same baskets.
    two_stores = scope_sizes(by_scope(baskets.where("not is_holdout"), none, none, ["store"]), 2).toPandas()
    assert set(without_repeats(two_stores)["scope_value"]) == {"all", "s1", "s2"}


def test_products_on_sale_are_suggested_with_margin_and_stock(spark: SparkSession) -> None:
    baskets = spark.createDataFrame(
        [
            ("o1", "c1", "s1", "product", False, ["p1", "p2", "p9"], 3),
            ("o2", None, "s2", "product", False, ["p3", "p4"], 2),
            ("o3", "c1", "s1", "product", True, ["p4"], 1),
            ("o1", "c1", "s1", "product_type", False, ["buns"], 1),
        ],
        SCHEMA,
    )
    money = Decimal("3.00"), Decimal("1.00")
    products = spark.createDataFrame(
        [
            ("p1", "BUNS", *money, None, None),
            ("p2", "BUNS", *money, None, date(2025, 1, 10)),
            ("p3", None, money[0], None, None, None),
        ],
        "product_id string, product_type string, list_price decimal(18,2), cost decimal(18,2), launch_date date, "
        "end_date date",
    )
    stock = spark.createDataFrame(
        [("p1", "s1", date(2025, 1, 1), 9), ("p1", "s1", date(2025, 1, 2), 3), ("p1", "s2", date(2025, 1, 2), 2)],
        "product_id string, store_id string, stock_date date, units int",
    )
    found = cross_sell_products(baskets, products, stock, as_of=date(2025, 1, 11), min_count=1).collect()
    assert sorted((row.product_id, row["name"], row.share, row.margin, row.units) for row in found) == [
        ("p1", "buns", 0.5, 2.0, 5),
        ("p3", "p3", 0.5, None, None),
        ("p4", "p4", 0.5, None, None),
        ("p9", "p9", 0.5, None, None),
    ]
    assert cross_sell_products(baskets, products, stock, as_of=date(2025, 1, 11), min_count=2).isEmpty()


def test_counts_over_many_batches_are_summed(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(["a", "b"],)] * 30 + [(["a"],)] * 7, "items array<string>").repartition(5)
    assert count_in_batches(frame, [("a",), ("b", "a"), ("c",)]).tolist() == [37, 30, 0]


def test_workers_and_mllib_find_the_same_rules(spark: SparkSession) -> None:
    rows = [(f"o{n}", "c", "s", "product", n % 4 == 0, ["bun", "sausage"], 2) for n in range(40)]
    rows += [(f"x{n}", "c", "s", "product", n % 4 == 0, [name], 1) for n in range(40) for name in ("bun", "milk")]
    in_scopes = by_scope(spark.createDataFrame(rows, SCHEMA), rows_of_none(spark), rows_of_none(spark), ["store"])
    sizes = scope_sizes(in_scopes, 5).toPandas()
    settings = MiningSettings(min_count=2, min_confidence=0.3)
    # The scope of all baskets has one item more than the limit here, so that MLlib mines it beside the store's worker.
    sizes.loc[sizes["scope_type"] == "all", "items"] = settings.max_items_in_memory + 1
    found = mine_scopes(in_scopes, sizes, settings)
    assert found.columns == rules_schema().names
    rules = found.toPandas()
    by_type = {name: part.drop(columns=["scope_type", "scope_value"]) for name, part in rules.groupby("scope_type")}
    assert set(by_type) == {"all", "store"}
    workers, mllib = (by_type[name].sort_values("consequent", ignore_index=True) for name in ("store", "all"))
    pd.testing.assert_frame_equal(workers, mllib)
    assert set(workers["consequent"]) == {"bun", "sausage"}
    assert workers["is_replicated"].all()


def rows_of_none(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], "customer_id string, segment string, event_type string, order_id string")


def test_scorer_is_evaluated_on_holdout_baskets_of_products(spark: SparkSession, baskets: DataFrame) -> None:
    rules = pd.DataFrame(
        [
            ("product", "all", ["p1"], "p2", 0.9, 3.0),
            ("product", "all", ["p2"], "p1", 0.9, 3.0),
            ("product", "store", ["p1"], "p9", 1.0, 9.0),
            ("product_type", "all", ["p1"], "p9", 1.0, 9.0),
        ],
        columns=["level", "scope_type", "antecedent", "consequent", "confidence", "lift"],
    )
    products = pd.DataFrame({"product_id": ["p9", "p1", "p2"], "name": ["x", "y", "z"], "share": [0.5, 0.1, 0.1]})
    scorer = CrossSellScorer.from_rules(
        rules, products.assign(margin=None, units=None).astype({"margin": float, "units": float})
    )
    assert scorer.rules["consequent"].tolist() == ["p2", "p1"]
    assert evaluate_scorer(baskets, scorer, suggestions=1) is None
    rows = [(f"h{n}", "c1", "s1", level, True, ["p1", "p2"], 2) for n in range(9) for level in ("product", "category")]
    result = evaluate_scorer(with_identity(spark.createDataFrame([*BASKETS, *rows], SCHEMA)), scorer, suggestions=1)
    assert result is not None
    assert (result.baskets, result.hit_rate, result.best_seller_hit_rate) == (9, 1.0, 0.0)
    decision = result.decide_promotion()
    assert (decision.is_promoted, decision.baseline, decision.value) == (True, "best sellers", 1.0)
    assert "9 holdout baskets" in result.sentence()
