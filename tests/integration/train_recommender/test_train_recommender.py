"""The recommender on a small lake of customers with cycles: trained, judged, let through the gate, and tuned."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import mlflow
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import functions as F
from tests.helpers.periodic_shop import ASKED, CUSTOMERS, FIRST_DAY, LAST_DAY, SMALL
from tests.helpers.small_shop import Shop

import recommend_products
import train_recommender
import tune_recommender
from marketlake.recommend.settings import TrainingSettings
from marketlake.tables.orders import ORDER_LINES


def test_the_challenger_beat_own_frequency_and_is_champion(trained: Shop) -> None:
    (version,) = trained.rows("ops.model_versions")
    assert version["is_promoted"], version["reason"]
    assert version["baseline"] == "own frequency"
    assert version["value"] > version["baseline_value"]
    context = trained.context(recommend_products.JOB, LAST_DAY)
    champion, service = context.models.champion(train_recommender.MODEL)
    assert champion == version["version"]
    # The judged one and two before it, of four: before the others fewer than 90 days are known.
    assert len(service.model.ranker.periods) == 3


def test_a_worse_recipe_is_held_back_by_the_champions(trained: Shop, tmp_path: Path) -> None:
    """One tree of two leaves is worse than 25 trees."""
    shop = trained.copy_to(tmp_path)
    outcome = shop.run(train_recommender.JOB, LAST_DAY, *SMALL, "jobs.train_recommender.ranker={trees: 1, leaves: 2}")
    assert outcome["exit_code"] == 0, outcome["cause"]
    first, second = sorted(shop.rows("ops.model_versions"), key=lambda row: row["version"])
    assert "champion's recipe" not in first["reason"]
    assert not second["is_promoted"]
    assert "against the champion's recipe: difference -" in second["reason"]
    models = shop.context(recommend_products.JOB, LAST_DAY).models
    assert models.champion(train_recommender.MODEL).version == first["version"]
    recipe = models.champion_recipe(train_recommender.MODEL)
    assert recipe is not None
    assert TrainingSettings.model_validate_json(recipe).ranker.trees == 25


def test_the_run_has_the_improvements_and_the_model_of_mllib(trained: Shop) -> None:
    context = trained.context(train_recommender.JOB, LAST_DAY)
    mlflow.set_tracking_uri(context.tracker.uri)
    run = mlflow.get_run(trained.rows("ops.model_versions")[0]["mlflow_run_id"])
    assert re.search(r"\| own frequency \| \+0\.\d{4} \(\+0\.\d{4} to ", run.data.tags["mlflow.note.content"])
    everyday = run.data.metrics["everyday_list_ndcg_10_all"]
    assert run.data.metrics["others/random_ndcg_10_all"] < everyday <= run.data.metrics["blend_ndcg_10_all"]
    assert f"nDCG@10 {everyday:.4f} over all purchases" in run.data.tags["mlflow.note.content"]
    als = ALSModel.load(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="als"))
    assert (als.rank, als.uid) == (4, "ALS_warm")  # from the factors of the period before
    assert als.userFactors.count() == CUSTOMERS + 1  # and `past`
    shared = Path(str(trained.spark.conf.get("spark.checkpoint.dir")))
    assert not list(shared.glob("*/metadata"))


def test_a_segment_of_an_unknown_column_is_a_wrong_setting(trained: Shop) -> None:
    outcome = trained.run(
        train_recommender.JOB, LAST_DAY, *SMALL, "jobs.train_recommender.fallback.columns=[shoe_size]"
    )
    assert (outcome["exit_code"], "shoe_size" in outcome["cause"]) == (2, True)


def test_too_few_days_are_too_few(trained: Shop) -> None:
    outcome = trained.run(train_recommender.JOB, FIRST_DAY + timedelta(days=20), *SMALL)
    assert outcome["exit_code"] == 3
    assert "more than 28 days" in outcome["advice"]


SPACE = "{trials: 4, rank: [2, 4], reg: [0.1], alpha: [1, 4], iterations: [3], half_life_days: [60, 180]}"
SEARCH = (*SMALL, f"jobs.tune_recommender={SPACE}")


def searched(shop: Shop) -> tuple[Any, Any]:
    """The newest search in MLflow, and its trials."""
    mlflow.set_tracking_uri(shop.context(tune_recommender.JOB, LAST_DAY).tracker.uri)
    runs = mlflow.search_runs(experiment_names=["marketlake/tune_recommender"], order_by=["start_time desc"])
    parent = runs[runs["tags.mlflow.parentRunId"].isna()].iloc[0]
    return parent, runs[runs["tags.mlflow.parentRunId"] == parent.run_id]


def test_a_search_ends_alike_in_every_run_and_whatever_is_bought_in_the_weeks_that_judge(
    trained: Shop, tmp_path: Path
) -> None:
    shop = trained.copy_to(tmp_path)
    judged_from = LAST_DAY - timedelta(days=13)
    found = []
    for _ in range(2):
        outcome = shop.run(tune_recommender.JOB, LAST_DAY, *SEARCH)
        assert (outcome["exit_code"], outcome["rows_out"]) == (0, {}), outcome["cause"]
        parent, trials = searched(shop)
        found.append(dict(zip(trials["tags.mlflow.runName"], trials["metrics.ndcg_10_explore"], strict=True)))
        lake = shop.context(tune_recommender.JOB, LAST_DAY).lake
        lake.delta(ORDER_LINES.name).delete(F.col("order_date") >= F.lit(judged_from))
    assert found[0] == found[1]
    assert len(found[0]) == 4
    assert "rank 4, reg 0.02, alpha 2, iterations 3, half_life_days 180" in found[0]  # as the training has them
    assert parent["params.validation_from"] == str(judged_from - timedelta(days=14))
    assert parent["metrics.ndcg_10_explore"] == max(found[0].values())
    files = {item.path for item in mlflow.artifacts.list_artifacts(run_id=parent.run_id)}
    assert files == {"trials.csv", "trials.png"}


def test_too_few_days_to_search_are_too_few(trained: Shop) -> None:
    outcome = trained.run(tune_recommender.JOB, FIRST_DAY + timedelta(days=20), *SEARCH)
    assert outcome["exit_code"] == 3
    assert "more than 28 days" in outcome["advice"]


def test_a_run_again_ends_in_the_same_lists_and_numbers(trained: Shop, tmp_path: Path) -> None:
    """But for the version of the model, which is a new one."""

    def contents(shop: Shop) -> list[list[dict[str, Any]]]:
        return [shop.rows("gold.recommendations", "model"), shop.rows("ops.integer_ids")]

    shop = trained.copy_to(tmp_path)
    before = contents(shop)
    for job, settings in ((train_recommender.JOB, SMALL), (recommend_products.JOB, ASKED)):
        outcome = shop.run(job, LAST_DAY, *settings, "jobs.recommend_products.model=marketlake_recommender")
        assert outcome["exit_code"] == 0, outcome["cause"]
    assert contents(shop) == before


def test_the_model_recommends_without_spark(trained: Shop, tmp_path: Path) -> None:
    """In a process that cannot import pyspark, from MLflow's store alone."""
    config = trained.config()
    version = trained.rows("ops.model_versions")[0]["version"]
    program = f"""
import sys
sys.modules["pyspark"] = None
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///{config.path("var/mlflow.db")}")
model = mlflow.pyfunc.load_model("models:/marketlake_recommender/{version}")
bought = pd.DataFrame({{"customer_id": ["new"] * 3, "product_id": ["p04", "p04", "p07"], "age_days": [30, 60, 2]}})
lists = model.predict(bought)
unknown = model.predict(pd.DataFrame({{"customer_id": ["nobody"], "product_id": [None], "age_days": [0]}}))
assert unknown["list_type"].tolist() == ["popular"] * 10, unknown
print(",".join(lists["list_type"]), lists["rank"].tolist() == list(range(1, 11)), lists["product_id"].nunique())
both = model.predict(
    pd.DataFrame({{"customer_id": ["nobody", "new"], "product_id": [None, "p04"], "age_days": [0, 30]}}),
    params={{"length": 4, "explore_slots": 3}},
)
heads = both.groupby("customer_id")["list_type"].agg(list)
assert heads["nobody"] == ["popular"] * 4, heads
assert sorted(heads["new"]) == ["explore"] * 3 + ["repeat"], heads
assert "age_days" in str(model.metadata.signature)
"""
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    heads, ranks, products = done.stdout.splitlines()[-1].split()
    assert (heads.count("repeat"), heads.count("explore"), ranks, products) == (2, 8, "True", "10")
