"""The recommender on a small lake of customers with cycles: trained, let through, and asked for lists."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import mlflow
import pytest
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from shop import Shop

import recommend_products
import train_recommender
import tune_recommender
from marketlake.recommend.settings import Learning
from marketlake.tables.identity import CONSENTS, PRIVACY_REQUESTS
from marketlake.tables.market import STOCK
from marketlake.tables.silver import CUSTOMERS as CUSTOMERS_TABLE
from marketlake.tables.silver import ORDER_LINES, PRODUCTS

FIRST_DAY, LAST_DAY = date(2025, 1, 1), date(2025, 5, 20)
CUSTOMERS, CYCLES, RARE = 60, 40, 40
SMALL = (
    "jobs.train_recommender.period_days=14",
    "jobs.train_recommender.als={rank: 4, iterations: 3}",
    "jobs.train_recommender.ranker={trees: 25}",
    "jobs.train_recommender.segments={columns: [age_band], least_customers: 5}",
)
ASKED = ("jobs.recommend_products.length=6", "jobs.recommend_products.explore_places=2")


def cycles() -> list[dict[int, tuple[int, int]]]:
    """Of each customer twelve products that she buys by the clock: every so many days, first on a day."""
    chance = random.Random(7)
    return [
        {product: (chance.randint(20, 40), chance.randint(0, 39)) for product in chance.sample(range(CYCLES), 12)}
        for _ in range(CUSTOMERS)
    ]


def lines() -> list[tuple[Any, ...]]:
    """silver.order_lines: what is bought by the clock, and now and then something by chance.

    How often says little of the next fortnight; how long ago says all: a ranker can be better than own frequency.
    """
    chance = random.Random(11)
    rows = []
    for customer, cycle in enumerate(cycles()):
        for day in range((LAST_DAY - FIRST_DAY).days + 1):
            bought = {product for product, (gap, start) in cycle.items() if day % gap == start % gap}
            if chance.random() < 0.2:
                bought.add(CYCLES + min(int(chance.expovariate(0.1)), RARE - 1))
            when = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), timezone.utc)
            for product in sorted(bought):
                price = Decimal(chance.randint(100, 900)) / 100
                rows.append((
                    f"o{customer}-{day}", f"{product}", f"c{customer:02}", "s1", f"p{product:02}", when, when.date(), 1,
                    price, Decimal(0), price, Decimal(0), [], when, "test",
                ))  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def trained(bare: Shop, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A lake with purchases, a product out of stock, one that ended, a customer who objected, and a champion.

    Twenty customers are 19-24. `new young`, `new` and `new objected` never bought, `past` only a product that ended.
    """
    shop = bare.copy_to(tmp_path_factory.mktemp("habits"))
    context = shop.context(train_recommender.JOB, LAST_DAY)
    bought = lines()
    past = list(next(row for row in bought if row[4] == "p01"))
    past[0], past[2] = "o past", "past"
    context.merge(ORDER_LINES, spark.createDataFrame([*bought, tuple(past)], ORDER_LINES.schema))
    now = datetime(2025, 5, 1, tzinfo=timezone.utc)
    ages = {f"c{n:02}": "19-24" for n in range(20)} | {"new young": "19-24", "new": None, "new objected": "19-24"}
    people = [(name, age, None, None, None, None, None, None, now, "test") for name, age in ages.items()]
    context.merge(CUSTOMERS_TABLE, spark.createDataFrame(people, CUSTOMERS_TABLE.schema))
    said = [("c01", True), ("c02", False), ("new", True)]
    consents = [(name, "marketing", "email", granted, now, now, "test") for name, granted in said]
    context.merge(CONSENTS, spark.createDataFrame(consents, CONSENTS.schema))
    products = [
        (f"p{n:02}", None, "Food", f"type {n % 9}", None, None, None, None, None, None, LAST_DAY - timedelta(days=1)
         if n == 1 else None, now, "test") for n in range(CYCLES + RARE)
    ]  # fmt: skip
    context.merge(PRODUCTS, spark.createDataFrame(products, PRODUCTS.schema))
    stock = [("p02", "s1", LAST_DAY, 0, now, "test"), ("p03", "s1", LAST_DAY, 4, now, "test")]
    context.merge(STOCK, spark.createDataFrame(stock, STOCK.schema))
    refused = [("r1", "c05", "objection", now, now, "test"), ("r2", "c06", "access", now, now, "test")]
    refused.append(("r3", "new objected", "erasure", now, now, "test"))
    context.merge(PRIVACY_REQUESTS, spark.createDataFrame(refused, PRIVACY_REQUESTS.schema))
    outcome = shop.run(train_recommender.JOB, LAST_DAY, *SMALL)
    assert outcome["exit_code"] == 0, outcome["cause"]
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED)
    assert outcome["exit_code"] == 0, outcome["cause"]
    return shop


def test_the_challenger_beat_own_frequency_and_is_champion(trained: Shop) -> None:
    (version,) = trained.rows("ops.model_versions")
    assert version["is_promoted"], version["reason"]
    assert version["baseline"] == "own frequency"
    assert version["value"] > version["baseline_value"]
    context = trained.context(recommend_products.JOB, LAST_DAY)
    assert context.registry.champion(train_recommender.MODEL, LAST_DAY)[0] == version["version"]


def test_a_worse_recipe_is_held_back_by_the_champions(trained: Shop, tmp_path: Path) -> None:
    """One tree of two leaves is worse than 25 trees."""
    shop = trained.copy_to(tmp_path)
    outcome = shop.run(train_recommender.JOB, LAST_DAY, *SMALL, "jobs.train_recommender.ranker={trees: 1, leaves: 2}")
    assert outcome["exit_code"] == 0, outcome["cause"]
    first, second = sorted(shop.rows("ops.model_versions"), key=lambda row: row["version"])
    assert "champion's recipe" not in first["reason"]
    assert not second["is_promoted"]
    assert "against the champion's recipe: difference -" in second["reason"]
    registry = shop.context(recommend_products.JOB, LAST_DAY).registry
    assert registry.champion(train_recommender.MODEL, LAST_DAY)[0] == first["version"]
    tags = registry.champion_tags(train_recommender.MODEL, LAST_DAY)
    assert tags is not None
    assert Learning.model_validate_json(tags["settings"]).ranker.trees == 25


def test_the_run_has_the_leads_and_the_model_of_mllib(trained: Shop) -> None:
    context = trained.context(train_recommender.JOB, LAST_DAY)
    mlflow.set_tracking_uri(context.tracker.uri)
    run = mlflow.get_run(trained.rows("ops.model_versions")[0]["mlflow_run_id"])
    assert re.search(r"\| own frequency \| \+0\.\d{4} \(\+0\.\d{4} to ", run.data.tags["mlflow.note.content"])
    als = ALSModel.load(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path="als"))
    assert als.rank == 4
    assert als.userFactors.count() == CUSTOMERS + 1  # and `past`
    shared = Path(str(trained.spark.conf.get("spark.checkpoint.dir")))
    assert not list(shared.glob("*/metadata"))


def lists_of(shop: Shop, day: date = LAST_DAY, campaign: str = "everyday") -> dict[str, list[dict[str, Any]]]:
    """The lists of a day and campaign by customer."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(shop.rows("gold.recommendations"), key=lambda row: row["rank"]):
        if (row["run_date"], row["campaign"]) == (day, campaign):
            found.setdefault(row["customer_id"], []).append(row)
    return found


def test_lists_are_whole_and_keep_what_is_excluded_out(trained: Shop) -> None:
    rows, by_customer = trained.rows("gold.recommendations"), lists_of(trained)
    everybody = {f"c{n:02}" for n in range(CUSTOMERS)} | {"new young", "new", "past"}
    assert set(by_customer) == everybody - {"c05"}  # who objected to profiling, like `new objected`
    bought = {(row[2], row[4]) for row in lines()}
    for customer in sorted(set(by_customer) - {"new young", "new", "past"}):
        found = by_customer[customer]
        assert [row["rank"] for row in found] == [1, 2, 3, 4, 5, 6]
        assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
        assert sum(row["head"] == "explore" for row in found) == 2
        for row in found:
            assert ((customer, row["product_id"]) in bought) == (row["head"] == "repeat")
    offered = {row["product_id"] for row in rows}
    assert "p01" not in offered  # ended
    assert "p02" not in offered  # out of stock
    assert "p03" in offered


def test_who_never_bought_gets_what_is_known_of_her(trained: Shop) -> None:
    lists = lists_of(trained)
    heads = {name: [row["head"] for row in lists[name]] for name in ("new young", "new", "past")}
    assert heads["new young"] == ["segment"] * 6
    assert heads["new"] == ["popular"] * 6
    assert set(heads["past"]) == {"content"}
    recent = {(row[2], row[4]) for row in lines() if row[6] > LAST_DAY - timedelta(days=28)}
    offered = {f"p{n:02}" for n in range(CYCLES + RARE)} - {"p01", "p02"}
    for name, people in (("new", range(CUSTOMERS)), ("new young", range(20))):
        of = {f"c{n:02}" for n in people} - {"c05"}
        buyers = Counter(product for customer, product in recent if customer in of and product in offered)
        most = sorted(offered, key=lambda product: (-buyers[product], product))[:6]
        assert [row["product_id"] for row in lists[name]] == most
        size = len(of) if name == "new young" else len(of) + 1  # and `past`
        assert [row["score"] for row in lists[name]] == pytest.approx([buyers[product] / size for product in most])


def test_only_who_consented_to_a_channel_gets_a_list(trained: Shop, tmp_path: Path) -> None:
    """And so it is of a campaign that says nothing of a channel."""
    shop = trained.copy_to(tmp_path)
    settings = ("jobs.recommend_products.channel=email", "jobs.recommend_products.campaigns={alike: {}}")
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED, *settings)
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert set(lists_of(shop)) == {"c01", "new"}
    before = lists_of(trained)
    for campaign in ("everyday", "alike"):
        assert {name: products(found) for name, found in lists_of(shop, campaign=campaign).items()} == {
            name: products(before[name]) for name in ("c01", "new")
        }


def test_a_campaign_has_places_products_and_customers_of_its_own(trained: Shop, tmp_path: Path) -> None:
    """Beside the everyday lists; only who consented to its channel gets one."""
    shop, before = trained.copy_to(tmp_path), lists_of(trained)
    gone = before["new"][0]["product_id"]
    wanted = f"{{length: 4, explore_places: 4, channel: email, excluded_products: [{gone}]}}"
    outcome = shop.run(
        recommend_products.JOB, LAST_DAY, *ASKED, f"jobs.recommend_products.campaigns={{win_back: {wanted}}}"
    )
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert lists_of(shop) == before
    found = lists_of(shop, campaign="win_back")
    assert set(found) == {"c01", "new"}
    assert [row["head"] for row in found["c01"]] == ["explore"] * 4
    assert gone not in {row["product_id"] for of in found.values() for row in of}
    mlflow.set_tracking_uri(shop.context(recommend_products.JOB, LAST_DAY).tracker.uri)
    run = mlflow.search_runs(experiment_names=["marketlake/recommend_products"], order_by=["start_time desc"]).iloc[0]
    assert run["metrics.win_back/customers"] == 2
    assert run["metrics.customers"] == len(before)


def products(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["product_id"], row["head"]) for row in found]


def test_lists_of_customers_without_news_stay(trained: Shop, spark: SparkSession, tmp_path: Path) -> None:
    """A day later c03 came again, and `newer` for the first time; the product of a list of c04 is taken out."""
    shop, next_day = trained.copy_to(tmp_path), LAST_DAY + timedelta(days=1)
    context = shop.context(train_recommender.JOB, next_day)
    when = datetime.combine(next_day, datetime.min.time(), timezone.utc)
    one = Decimal(1)
    rows = [
        (f"o{name}", "1", name, "s1", "p10", when, next_day, 1, one, Decimal(0), one, Decimal(0), [], when, "test")
        for name in ("c03", "newer")
    ]
    context.merge(ORDER_LINES, spark.createDataFrame(rows, ORDER_LINES.schema))
    before = lists_of(trained)
    gone = before["c04"][-1]["product_id"]
    asked = (*ASKED, f"jobs.recommend_products.excluded_products=[{gone}]")
    found = {}
    for only in ("false", "true"):
        outcome = shop.run(recommend_products.JOB, next_day, *asked, f"jobs.recommend_products.only_changed={only}")
        assert outcome["exit_code"] == 0, outcome["cause"]
        found[only] = lists_of(shop, next_day)
    whole, changed = found["false"], found["true"]
    assert set(whole) == set(changed) == set(before) | {"newer"}
    again = {"c03", "newer"} | {name for name, of in before.items() if gone in [row["product_id"] for row in of]}
    for name, of in changed.items():
        assert products(of) == products(whole[name] if name in again else before[name]), name
        expected = whole[name] if name in again else before[name]
        assert [row["score"] for row in of] == pytest.approx([row["score"] for row in expected])
        assert {(row["run_date"], row["model"]) for row in of} == {(next_day, before["c03"][0]["model"])}
    assert len(again) < len(before)
    assert lists_of(shop) == before  # of the day before


def test_without_earlier_lists_all_are_scored(trained: Shop, tmp_path: Path) -> None:
    shop = trained.copy_to(tmp_path)
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED, "jobs.recommend_products.only_changed=true")
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert shop.contents("gold.recommendations") == trained.contents("gold.recommendations")


def test_a_segment_of_an_unknown_column_is_a_wrong_setting(trained: Shop) -> None:
    outcome = trained.run(
        train_recommender.JOB, LAST_DAY, *SMALL, "jobs.train_recommender.segments.columns=[shoe_size]"
    )
    assert (outcome["exit_code"], "shoe_size" in outcome["cause"]) == (2, True)


def test_what_is_due_is_recommended(trained: Shop) -> None:
    """By the clock of a customer it is known what she buys in the next fortnight: near half of her products."""
    first = (LAST_DAY - FIRST_DAY).days + 1
    found = []
    for row in trained.rows("gold.recommendations"):
        if row["head"] != "repeat":
            continue
        cycle = cycles()[int(row["customer_id"][1:])].get(int(row["product_id"][1:]))
        if cycle:
            found.append(any(day % cycle[0] == cycle[1] % cycle[0] for day in range(first, first + 14)))
    assert len(found) > 3 * CUSTOMERS
    assert sum(found) > 0.75 * len(found)


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
        return [shop.rows("gold.recommendations", "model"), shop.rows("ops.name_numbers")]

    shop = trained.copy_to(tmp_path)
    before = contents(shop)
    for job, settings in ((train_recommender.JOB, SMALL), (recommend_products.JOB, ASKED)):
        outcome = shop.run(job, LAST_DAY, *settings, "jobs.recommend_products.model=marketlake_recommender")
        assert outcome["exit_code"] == 0, outcome["cause"]
    assert contents(shop) == before


def test_a_product_can_be_excluded(trained: Shop, tmp_path: Path) -> None:
    """From the lists of a campaign too, unless it says itself what is left out."""
    shop = trained.copy_to(tmp_path)
    most = trained.rows("gold.recommendations")[0]["product_id"]
    settings = (f"excluded_products=[{most}]", "campaigns={alike: {}, other: {excluded_products: []}}")
    chosen = [f"jobs.recommend_products.{setting}" for setting in settings]
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED, *chosen)
    assert outcome["exit_code"] == 0, outcome["cause"]
    offered: dict[str, set[str]] = {}
    for row in shop.rows("gold.recommendations"):
        offered.setdefault(row["campaign"], set()).add(row["product_id"])
    assert {name for name, of in offered.items() if most in of} == {"other"}
    assert set(offered) == {"everyday", "alike", "other"}


def test_a_day_before_the_champion_has_none(trained: Shop) -> None:
    outcome = trained.run(recommend_products.JOB, LAST_DAY - timedelta(days=1), *ASKED)
    assert outcome["exit_code"] == 3
    assert "no version" in outcome["cause"]


def test_too_few_days_are_too_few(trained: Shop) -> None:
    outcome = trained.run(train_recommender.JOB, FIRST_DAY + timedelta(days=20), *SMALL)
    assert outcome["exit_code"] == 3
    assert "more than 28 days" in outcome["advice"]


def test_more_places_than_the_list_has_are_a_wrong_setting(trained: Shop) -> None:
    for setting in ("explore_places=99", "campaigns={win_back: {explore_places: 99}}", "campaigns={everyday: {}}"):
        outcome = trained.run(recommend_products.JOB, LAST_DAY, f"jobs.recommend_products.{setting}")
        assert outcome["exit_code"] == 2
        assert "jobs.recommend_products." + setting.split("=")[0] in outcome["cause"]


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
assert unknown["head"].tolist() == ["popular"] * 10, unknown
print(",".join(lists["head"]), lists["rank"].tolist() == list(range(1, 11)), lists["product_id"].nunique())
assert "age_days" in str(model.metadata.signature)
"""
    run = [sys.executable, "-c", program]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    heads, ranks, products = done.stdout.splitlines()[-1].split()
    assert (heads.count("repeat"), heads.count("explore"), ranks, products) == (2, 8, "True", "10")
