"""What a reviewer reads of a trained recommender: metrics by name, and the page of its run."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from marketlake.recommend.baselines import BLEND
from marketlake.recommend.beyond import of_lists
from marketlake.recommend.candidates import Knowledge
from marketlake.recommend.evaluation import HEADLINE, TARGETS, Evaluation, Period
from marketlake.recommend.gate import Decision
from marketlake.recommend.metrics import hits

SHOWN = 10  # places of a list that the measures beyond accuracy look at


def metrics(table: pd.DataFrame) -> dict[str, float]:
    """`<method>_<metric>_<k>_<target>` -> mean, of `Evaluation.table`; names as MLflow allows them."""
    return {
        f"{slug(row.method)}_{row.metric}_{row.k}_{row.target}": float(row.mean)
        for row in table.itertuples(index=False)
        if np.isfinite(row.mean)
    }


def slug(name: str) -> str:
    """A method's name as part of a metric's."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return "_".join(words)


def beyond(result: Evaluation, judged: Period, knowledge: Knowledge) -> pd.DataFrame:
    """method, coverage, diversity, novelty (bits), serendipity of the first ten places of lists for all purchases."""
    relevant = np.column_stack([judged.row, judged.item])
    rows = []
    for (method, target), found in result.lists.items():
        if target == "all":
            first = found[:, :SHOWN]
            hit = hits(first, relevant, judged.items)
            rows.append({"method": method, **of_lists(first, hit, knowledge.catalogue, knowledge.customers)})
    return pd.DataFrame(rows)


def card(
    table: pd.DataFrame, others: pd.DataFrame, judged: Period, decision: Decision, *, known_until: date, days: int
) -> str:
    """The description of the run in MLflow: data, split, who is counted, methods, gate."""
    warm, cold = int(judged.is_known.sum()), int((~judged.is_known).sum())
    metric, k = HEADLINE
    rows = table[(table["metric"] == metric) & (table["k"] == k)]
    lines = [
        f"**{decision.reason}.**",
        "",
        f"Known up to {known_until}, judged on purchases of the {days} days after it; the ranker learnt from the "
        f"{days} days before. Customers who bought in the period: {warm + cold:,}, of them {warm:,} known before "
        f"(warm) and {cold:,} not (cold: they have no list here and count as zero). The registered model then learnt "
        "from all days.",
        "",
        f"{metric}@{k}, mean and 95 % bootstrap interval over customers:",
        "",
        "| method | " + " | ".join(TARGETS) + " |",
        "|---|" + "---|" * len(TARGETS),
    ]
    found = {(row.method, row.target): row for row in rows.itertuples(index=False)}
    means = rows[rows["target"] == "all"].sort_values("mean", ascending=False)
    for method in means["method"]:
        cells = [_cell(found.get((method, target))) for target in TARGETS]
        name = f"**{method}**" if method == BLEND else method
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [
        "",
        f"Beyond accuracy, first {SHOWN} places:",
        "",
        "| method | coverage | diversity | novelty (bits) | serendipity |",
        "|---|---|---|---|---|",
    ]
    for row in others.itertuples(index=False):
        lines.append(
            f"| {row.method} | {row.coverage:.4f} | {row.diversity:.3f} | {row.novelty:.2f} | {row.serendipity:.4f} |"
        )
    return "\n".join(lines)


def _cell(row: Any) -> str:
    return "" if row is None else f"{row.mean:.4f} ({row.low:.4f} to {row.high:.4f})"
