"""The same seed gives the same rows, whatever the partitions and the batch; another seed gives others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import marketlake.simulator.base as simulated
from marketlake.frames.cache import FrameCache
from marketlake.simulator import data_errors, raw_files, truth
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.systems import SYSTEMS

SETTINGS = SimulatorSettings(people={"privacy_request_share": 0.5}, market={"watched_products": 5, "watched_stores": 2})
FIRST = SETTINGS.first_day
DAY = FIRST + timedelta(days=30)  # the second period of campaigns and coupons has begun

Rows = dict[str, list[str]]


@pytest.fixture(scope="module")
def delivered_on_the_day(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Rows]:
    """Simulates a batch and returns the sorted rows that each system delivers on `DAY`."""

    def make(first: date, last: date, seed: int = 3) -> Rows:
        cache = FrameCache(spark, str(tmp_path_factory.mktemp("kept")))
        world, sales = simulated.simulate_base(spark, 1_500, SETTINGS, Draws(seed), first=first, last=last, cache=cache)
        rows = dict(raw_files.build_overlay_rows(world)) | raw_files.build_shop_rows(world, sales)
        sent = {
            name: data_errors.deliver_with_errors(rows[name], SYSTEMS[name], SETTINGS.data_errors, world.draws)
            for name in rows
        }
        on_day = {name: lines.where(F.col("delivered_on") == F.lit(DAY)) for name, lines in sent.items()}
        known = truth.build_truth(world, sales)
        dated = {"orders": "order_date", "payments": "order_date", "returns": "return_date"}
        known = {name: known[name].where(F.col(day) == F.lit(DAY)) for name, day in dated.items()} | {
            name: known[name] for name in ("customers", "return_rates")
        }
        return collected(on_day | {f"truth {name}": table for name, table in known.items()})

    return make


def collected(frames: dict[str, DataFrame]) -> Rows:
    """All rows of all frames in one job: each as JSON, sorted."""
    lines = [frame.select(F.lit(name).alias("name"), F.to_json(F.struct("*"))) for name, frame in frames.items()]
    together = lines[0]
    for more in lines[1:]:
        together = together.union(more)
    found: Rows = {name: [] for name in frames}
    for name, line in together.collect():
        found[name].append(line)
    return {name: sorted(rows) for name, rows in found.items()}


@pytest.fixture(scope="module")
def whole(delivered_on_the_day: Callable[..., Rows]) -> Rows:
    return delivered_on_the_day(FIRST, FIRST + timedelta(days=40))


def test_a_day_alone_on_other_partitions_is_that_day_of_the_whole(
    spark: SparkSession, whole: Rows, delivered_on_the_day: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "PEOPLE_PER_PARTITION", 90)
    before = spark.conf.get("spark.sql.shuffle.partitions")
    spark.conf.set("spark.sql.shuffle.partitions", "5")
    try:
        alone = delivered_on_the_day(DAY, DAY)
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)
    assert {name: rows for name, rows in alone.items() if rows != whole[name]} == {}
    delivered = {name for name, rows in whole.items() if rows}
    assert delivered >= {"events", "messages", "shop_orders", "till_receipts", "returns", "points", "stock"}
    assert delivered >= {"truth orders", "truth payments", "truth returns", "truth return_rates"}


def test_the_truth_is_in_no_mapping() -> None:
    sources = Path(__file__).resolve().parents[3] / "conf" / "sources"
    assert not [file for file in sources.rglob("*.yaml") if "truth" in file.read_text(encoding="utf-8")]
