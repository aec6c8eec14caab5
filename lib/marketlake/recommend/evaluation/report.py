"""The report of a trained recommender: metrics by name, tables, and the description of its run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from marketlake.evaluation.promotion import PromotionDecision
from marketlake.recommend.evaluation import plots
from marketlake.recommend.evaluation.backtest_result import BacktestResult
from marketlake.recommend.evaluation.baselines import BLEND, EVERYDAY_LIST, OWN_FREQUENCY
from marketlake.recommend.evaluation.holdout import HoldoutPurchases
from marketlake.recommend.evaluation.metrics import beyond_accuracy, find_hits
from marketlake.recommend.evaluation.offline_evaluation import HEADLINE, TARGETS, Evaluation
from marketlake.recommend.methods.method import FittedState
from marketlake.reporting.markdown import markdown_table

SHOWN = 10  # places of a list that are looked at
LOGGED = ("ndcg", "precision", "recall", "hit_rate")
OURS = (BLEND, EVERYDAY_LIST)  # all other methods are logged under `others/`


@dataclass(frozen=True)
class Report:
    """Everything that a reviewer decides by.

    Attributes:
        metrics: name -> value.
        draw_figures: makes the figures by name.
        tables: name -> table.
        description: of the run, in Markdown.
    """

    metrics: dict[str, float]
    draw_figures: Callable[[], dict[str, Figure]]
    tables: dict[str, pd.DataFrame]
    description: str


def build_report(result: BacktestResult, decision: PromotionDecision, *, days: int) -> Report:
    """The report of a backtest.

    Args:
        result: of the backtest.
        decision: of the promotion rule.
        days: of a period.
    """
    day, table = result.day, result.evaluation.table()
    improvement = improvements(result.evaluation)
    others = beyond_accuracy_table(result.evaluation, day.purchases, day.state)
    title = f"Recommender trained up to {day.as_of - timedelta(days=1)}, evaluated on the {days} days after it"
    return Report(
        headline_metrics(table),
        lambda: {
            "methods": plots.methods_figure(table, title, highlight=BLEND),
            "depths": plots.depths_figure(table, title, [BLEND, decision.baseline, "ALS", "popularity"]),
            "calibration": plots.candidates_calibration_figure(result.probability, day.is_bought),
        },
        {"evaluation": table, "improvements": improvement, "beyond_accuracy": others, "groups": result.groups},
        run_description(result, decision, table, improvement, others, days=days),
    )


def headline_metrics(table: pd.DataFrame) -> dict[str, float]:
    """The headline metrics of `Evaluation.table` by name.

    `blend_ndcg_10_all` and `everyday_list_ndcg_10_all` come first, since MLflow shows metrics in the order of their
    logging; those of other methods are named `others/als_ndcg_10_all`. All metrics are in the table, which is an
    artifact of the run.
    """
    shown = table[table["metric"].isin(LOGGED) & (table["k"] == SHOWN) & np.isfinite(table["mean"])]
    place = shown["method"].map({method: place for place, method in enumerate(OURS)}).fillna(len(OURS))
    shown = shown.iloc[np.argsort(place, kind="stable")]
    found = {}
    for row in shown.itertuples(index=False):
        folder = "" if row.method in OURS else "others/"
        found[f"{folder}{slug(row.method)}_{row.metric}_{row.k}_{row.target}"] = float(row.mean)
    return found


def slug(title: str) -> str:
    """A method's title as part of a metric's name."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.lower()).split()
    return "_".join(words)


def improvements(evaluation: Evaluation) -> pd.DataFrame:
    """method, target, improvement, low, high: the blend's nDCG@10 less that of each other method, on the same
    customers, with its 95 % interval."""
    others = [(method, target) for method, target in evaluation.scores if method != BLEND]
    rows = [(method, target, *evaluation.improvement(BLEND, method, target)) for method, target in others]
    return pd.DataFrame(rows, columns=["method", "target", "improvement", "low", "high"])


def beyond_accuracy_table(evaluation: Evaluation, bought: HoldoutPurchases, state: FittedState) -> pd.DataFrame:
    """method, coverage, diversity, novelty (bits), serendipity of the first ten places of lists for all purchases."""
    relevant = np.column_stack([bought.row, bought.item])
    rows = []
    for (method, target), lists in evaluation.lists.items():
        if target == "all":
            first = lists[:, :SHOWN]
            hit = find_hits(first, relevant, bought.items)
            rows.append({"method": method, **beyond_accuracy(first, hit, state.catalogue, state.customers)})
    return pd.DataFrame(rows)


def run_description(
    result: BacktestResult,
    decision: PromotionDecision,
    table: pd.DataFrame,
    improvement: pd.DataFrame,
    others: pd.DataFrame,
    *,
    days: int,
) -> str:
    """The description of the run in MLflow: promotion, split, customers, methods, everyday list, groups.

    Args:
        result: of the backtest.
        decision: of the promotion rule.
        table: `Evaluation.table`.
        improvement: `improvements`.
        others: `beyond_accuracy_table`.
        days: of a period.
    """
    is_known, last_day = result.day.purchases.is_known, result.day.as_of - timedelta(days=1)
    periods = len(result.ranker.periods)
    warm, cold = int(is_known.sum()), int((~is_known).sum())
    metric, k = HEADLINE
    rows = table[(table["metric"] == metric) & (table["k"] == k)]
    parts = [
        f"**{decision.reason}.**",
        f"Known up to {last_day}, evaluated on purchases of the {days} days after it; the ranker was trained on "
        f"{periods} {'period' if periods == 1 else 'periods'} of {days} days before. Customers who bought in the "
        f"period: {warm + cold:,}, of them {warm:,} known before (warm) and {cold:,} not (cold: the blend gives them "
        "fallback lists; a method that has none for them counts as zero). The registered model was then trained on all "
        "days.",
        describe_everyday_list(result),
        f"{metric}@{k}, mean and 95 % bootstrap interval over customers:",
        _by_target(rows, "mean", highlight=BLEND),
        "Improvement of the blend on the same customers, with its 95 % interval:",
        _by_target(improvement, "improvement", sign="+"),
        f"{metric}@{k} by group of customers, all purchases:",
        markdown_table(result.groups),
        f"Beyond accuracy, first {SHOWN} places:",
        markdown_table(others.rename(columns={"novelty": "novelty (bits)"})),
    ]
    return "\n\n".join(parts)


def describe_everyday_list(result: BacktestResult) -> str:
    """nDCG@10 of the everyday list beside the blend's and own frequency's, with the reason for the mix."""
    means = {
        method: float(result.evaluation.score(method, "all").mean()) for method in (EVERYDAY_LIST, BLEND, OWN_FREQUENCY)
    }
    lists = result.everyday
    return (
        f"The everyday list as customers get it ({lists.length - lists.explore_slots} repeat slots, "
        f"{lists.explore_slots} for new products, diversity {lists.diversity:g}) has nDCG@10 "
        f"{means[EVERYDAY_LIST]:.4f} over all purchases; the blend without slots {means[BLEND]:.4f}, own frequency "
        f"{means[OWN_FREQUENCY]:.4f}. "
        "The list gives up hits on purpose: most purchases are repeats, which customers would make without a "
        "recommendation, and only the slots for new products show them something that they do not know."
    )


def _by_target(frame: pd.DataFrame, value: str, *, highlight: str = "", sign: str = "") -> str:
    """A row a method, best first, a column a target: a value, and its interval."""
    found = {(row["method"], row["target"]): row for row in frame.to_dict("records")}
    order = frame[frame["target"] == TARGETS[0]].sort_values(value, ascending=value == "improvement")["method"]
    rows = []
    for method in order:
        cells = {
            target: f"{row[value]:{sign}.4f} ({row['low']:{sign}.4f} to {row['high']:{sign}.4f})"
            if (row := found.get((method, target)))
            else ""
            for target in TARGETS
        }
        rows.append({"method": f"**{method}**" if method == highlight else method, **cells})
    return markdown_table(pd.DataFrame(rows, columns=["method", *TARGETS]))
