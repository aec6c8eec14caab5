from __future__ import annotations

import pandas as pd
import pytest

from marketlake.baskets.holdout import leave_one_out
from marketlake.baskets.pyfunc import CrossSellModel, example
from marketlake.baskets.scorer import COLUMNS, CrossSellScorer

RULES = pd.DataFrame(
    [
        (["bun"], "sausage", 0.4, 8.0),
        (["bun", "sausage"], "mustard", 0.5, 20.0),
        (["bun"], "mustard", 0.1, 4.0),
        (["bun"], "gone", 0.9, 9.0),
    ],
    columns=["antecedent", "consequent", "confidence", "lift"],
)
NAMES = ["banana", "bun", "gone", "mustard", "sausage"]
PRODUCTS = pd.DataFrame(
    {
        "product_id": NAMES,
        "name": ["bananas", "hot dog buns", "gone", "mustards", "sausages"],
        "share": [0.2, 0.05, 0.1, 0.025, 0.05],
        "margin": [float("nan")] * 5,
        "units": [float("nan"), 5.0, 0.0, float("nan"), 3.0],
    }
)


def suggestions(basket: list[str], scorer: CrossSellScorer, length: int = 3) -> list[tuple[str, float]]:
    found = scorer.suggest([basket], length=length)
    return list(zip(found["product_id"], found["score"].round(4), strict=True))


def test_offers_by_hand() -> None:
    scorer = CrossSellScorer(RULES, PRODUCTS)
    assert suggestions(["bun"], scorer) == [("sausage", 0.4), ("banana", 0.2), ("mustard", 0.1)]
    # The rule with both says more of mustard; sausage is in the basket; what is out of stock is not offered.
    assert suggestions(["sausage", "bun", "bun"], scorer) == [("mustard", 0.5), ("banana", 0.2)]
    assert suggestions([], scorer) == [("banana", 0.2), ("bun", 0.05), ("sausage", 0.05)]
    assert suggestions(["never seen"], scorer, 1) == [("banana", 0.2)]


def test_margin_decides_and_an_unknown_one_is_the_median() -> None:
    margins = PRODUCTS.assign(margin=[0.5, None, 1.0, 6.0, 1.0])
    found = CrossSellScorer(RULES, margins).suggest([["bun"]], length=3)
    assert found["product_id"].tolist() == ["mustard", "sausage", "banana"]
    assert found["score"].tolist() == pytest.approx([0.1 * 6, 0.4 * 1, 0.2 * 0.5])
    only_bun = CrossSellScorer(RULES, margins).suggest([[]], length=3).set_index("product_id")["score"]
    assert only_bun["bun"] == pytest.approx(0.05 * 1.0)  # median of .5, 1, 6, 1


def test_reasons_and_columns() -> None:
    found = CrossSellScorer(RULES, PRODUCTS).suggest([[], ["bun"]], length=2)
    assert list(found.columns) == list(COLUMNS)
    assert found["rank"].tolist() == [1, 2, 1, 2]
    assert found["reason"].tolist()[1:] == [
        "in 5.0% of all baskets",
        "40% of baskets with hot dog buns also contain it, 8.0 times the average",
        "in 20.0% of all baskets",
    ]


def test_nothing_to_offer() -> None:
    assert CrossSellScorer(RULES, PRODUCTS).suggest([], length=3).empty
    assert CrossSellScorer(RULES.iloc[:0], PRODUCTS.iloc[:0]).suggest([["bun"]], length=3).empty


def test_baskets_keep_their_names_in_the_service() -> None:
    service = CrossSellModel(CrossSellScorer(RULES, PRODUCTS), 2)
    asked = pd.DataFrame({"basket": ["x", "a", "x"], "product_id": ["bun", "banana", "sausage"]})
    found = service.predict(None, asked)
    assert found["basket"].tolist() == ["a", "a", "x", "x"]
    assert found["product_id"].tolist() == ["bun", "sausage", "mustard", "banana"]
    assert len(service.predict(None, example(), {"length": 1})) == 1


def test_leave_one_out_hides_a_product_and_looks_for_it() -> None:
    scorer = CrossSellScorer(RULES, PRODUCTS)
    baskets = [["bun", "sausage"]] * 10 + [["bun"], ["banana", "banana"]]
    result = leave_one_out(baskets, scorer, suggestions=1)
    assert result is not None
    assert result.baskets == 10
    # Either the bun is hidden, and a banana is offered; or the sausage, and it is found. Best sellers find neither.
    assert result.hit_rate in (0.0, 1.0)
    assert result.best_seller_hit_rate == 0.0
    assert result.decide_promotion().is_promoted == (result.hit_rate == 1.0)
    assert leave_one_out([["bun", "sausage"]], scorer, suggestions=1) is None
