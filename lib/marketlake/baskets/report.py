"""What a reviewer reads of mined rules: the scopes, how many rules hold, and the strongest of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from marketlake.baskets.holdout import Trial
from marketlake.baskets.mining import SCOPE
from marketlake.baskets.settings import Mining

SHOWN = 15  # rules of a level on the page


def summary(scopes: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """A row a scope that was mined.

    Args:
        scopes: `members.sizes`.
        found: gold.association_rules of the run date.

    Returns:
        level, dimension, member, baskets, next_baskets, cut, rules, tried (rules whose items were bought in the next
        period), hold; sorted, the scope of all customers first.
    """
    of_scope = found.assign(holds=found["holds"].astype("boolean")).groupby(list(SCOPE))
    counts = of_scope.agg(rules=("consequent", "size"), tried=("holds", "count"), hold=("holds", "sum")).reset_index()
    every = scopes.drop(columns="items").merge(counts, on=list(SCOPE), how="left")
    every[["rules", "tried", "hold"]] = every[["rules", "tried", "hold"]].astype("Int64").fillna(0).astype(int)
    first = every["dimension"].map({"all": 0, "segment": 1, "store": 2, "channel": 3})
    return every.assign(_first=first).sort_values(["level", "_first", "member"]).drop(columns="_first")


def sentences(table: pd.DataFrame) -> list[str]:
    """How many rules there are at each level, and hold."""
    of_all = table[table["dimension"] == "all"]
    return [
        f"{row.level}: {row.rules:,} rules of {row.baskets:,} baskets, of {row.tried:,} tried {row.hold:,} hold"
        for row in of_all.itertuples()
    ]


def metrics(table: pd.DataFrame, trial: Trial | None) -> dict[str, float]:
    """What the scorer is worth; and of each level baskets, rules, the share that holds, and rules of other scopes."""
    values = {"hit_rate": trial.hit_rate, "hit_rate_of_best_sellers": trial.best_sellers} if trial else {}
    for level, rows in table.groupby("level"):
        is_all = rows["dimension"] == "all"
        values[f"{level}_baskets"] = rows.loc[is_all, "baskets"].sum()
        values[f"{level}_rules"] = rows.loc[is_all, "rules"].sum()
        values[f"{level}_rules_of_parts"] = rows.loc[~is_all, "rules"].sum()
        tried = rows.loc[is_all, "tried"].sum()
        if tried:
            values[f"{level}_share_holding"] = rows.loc[is_all, "hold"].sum() / tried
    return values


def description(
    table: pd.DataFrame,
    found: pd.DataFrame,
    trial: Trial | None,
    settings: Mining,
    *,
    run_date: date,
    names: Mapping[str, str],
) -> str:
    """The description of the run in MLflow.

    Args:
        table: `summary`.
        found: rules of all customers.
        trial: of the scorer.
        settings: of the run.
        run_date: last day that was known.
        names: what is written for an item, where that is not the item itself.
    """
    of_all = table[table["dimension"] == "all"]
    lines = [
        f"**Rules of the baskets of {settings.window_days} days up to {run_date}**; the last "
        f"{settings.holdout_days} days are the next period, in which each rule was "
        "tried: it holds when its lift's 95 % interval is above 1 there.",
        "",
        f"Kept are rules with confidence from {settings.min_confidence:.0%} that say more than a shorter one, with "
        f"at most {settings.significance:.0%} chance finds (Fisher's exact test, Benjamini-Hochberg over a scope).",
        "",
        "| level | least support | baskets | cut | rules | tried | hold | rules of segments, stores, channels |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in of_all.itertuples():
        parts = table[(table["level"] == row.level) & (table["dimension"] != "all")]
        lines.append(
            f"| {row.level} | {settings.support[row.level]:.2%} | {row.baskets:,} | {row.cut:,} | {row.rules:,} | "
            f"{row.tried:,} | {row.hold:,} | {parts['rules'].sum():,} in {len(parts)} |"
        )
    lines += ["", f"**Scorer.** {trial.sentence()}." if trial else "No basket of the next period to try the scorer on."]
    for level, rules in found.groupby("level"):
        lines += ["", *strongest(rules, str(level), names)]
    return "\n".join(lines)


def strongest(rules: pd.DataFrame, level: str, names: Mapping[str, str]) -> list[str]:
    """The rules of a level that hold with the largest leverage: what most baskets would notice."""
    best = rules[rules["holds"].astype("boolean").fillna(False)].nlargest(SHOWN, "leverage")
    lines = [
        f"Of {level}, by leverage, of those that hold:",
        "",
        "| who buys | buys too | confidence | lift (95 %) | next period's lift | baskets |",
        "|---|---|---|---|---|---|",
    ]
    for row in best.itertuples():
        antecedent = " + ".join(names.get(item, item) for item in row.antecedent)
        consequent = names.get(row.consequent, row.consequent)
        lines.append(
            f"| {antecedent} | {consequent} | {row.confidence:.0%} | {row.lift:.2f} ({row.lift_low:.2f} to "
            f"{row.lift_high:.2f}) | {row.next_lift:.2f} | {row.count:,} |"
        )
    return lines
