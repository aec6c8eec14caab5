"""The demo's numbers, held against the raw files and read by other engines."""

from __future__ import annotations

import gzip
import io
import math
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import mlflow
import pandas as pd
import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.runtime.config import Config
from marketlake.runtime.graph import discover
from marketlake.runtime.lake import Lake
from marketlake.runtime.tracking import Tracker
from marketlake.simulator.settings import DataErrorSettings
from marketlake.simulator.systems import OVERLAY_SYSTEMS

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "var" / "data" / "complete_journey"
WRITTEN = sorted({table.name for job in discover() for table in job.writes} | {"ops.job_runs", "ops.model_versions"})


@pytest.fixture
def lake(spark: SparkSession, demo: Config) -> Lake:
    return Lake(spark, demo)


def raw(query: str) -> tuple[Any, ...]:
    """One row of a query on the raw files, by DuckDB."""
    return duckdb.connect().execute(query.replace("@", str(RAW).replace("'", "''"))).fetchall()[0]


def one(frame: DataFrame, *expressions: str) -> tuple[Any, ...]:
    return tuple(frame.selectExpr(*expressions).collect()[0])


def test_every_raw_line_is_good_or_in_quarantine(lake: Lake) -> None:
    lines = lake.read("silver.order_lines").count()
    turned_away = lake.read("ops.quarantine").where("table_name = 'silver.order_lines'")
    assert (lines, turned_away.count()) == (1_463_448, 5_859)
    assert raw("select count(*) from '@/transactions.parquet'") == (1_469_307,) == (lines + turned_away.count(),)
    assert one(turned_away, "collect_set(reasons)")[0] == [
        ["no_goods_and_no_money: no quantity, nothing paid, nothing taken off"]
    ]


def test_booked_sales_agree_with_the_raw_file_to_the_cent(lake: Lake) -> None:
    amounts = ("sales_value", "retail_disc + coupon_match_disc", "coupon_disc")
    sums = ", ".join(f"sum(({amount})::decimal(18,2))" for amount in amounts)
    expected = raw(f"select {sums} from '@/transactions.parquet'")
    sums = ("sum(net_amount)", "sum(discount_amount)", "sum(coupon_amount)")
    for table in ("silver.order_lines", "silver.orders", "gold.customer_profiles"):
        rows = lake.read(table)
        if table == "gold.customer_profiles":
            rows = rows.where("run_date = DATE'2018-01-01'").withColumn("net_amount", F.col("net_sales"))
        assert one(rows, *sums) == expected, table
    scores = lake.read("gold.rfm_scores").where("run_date = DATE'2018-01-01'")
    assert one(scores, "sum(monetary)") == expected[:1]


def test_there_is_a_profile_and_a_segment_of_every_household(lake: Lake) -> None:
    for table in ("gold.customer_profiles", "gold.rfm_scores", "gold.customer_segments"):
        rows = lake.read(table).where("run_date = DATE'2018-01-01'")
        assert one(rows, "count(*)", "count(distinct customer_id)") == (2_469, 2_469), table
    assert one(lake.read("gold.customer_segments"), "count(distinct segment)", "count_if(segment is null)") == (11, 0)


def test_profiles_agree_with_the_raw_file(lake: Lake) -> None:
    query = """
        select sum(orders), sum("days"), sum(stores), sum(products), sum(categories), sum(brands), sum(coupon_orders)
        from (
            select household_id, count(distinct basket_id) orders, count(distinct store_id) stores,
                count(distinct transaction_timestamp::date) "days",
                count(distinct basket_id) filter (coupon_disc > 0) coupon_orders,
                count(distinct product_id) filter (kept) products,
                count(distinct coalesce(product_category, 'UNKNOWN')) filter (kept) categories,
                count(distinct manufacturer_id) filter (kept) brands
            from (select *, quantity > 0 or round(sales_value, 2) > 0 or round(coupon_disc, 2) > 0
                      or round(retail_disc + coupon_match_disc, 2) > 0 kept
                  from '@/transactions.parquet') t
            left join '@/products.parquet' p using (product_id) group by household_id)"""
    columns = ("order_count", "active_days", "store_count", "product_count", "category_count", "brand_count")
    rows = lake.read("gold.customer_profiles").where("run_date = DATE'2018-01-01'")
    found = one(rows, *(f"sum({name})" for name in (*columns, "coupon_order_count")))
    assert found == tuple(int(value) for value in raw(query))


@pytest.mark.parametrize("name", WRITTEN)
def test_another_engine_reads_the_same_rows_and_sums(lake: Lake, name: str) -> None:
    numbers = [f for f in lake.read(name).schema if isinstance(f.dataType, T.NumericType)]
    table = DeltaTable(lake.location(name))
    numbers = [f for f in numbers if f.name not in table.metadata().partition_columns]
    ours = one(lake.read(name), "count(*)", *(f"sum(cast(`{f.name}` as decimal(30,6)))" for f in numbers))
    files = [unquote(file) for file in table.file_uris()]  # a checkout may lie under a path with spaces
    if not files:
        assert ours[0] == 0
        return
    sums = ", ".join(["count(*)", *(f'sum("{f.name}"::decimal(30,6))' for f in numbers)])
    theirs = duckdb.connect().execute(f"select {sums} from read_parquet($files)", {"files": files}).fetchall()[0]
    assert theirs[0] == ours[0]
    for field, a, b in zip(numbers, ours[1:], theirs[1:], strict=True):
        assert a == b or abs(a - b) <= Decimal("1e-6") * max(1, abs(a)), field.name


def test_the_pictures_and_the_page_are_in_mlflow(demo: Config) -> None:
    mlflow.set_tracking_uri(Tracker(demo).uri)
    runs = mlflow.search_runs(experiment_names=["marketlake/segment_customers", "marketlake/describe_data"])
    assert set(runs["tags.job"]) == {"segment_customers", "describe_data"}
    for _, run in runs.iterrows():
        files = {item.path for item in mlflow.artifacts.list_artifacts(run_id=run.run_id)}
        assert files >= ({"segments.png"} if run["tags.job"] == "segment_customers" else {"tables.html"})
        inputs = mlflow.get_run(run.run_id).inputs.dataset_inputs
        assert any(item.dataset.digest.startswith("silver.orders@v") for item in inputs)


def test_the_recommender_is_better_than_every_simple_method(demo: Config) -> None:
    """By the run in MLflow: known up to four weeks before the run date, judged on the purchases of those weeks."""
    mlflow.set_tracking_uri(Tracker(demo).uri)
    run = mlflow.search_runs(experiment_names=["marketlake/train_recommender"]).iloc[0]
    alone = ("random", "popularity", "recent_popularity", "als", "neighbours", "own_frequency")
    for target, methods in (("all", alone), ("repeat", alone), ("explore", alone[:-1])):
        blend = run[f"metrics.blend_ndcg_10_{target}"]
        assert all(blend > run[f"metrics.others/{name}_ndcg_10_{target}"] for name in methods), target
    assert run["metrics.blend_ndcg_10_all"] > 0.415
    assert run["metrics.blend_ndcg_10_explore"] > 0.046
    # The list that customers get gives up hits for new products, but stays well above what all customers buy.
    everyday = run["metrics.everyday_list_ndcg_10_all"]
    assert run["metrics.others/recent_popularity_ndcg_10_all"] < everyday < run["metrics.blend_ndcg_10_all"]
    improvements = mlflow.artifacts.load_text(f"{run.artifact_uri}/improvements.csv")
    improvement = pd.read_csv(io.StringIO(improvements)).set_index(["method", "target"])
    for method, target in (("own frequency", "all"), ("ALS", "explore"), ("recent popularity", "explore")):
        assert improvement.loc[(method, target), "low"] > 0, (method, target)
    files = {item.path for item in mlflow.artifacts.list_artifacts(run_id=run.run_id)}
    assert files >= {"methods.png", "depths.png", "calibration.png", "evaluation.csv", "beyond_accuracy.csv"}
    champion = mlflow.MlflowClient().get_model_version_by_alias("marketlake_recommender", "champion")
    assert champion.tags["run_date"] == "2018-01-01"


def test_rules_are_replicated_and_the_scorer_beats_the_best_sellers(lake: Lake, demo: Config) -> None:
    rules = lake.read("gold.association_rules").where("run_date = DATE'2018-01-01' and scope_type = 'all'")
    counts = {
        row.level: row
        for row in rules.groupBy("level").agg(F.count("*").alias("n"), F.expr("avg(int(is_replicated)) as h")).collect()
    }
    assert {level: row.n for level, row in counts.items()} == {"product": 2_028, "product_type": 1_406, "category": 871}
    assert all(row.h > 0.8 for row in counts.values())
    assert rules.where("q_value > 0.05 or confidence < 0.1 or lift_low > lift or lift > lift_high").isEmpty()
    mlflow.set_tracking_uri(Tracker(demo).uri)
    run = mlflow.search_runs(experiment_names=["marketlake/mine_baskets"]).iloc[0]
    assert run["metrics.hit_rate"] > 1.3 * run["metrics.hit_rate_of_best_sellers"]
    files = {item.path for item in mlflow.artifacts.list_artifacts(run_id=run.run_id)}
    assert files >= {f"{kind}_{level}.png" for kind in ("lift", "graph") for level in counts}


def test_every_household_has_a_list_of_what_it_knows_and_what_is_new(lake: Lake) -> None:
    rows = lake.read("gold.recommendations").where("run_date = DATE'2018-01-01'")
    bought = lake.read("silver.order_lines").where("quantity > 0").select("customer_id", "product_id").distinct()
    known = rows.join(bought.withColumn("known", F.lit(True)), ["customer_id", "product_id"], "left")
    assert known.where("coalesce(known, false) != (list_type = 'repeat')").isEmpty()
    asked = lake.read("silver.privacy_requests").where("kind in ('objection', 'erasure')").select("customer_id")
    everyone = lake.read("silver.customers").join(asked, "customer_id", "left_anti").count()
    lists = rows.groupBy("customer_id").agg(
        F.count("*").alias("length"), F.count_distinct("product_id").alias("products"), F.max("rank").alias("last")
    )
    assert one(lists, "count(*)", "min(length)", "max(length)", "min(products)", "max(last)") == (
        everyone,
        10,
        10,
        10,
        10,
    )
    assert one(rows, "count_if(score not between 0 and 1)", "count_if(reason is null)") == (0, 0)


def content(lake: Lake) -> dict[str, tuple[Any, ...]]:
    """A table's version where it cannot change, else a sum of hashes of its rows; ledgers of runs are left out."""
    found = {}
    for name in WRITTEN:
        if name in ("ops.job_runs", "ops.model_versions"):
            continue
        rows = lake.read(name)
        if name.startswith(("silver.", "ops.")):
            found[name] = (lake.version(name),)
            continue
        maps = {f.name: F.to_json(f.name) for f in rows.schema if isinstance(f.dataType, T.MapType)}
        hashed = rows.withColumns(maps).select(F.xxhash64("*").cast("decimal(20,0)").alias("hash"))
        found[name] = one(hashed, "count(*)", "sum(hash)")
    return found


SIMULATED = ROOT / "var" / "data" / "simulated"
# A broken line and a word where a number should be, each by its declared rate, apart from each other.
BAD = 1 - (1 - DataErrorSettings().wrong_type_share) * (1 - DataErrorSettings().broken_line_share)


def simulated_lines(system: str) -> int:
    """Lines of a system's raw files, headers left out."""
    files = sorted((SIMULATED / system).glob("*/*.gz"))
    texts = [gzip.decompress(file.read_bytes()).splitlines() for file in files]
    return sum(
        len(lines) - file.name.endswith(".csv.gz") * bool(lines) for file, lines in zip(files, texts, strict=True)
    )


def test_no_simulated_line_is_lost_and_the_declared_share_is_in_quarantine(lake: Lake) -> None:
    loads = {row.source: row for row in lake.read("ops.source_loads").where("source like 'simulated_%'").collect()}
    assert set(loads) == {f"simulated_{system.name}" for system in OVERLAY_SYSTEMS}
    bad = total = 0
    for system in OVERLAY_SYSTEMS:
        load = loads[f"simulated_{system.name}"]
        assert (system.name, load.raw_rows) == (system.name, simulated_lines(system.name))
        counted = ("inserted", "updated", "same", "superseded", "collided", "rejected")
        assert load.raw_rows == load.mapped_rows == sum(load[f"{outcome}_rows"] for outcome in counted)
        bad, total = bad + load.rejected_rows, total + load.raw_rows
    assert total > 1_000_000
    assert abs(bad - total * BAD) < 4 * math.sqrt(total * BAD)
    in_quarantine = lake.read("ops.quarantine").where("source like 'simulated_%'").count()
    assert in_quarantine == bad


def test_simulated_rows_say_so_and_are_in_no_public_table(lake: Lake) -> None:
    for name in ("orders", "order_lines", "customers", "products", "promotions", "coupon_redemptions"):
        assert lake.read(f"silver.{name}").where("source not like 'complete_journey_%'").isEmpty(), name
    for name in ("events", "message_events", "identity_records", "consents", "survey_responses", "stock_levels"):
        assert lake.read(f"silver.{name}").where("source not like 'simulated_%'").isEmpty(), name


def test_doubled_events_are_one_row(lake: Lake) -> None:
    """Of what came twice the same key is kept once; the share is the declared one."""
    load = lake.read("ops.source_loads").where("source = 'simulated_events'").collect()[0]
    rows = lake.read("silver.events").count()
    accepted = load.mapped_rows - load.rejected_rows
    expected = accepted * DataErrorSettings().duplicate_share / (1 + DataErrorSettings().duplicate_share)
    assert abs(accepted - rows - expected) < 6 * math.sqrt(expected)
