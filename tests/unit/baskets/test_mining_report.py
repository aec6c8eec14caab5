from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from marketlake.baskets import report
from marketlake.baskets.holdout import HoldoutResult
from marketlake.baskets.plots import rule_figures
from marketlake.baskets.scorer import CrossSellScorer
from marketlake.baskets.settings import MiningSettings

SCOPES = pd.DataFrame(
    [("product", "store", "s1", 300, 900, 30, 0), ("product", "all", "all", 1000, 3000, 100, 2)],
    columns=["level", "scope_type", "scope_value", "baskets", "items", "holdout_baskets", "truncated"],
)
RULE_COLUMNS = (
    "level", "scope_type", "scope_value", "antecedent", "consequent", "count", "support", "confidence", "lift",
    "lift_low", "lift_high", "leverage", "holdout_lift", "is_replicated",
)  # fmt: skip
RULES = pd.DataFrame(
    [
        ("product", "all", "all", ["p1"], "p2", 90, 0.09, 0.5, 3.0, 2.5, 3.5, 0.06, 2.9, True),
        ("product", "all", "all", ["p1", "p3"], "p2", 50, 0.05, 0.6, 4.0, 3.0, 5.0, 0.04, 1.0, False),
        ("product", "all", "all", ["p4"], "p5", 50, 0.05, 0.6, 4.0, 3.0, 5.0, 0.04, np.nan, None),
        ("product", "store", "s1", ["p1"], "p2", 30, 0.1, 0.5, 3.0, 2.0, 4.0, 0.06, 2.9, True),
    ],
    columns=list(RULE_COLUMNS),
)
PRODUCTS = pd.DataFrame({"product_id": ["p1", "p2"], "name": ["buns", "sausages"]})
HOLDOUT = HoldoutResult(np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 0, 0]), 5)


@pytest.fixture
def result() -> report.MiningResult:
    """Three rules of all customers, one of a store."""
    return report.MiningResult(SCOPES, RULES, CrossSellScorer(RULES.iloc[:0], PRODUCTS), HOLDOUT)


def test_scopes_are_summarized_all_customers_first(result: report.MiningResult) -> None:
    table = report.summarize_scopes(result)
    assert table["scope_type"].tolist() == ["all", "store"]
    assert table[["rules", "tested", "replicated"]].to_numpy().tolist() == [[3, 2, 1], [1, 1, 1]]
    assert report.summary_sentences(table) == [
        "product: 3 rules from 1,000 baskets; 1 of 2 tested rules replicated",
    ]


def test_metrics(result: report.MiningResult) -> None:
    metrics = report.collect_metrics(report.summarize_scopes(result), HOLDOUT)
    assert metrics == {
        "hit_rate": 0.5,
        "hit_rate_of_best_sellers": 0.25,
        "product_baskets": 1000,
        "product_rules": 3,
        "product_rules_of_scopes": 1,
        "product_share_replicated": 0.5,
    }


def test_description_names_levels_and_replicated_rules(result: report.MiningResult) -> None:
    table = report.summarize_scopes(result)
    text = report.describe_run(result, table, MiningSettings(), run_date=date(2018, 1, 1))
    assert "| product | 0.05% | 1,000 | 2 | 3 | 2 | 1 | 1 in 1 |" in text
    assert "| buns (p1) | sausages (p2) | 50% | 3.00 (2.50 to 3.50) | 2.90 | 90 |" in text
    assert "p4" not in text


def test_figures_of_each_level(result: report.MiningResult) -> None:
    figures = rule_figures(result.overall_rules, "Rules", result.product_labels)
    assert set(figures) == {"lift_product", "graph_product"}
