"""What a reviewer reads of a trained recommender: metrics by name, and the page of its run."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd

from marketlake.evaluation.promotion import PromotionDecision
from marketlake.recommend.evaluation.baselines import BLEND
from marketlake.recommend.evaluation.beyond_accuracy import of_lists
from marketlake.recommend.evaluation.evaluation import HEADLINE, TARGETS, Evaluation, Period
from marketlake.recommend.evaluation.holdout import Judged
from marketlake.recommend.evaluation.metrics import hits
from marketlake.recommend.methods.method import FittedState

SHOWN = 10  # places of a list that are looked at
LOGGED = ("ndcg", "precision", "recall", "hit_rate")


def metrics(table: pd.DataFrame) -> dict[str, float]:
    """The headline metrics of `Evaluation.table` by name: `blend_ndcg_10_all`, and of other methods `others/als_...`.

    The blend's come first, since MLflow shows metrics in the order in which they were logged. The rest is in the table,
    which is an artifact of the run.
    """
    shown = table[table["metric"].isin(LOGGED) & (table["k"] == SHOWN) & np.isfinite(table["mean"])]
    shown = shown.iloc[np.argsort(shown["method"] != BLEND, kind="stable")]
    return {
        f"{'' if row.method == BLEND else 'others/'}{slug(row.method)}_{row.metric}_{row.k}_{row.target}": float(
            row.mean
        )
        for row in shown.itertuples(index=False)
    }


def slug(name: str) -> str:
    """A method's name as part of a metric's."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return "_".join(words)


def leads(result: Evaluation) -> pd.DataFrame:
    """method, target, lead, low, high: how much higher the blend's nDCG@10 is than each other method's, and its 95 %
    interval over the same customers."""
    others = [(method, target) for method, target in result.scores if method != BLEND]
    rows = [(method, target, *result.lead(BLEND, method, target)) for method, target in others]
    return pd.DataFrame(rows, columns=["method", "target", "lead", "low", "high"])


def beyond(result: Evaluation, judged: Period, state: FittedState) -> pd.DataFrame:
    """method, coverage, diversity, novelty (bits), serendipity of the first ten places of lists for all purchases."""
    relevant = np.column_stack([judged.row, judged.item])
    rows = []
    for (method, target), found in result.lists.items():
        if target == "all":
            first = found[:, :SHOWN]
            hit = hits(first, relevant, judged.items)
            rows.append({"method": method, **of_lists(first, hit, state.catalogue, state.customers)})
    return pd.DataFrame(rows)


def description(
    judged: Judged,
    decision: PromotionDecision,
    table: pd.DataFrame,
    lead_over: pd.DataFrame,
    others: pd.DataFrame,
    *,
    days: int,
) -> str:
    """The description of the run in MLflow: data, split, who is counted, methods, groups of customers, gate.

    Args:
        judged: what became of the lists.
        decision: of the gate.
        table: `Evaluation.table`.
        lead_over: `leads`.
        others: `beyond`.
        days: of a period.
    """
    is_known, known_until = judged.day.after.is_known, judged.day.as_of - timedelta(days=1)
    taught = len(judged.ranker.periods)
    warm, cold = int(is_known.sum()), int((~is_known).sum())
    metric, k = HEADLINE
    rows = table[(table["metric"] == metric) & (table["k"] == k)]
    lines = [
        f"**{decision.reason}.**",
        "",
        f"Known up to {known_until}, judged on purchases of the {days} days after it; the ranker learnt from {taught} "
        f"{'period' if taught == 1 else 'periods'} of {days} days before. Customers who bought in the period: "
        f"{warm + cold:,}, of them {warm:,} known before (warm) and {cold:,} not (cold: under the blend they have the "
        "ladder's lists; a method that has none for them counts as zero). The registered model then learnt from all "
        "days.",
        "",
        f"{metric}@{k}, mean and 95 % bootstrap interval over customers:",
        "",
        *_by_target(rows, "mean", winner=BLEND),
        "",
        "How much higher the blend is on the same customers, and the 95 % interval of that:",
        "",
        *_by_target(lead_over, "lead", sign="+"),
    ]
    lines += ["", f"{metric}@{k} by group of customers, all purchases:", "", *_markdown(judged.of_groups)]
    lines += [
        "",
        f"Beyond accuracy, first {SHOWN} places:",
        "",
        *_markdown(others.rename(columns={"novelty": "novelty (bits)"})),
    ]
    return "\n".join(lines)


def _markdown(frame: pd.DataFrame) -> list[str]:
    """The rows of a small table."""
    lines = ["| " + " | ".join(frame.columns) + " |", "|---" * len(frame.columns) + "|"]
    for row in frame.itertuples(index=False):
        lines.append("| " + " | ".join(f"{cell:.4f}" if isinstance(cell, float) else f"{cell}" for cell in row) + " |")
    return lines


def _by_target(frame: pd.DataFrame, value: str, *, winner: str = "", sign: str = "") -> list[str]:
    """A row a method, best first, a column a target: a value, and its interval."""
    lines = ["| method | " + " | ".join(TARGETS) + " |", "|---|" + "---|" * len(TARGETS)]
    found = {(row["method"], row["target"]): row for row in frame.to_dict("records")}
    order = frame[frame["target"] == TARGETS[0]].sort_values(value, ascending=value == "lead")["method"]
    for method in order:
        cells = [
            f"{row[value]:{sign}.4f} ({row['low']:{sign}.4f} to {row['high']:{sign}.4f})"
            if (row := found.get((method, target)))
            else ""
            for target in TARGETS
        ]
        lines.append(f"| {f'**{method}**' if method == winner else method} | " + " | ".join(cells) + " |")
    return lines
