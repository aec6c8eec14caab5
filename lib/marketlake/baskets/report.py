"""The reviewer's report on mined rules: scopes, replicated rules, and the strongest of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from marketlake.baskets.holdout import HoldoutResult
from marketlake.baskets.scopes import ALL, SCOPE
from marketlake.baskets.scorer import CrossSellScorer
from marketlake.baskets.settings import MiningSettings
from marketlake.reporting.markdown import markdown_table

MAX_RULES = 15  # of a level, in the description


@dataclass(frozen=True)
class MiningResult:
    """Everything that a run found.

    Attributes:
        scopes: the rows of `scopes.scope_sizes` that were mined.
        rules: gold.association_rules of the run date.
        scorer: by the rules between products.
        holdout: its evaluation; None without holdout baskets.
    """

    scopes: pd.DataFrame
    rules: pd.DataFrame
    scorer: CrossSellScorer
    holdout: HoldoutResult | None

    @property
    def overall_rules(self) -> pd.DataFrame:
        """The rules from the baskets of all customers."""
        return self.rules[self.rules["scope_type"] == ALL]

    @property
    def product_labels(self) -> dict[str, str]:
        """Name and id of each product, by id."""
        products = zip(self.scorer.products["product_id"], self.scorer.products["name"], strict=True)
        return {product_id: f"{name} ({product_id})" for product_id, name in products}


def summarize_scopes(result: MiningResult) -> pd.DataFrame:
    """A row for each scope that was mined.

    Returns:
        level, scope_type, scope_value, baskets, holdout_baskets, truncated, rules, tested (rules whose items were
        bought in the holdout period), replicated; sorted, the scope of all customers first.
    """
    rules = result.rules.assign(is_replicated=result.rules["is_replicated"].astype("boolean"))
    by_scope = rules.groupby(list(SCOPE))
    counts = by_scope.agg(
        rules=("consequent", "size"), tested=("is_replicated", "count"), replicated=("is_replicated", "sum")
    ).reset_index()
    table = result.scopes.drop(columns="items").merge(counts, on=list(SCOPE), how="left")
    columns = ["rules", "tested", "replicated"]
    table[columns] = table[columns].astype("Int64").fillna(0).astype(int)
    order = table["scope_type"].map({ALL: 0, "segment": 1, "store": 2, "channel": 3})
    return table.assign(_order=order).sort_values(["level", "_order", "scope_value"]).drop(columns="_order")


def summary_sentences(table: pd.DataFrame) -> list[str]:
    """Numbers of rules and replicated rules of all customers, a sentence for each level."""
    return [
        f"{row.level}: {row.rules:,} rules from {row.baskets:,} baskets; {row.replicated:,} of {row.tested:,} tested "
        "rules replicated"
        for row in table[table["scope_type"] == ALL].itertuples()
    ]


def collect_metrics(table: pd.DataFrame, holdout: HoldoutResult | None) -> dict[str, float]:
    """The metrics of the run in MLflow.

    Args:
        table: `summarize_scopes`.
        holdout: evaluation of the scorer.

    Returns:
        hit_rate and hit_rate_of_best_sellers of the scorer; for each level baskets, rules, share_replicated, and
        rules_of_scopes (segments, stores and channels).
    """
    values: dict[str, float] = {}
    if holdout:
        values = {"hit_rate": holdout.hit_rate, "hit_rate_of_best_sellers": holdout.best_seller_hit_rate}
    for level, rows in table.groupby("level"):
        is_all = rows["scope_type"] == ALL
        values[f"{level}_baskets"] = rows.loc[is_all, "baskets"].sum()
        values[f"{level}_rules"] = rows.loc[is_all, "rules"].sum()
        values[f"{level}_rules_of_scopes"] = rows.loc[~is_all, "rules"].sum()
        tested = rows.loc[is_all, "tested"].sum()
        if tested:
            values[f"{level}_share_replicated"] = rows.loc[is_all, "replicated"].sum() / tested
    return values


def describe_run(result: MiningResult, table: pd.DataFrame, settings: MiningSettings, *, run_date: date) -> str:
    """The description of the run in MLflow, in Markdown.

    Args:
        result: of the run.
        table: `summarize_scopes`.
        settings: of the run.
        run_date: last day that was known.
    """
    holdout = result.holdout
    lines = [
        f"**Association rules from the baskets of {settings.window_days} days up to {run_date}.** The last "
        f"{settings.holdout_days} days are the holdout period: a rule is replicated when the 95 % interval of its "
        "lift is above 1 there too.",
        "",
        f"Rules have a confidence of at least {settings.min_confidence:.0%}, are more confident than every shorter "
        f"rule, and at most {settings.max_false_discovery_rate:.0%} of a scope's rules are chance findings (Fisher's "
        "exact test, Benjamini-Hochberg).",
        "",
        _levels_table(table, settings),
        "",
        f"**Scorer.** {holdout.sentence()}." if holdout else "**Scorer.** No holdout baskets to evaluate it on.",
    ]
    for level, rules in result.overall_rules.groupby("level"):
        lines += ["", f"Replicated rules of {level} with the largest leverage:", ""]
        lines.append(strongest_rules(rules, result.product_labels))
    return "\n".join(lines)


def strongest_rules(rules: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The replicated rules with the largest leverage, as a Markdown table: those that affect most baskets."""
    is_replicated = rules["is_replicated"].astype("boolean").fillna(False)
    top = rules[is_replicated].nlargest(MAX_RULES, "leverage")
    return markdown_table(
        pd.DataFrame(
            {
                "baskets with": [" + ".join(names.get(item, item) for item in items) for items in top["antecedent"]],
                "also hold": [names.get(item, item) for item in top["consequent"]],
                "confidence": top["confidence"].to_numpy(float),
                "lift (95 %)": [
                    f"{row.lift:.2f} ({row.lift_low:.2f} to {row.lift_high:.2f})" for row in top.itertuples()
                ],
                "holdout lift": top["holdout_lift"].to_numpy(float),
                "baskets": top["count"].to_numpy(int),
            }
        ),
        formats={"confidence": ".0%", "holdout lift": ".2f", "baskets": ","},
    )


def _levels_table(table: pd.DataFrame, settings: MiningSettings) -> str:
    rows = []
    for row in table[table["scope_type"] == ALL].to_dict("records"):
        scopes = table[(table["level"] == row["level"]) & (table["scope_type"] != ALL)]
        counts = {name: row[name] for name in ("baskets", "truncated", "rules", "tested", "replicated")}
        in_scopes = f"{scopes['rules'].sum():,} in {len(scopes)}"
        rows.append(
            {"level": row["level"], "minimum support": settings.min_support[row["level"]]}
            | counts
            | {"rules of segments, stores, channels": in_scopes}
        )
    formats = {"minimum support": ".2%"} | dict.fromkeys(("baskets", "truncated", "rules", "tested", "replicated"), ",")
    return markdown_table(pd.DataFrame(rows), formats=formats)
