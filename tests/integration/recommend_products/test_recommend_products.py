"""The lists of customers with cycles: who gets one, what is in it, and what is left out."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import mlflow
import pytest
from pyspark.sql import DataFrame, SparkSession
from tests.helpers.periodic_shop import (
    ASKED,
    CUSTOMERS,
    CYCLES,
    FIRST_DAY,
    LAST_DAY,
    RARE,
    bought_line,
    cycles,
    lines,
    lists_of,
    products,
)
from tests.helpers.rows import table_rows
from tests.helpers.small_shop import Shop

import recommend_products
import train_recommender
from marketlake.evaluation.promotion import PromotionDecision
from marketlake.recommend.methods import memory_mapped
from marketlake.runtime.job import Context
from marketlake.tables.orders import ORDER_LINES
from marketlake.tables.table import Table


def test_lists_are_whole_and_keep_what_is_excluded_out(trained: Shop) -> None:
    rows, by_customer = trained.rows("gold.recommendations"), lists_of(trained)
    everybody = {f"c{n:02}" for n in range(CUSTOMERS)} | {"new young", "new", "past"}
    assert set(by_customer) == everybody - {"c05"}  # who objected to profiling, like `new objected`
    bought = {(row["customer_id"], row["product_id"]) for row in lines()}
    for customer in sorted(set(by_customer) - {"new young", "new", "past"}):
        found = by_customer[customer]
        assert [row["rank"] for row in found] == [1, 2, 3, 4, 5, 6]
        assert [row["score"] for row in found] == sorted((row["score"] for row in found), reverse=True)
        assert sum(row["list_type"] == "explore" for row in found) == 2
        for row in found:
            assert ((customer, row["product_id"]) in bought) == (row["list_type"] == "repeat")
    offered = {row["product_id"] for row in rows}
    assert "p01" not in offered  # ended
    assert "p02" not in offered  # out of stock
    assert "p03" in offered


def test_who_never_bought_gets_what_is_known_of_her(trained: Shop) -> None:
    lists = lists_of(trained)
    heads = {name: [row["list_type"] for row in lists[name]] for name in ("new young", "new", "past")}
    assert heads["new young"] == ["segment"] * 6
    assert heads["new"] == ["popular"] * 6
    assert set(heads["past"]) == {"content"}
    first_day = LAST_DAY - timedelta(days=27)
    recent = {(row["customer_id"], row["product_id"]) for row in lines() if row["order_date"] >= first_day}
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
    wanted = f"{{length: 4, explore_slots: 4, channel: email, excluded_products: [{gone}]}}"
    outcome = shop.run(
        recommend_products.JOB, LAST_DAY, *ASKED, f"jobs.recommend_products.campaigns={{win_back: {wanted}}}"
    )
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert lists_of(shop) == before
    found = lists_of(shop, campaign="win_back")
    assert set(found) == {"c01", "new"}
    assert [row["list_type"] for row in found["c01"]] == ["explore"] * 4
    assert gone not in {row["product_id"] for of in found.values() for row in of}
    mlflow.set_tracking_uri(shop.context(recommend_products.JOB, LAST_DAY).tracker.uri)
    run = mlflow.search_runs(experiment_names=["marketlake/recommend_products"], order_by=["start_time desc"]).iloc[0]
    assert run["metrics.win_back/customers"] == 2
    assert run["metrics.customers"] == len(before)


def test_lists_of_customers_without_news_stay(trained: Shop, spark: SparkSession, tmp_path: Path) -> None:
    """A day later c03 came again, and `newer` for the first time; the product of a list of c04 is taken out."""
    shop, next_day = trained.copy_to(tmp_path), LAST_DAY + timedelta(days=1)
    context = shop.context(train_recommender.JOB, next_day)
    rows = [bought_line(f"o{name}", "1", name, "p10", day=next_day, price=Decimal(1)) for name in ("c03", "newer")]
    context.merge(ORDER_LINES, table_rows(spark, ORDER_LINES, rows))
    before = lists_of(trained)
    gone = before["c04"][-1]["product_id"]
    asked = (*ASKED, f"jobs.recommend_products.excluded_products=[{gone}]")
    found = {}
    for only in ("false", "true"):
        outcome = shop.run(recommend_products.JOB, next_day, *asked, f"jobs.recommend_products.incremental={only}")
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


def test_without_earlier_lists_all_are_scored(trained: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And every input is read once: a second time at most, by the check of inputs before the run."""
    shop = trained.copy_to(tmp_path)
    reads: Counter[str] = Counter()
    read = Context.read

    def counted(context: Context, table: Table) -> DataFrame:
        reads[table.name] += 1
        return read(context, table)

    monkeypatch.setattr(Context, "read", counted)
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED, "jobs.recommend_products.incremental=true")
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert reads == {table.name: 2 for table in recommend_products.JOB.reads}
    assert shop.contents("gold.recommendations") == trained.contents("gold.recommendations")


def test_workers_that_map_the_factors_from_a_file_make_the_same_lists(
    trained: Shop, spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, before = trained.copy_to(tmp_path), set(spark.sparkContext.listFiles)
    monkeypatch.setattr(memory_mapped, "LARGE", 1)
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED)
    assert outcome["exit_code"] == 0, outcome["cause"]
    assert len(set(spark.sparkContext.listFiles) - before) == 1
    assert shop.contents("gold.recommendations") == trained.contents("gold.recommendations")


def test_what_is_due_is_recommended(trained: Shop) -> None:
    """By the clock of a customer it is known what she buys in the next fortnight: near half of her products."""
    first = (LAST_DAY - FIRST_DAY).days + 1
    found = []
    for row in trained.rows("gold.recommendations"):
        if row["list_type"] != "repeat":
            continue
        cycle = cycles()[int(row["customer_id"][1:])].get(int(row["product_id"][1:]))
        if cycle:
            found.append(any(day % cycle[0] == cycle[1] % cycle[0] for day in range(first, first + 14)))
    assert len(found) > 3 * CUSTOMERS
    assert sum(found) > 0.75 * len(found)


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


def test_a_champion_that_cannot_be_loaded_is_named(trained: Shop, tmp_path: Path) -> None:
    shop = trained.copy_to(tmp_path)
    models = shop.context(recommend_products.JOB, LAST_DAY).models
    client = mlflow.MlflowClient(models.uri)
    gone = client.create_model_version(train_recommender.MODEL, source=str(tmp_path / "gone"))
    promoted = PromotionDecision(True, "ndcg_10_all", 1.0, "random", 0.0, "by hand")
    models.register(train_recommender.MODEL, int(gone.version), promoted, mlflow_run_id="", recipe="")
    outcome = shop.run(recommend_products.JOB, LAST_DAY, *ASKED)
    assert outcome["exit_code"] == 3
    assert f"{train_recommender.MODEL} version {gone.version} cannot be loaded" in outcome["cause"]
    assert "train one with this code" in outcome["advice"]


def test_more_places_than_the_list_has_are_a_wrong_setting(trained: Shop) -> None:
    for setting in ("explore_slots=99", "campaigns={win_back: {explore_slots: 99}}", "campaigns={everyday: {}}"):
        outcome = trained.run(recommend_products.JOB, LAST_DAY, f"jobs.recommend_products.{setting}")
        assert outcome["exit_code"] == 2
        assert "jobs.recommend_products." + setting.split("=")[0] in outcome["cause"]
