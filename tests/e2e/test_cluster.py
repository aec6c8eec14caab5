"""Two jobs by spark-submit on a standalone cluster: one master, two workers, from pip's pyspark.

A small shop is loaded and profiled there with the wheel in --py-files, and again in this process; the tables must be
the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyspark
import pytest
from chispa import assert_df_equality
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import build_profiles
import ingest_sources
from marketlake.runtime import config as configuration
from marketlake.runtime.jars import spark_settings
from marketlake.runtime.job import run_job
from marketlake.runtime.lake import Lake

ROOT = Path(__file__).resolve().parents[2]
SPARK = Path(pyspark.__file__).parent
RUN_DATE = date(2024, 3, 2)

pytestmark = pytest.mark.e2e

ORDERS = """order,day,customer,store,product,units,price
o1,2024-03-01T10:00:00Z,c1,s1,p1,2,5.00
o1,2024-03-01T10:00:00Z,c1,s1,p2,1,7.50
o2,2024-03-01T18:30:00Z,c2,s1,p1,1,2.50
o3,2024-03-02T09:15:00Z,c1,s2,p3,4,12.00
o4,2024-03-02T20:45:00Z,c3,s2,p2,x,7.50
o5,2024-03-02T21:00:00Z,,s2,p2,1,7.50
"""

LINES = """summary: Lines of a small shop.
read: {format: csv, path: shop/orders.csv, schema: "order string, day string, customer string, store string, \
product string, units string, price string"}
max_rejected_share: 0.5
tables:
  silver.order_lines:
    columns: {order_id: order, line_id: product, customer_id: customer, store_id: store, product_id: product,
      ordered_at: try_to_timestamp(day), order_date: try_cast(day as date), quantity: units,
      list_amount: price, discount_amount: "0", net_amount: price, coupon_amount: "0"}
    updated_at: try_to_timestamp(day)
  silver.orders:
    group_by: [order, store, day]
    columns: {order_id: order, customer_id: max(customer), store_id: store, ordered_at: try_to_timestamp(day),
      order_date: try_cast(day as date), local_hour: hour(try_to_timestamp(day)),
      local_weekday: weekday(try_to_timestamp(day)) + 1}
    updated_at: try_to_timestamp(day)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with raw files, a source and a configuration for two lakes beside each other."""
    raw, sources = tmp_path / "var" / "data" / "shop", tmp_path / "conf" / "sources"
    raw.mkdir(parents=True)
    sources.mkdir(parents=True)
    (raw / "orders.csv").write_text(ORDERS)
    (sources / "shop.yaml").write_text(LINES)
    for name in ("cluster", "local"):
        text = f"extends: {ROOT}/conf/base.yaml\nlake: {{root: {name}}}\nsources: {{enabled: [shop]}}\n"
        (tmp_path / "conf" / f"{name}.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def master(tmp_path: Path) -> Iterator[str]:
    """The address of a running standalone master with two workers."""
    environment = {**os.environ, "SPARK_HOME": str(SPARK), "PYSPARK_PYTHON": sys.executable}
    started: list[subprocess.Popen[bytes]] = []

    def start(role: str, *arguments: str) -> Path:
        log = tmp_path / f"{role}{len(started)}.log"
        command = [f"{SPARK}/bin/spark-class", f"org.apache.spark.deploy.{role.lower()}.{role}", *arguments]
        with log.open("wb") as out:
            started.append(subprocess.Popen(command, stdout=out, stderr=out, env=environment))
        return log

    try:
        log = start("Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        address = wait_for(log, r"Starting Spark master at (spark://\S+)")
        for _ in range(2):
            worker = start(
                "Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                "--work-dir", str(tmp_path / "work"), address,
            )  # fmt: skip
            wait_for(worker, r"(Successfully registered with master)")
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(timeout=60)


def wait_for(log: Path, pattern: str) -> str:
    """The first group of a pattern once a log has it."""
    for _ in range(600):
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"{log.name} never said {pattern}:\n{log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `make package` builds."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def submit(job: str, master: str, wheel: Path, shop: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """spark-submit as an operator would call it, from another folder."""
    jars = spark_settings(None)
    delta = ["--jars", jars["spark.jars"]] if "spark.jars" in jars else ["--packages", jars["spark.jars.packages"]]
    # The package must come from the wheel: not from the checkout that the tests run in.
    environment = {
        **os.environ,
        "SPARK_HOME": str(SPARK),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }
    command = [
        f"{SPARK}/bin/spark-submit", "--master", master, *delta, "--py-files", str(wheel),
        "--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1",
        "--conf", "spark.sql.shuffle.partitions=2", "--conf", "spark.ui.enabled=false",
        "--conf", "spark.databricks.delta.snapshotPartitions=2",
        # Three machines that live for a minute each are not worth the compiler's best.
        "--conf", "spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1",
        "--driver-java-options", "-XX:TieredStopAtLevel=1",
        str(ROOT / "jobs" / f"{job}.py"),
        "--config", str(shop / "conf" / "cluster.yaml"), "--run-date", str(RUN_DATE), *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=shop, check=False)


def last_json(text: str) -> dict[str, object]:
    """The job's last line."""
    return json.loads(text.splitlines()[-1])


def test_two_jobs_on_a_cluster_make_the_tables_that_a_laptop_makes(
    spark: SparkSession, shop: Path, master: str, wheel: Path
) -> None:
    wrong = submit("build_profiles", master, wheel, shop, "--set", "lake.rot=elsewhere")
    assert wrong.returncode == 2, wrong.stderr[-3000:]
    assert "lake.rot" in str(last_json(wrong.stdout)["cause"])

    for job in (ingest_sources.JOB, build_profiles.JOB):
        done = submit(job.name, master, wheel, shop)
        assert done.returncode == 0, done.stderr[-3000:]
        assert last_json(done.stdout)["status"] == "done"
        local = configuration.load(shop / "conf" / "local.yaml")
        assert run_job(job, local, spark, RUN_DATE)["exit_code"] == 0

    clustered = Lake(spark, configuration.load(shop / "conf" / "cluster.yaml"))
    laptop = Lake(spark, configuration.load(shop / "conf" / "local.yaml"))
    for table in ("silver.order_lines", "silver.orders", "ops.quarantine", "gold.customer_profiles"):
        rows, expected = clustered.read(table), laptop.read(table)
        assert not expected.isEmpty(), table
        assert_df_equality(sortable(rows), sortable(expected), ignore_row_order=True, ignore_nullable=True)


def sortable(frame: DataFrame) -> DataFrame:
    """Maps as text: Spark has no order for them."""
    maps = [field.name for field in frame.schema if field.dataType.typeName() == "map"]
    return frame.withColumns({name: F.to_json(name) for name in maps})
