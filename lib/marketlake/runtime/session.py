"""The one place that builds a Spark session: on a laptop, under spark-submit, and in the tests."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import pyspark
from pydantic import SecretStr
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from marketlake.runtime import jars
from marketlake.runtime.config import Config
from marketlake.runtime.errors import ConfigurationError

# Needed by Delta, our writer, UTC dates and our log, wherever the session runs.
REQUIRED = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    # Spark's own kind of time in Parquet has no statistics, and few other engines can read it.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # A day is written to one folder; without open writers for a few, Spark sorts all its rows by that folder first.
    "spark.sql.maxConcurrentOutputFileWriters": "8",
    "spark.log.level": "WARN",  # the job's own lines are to be found among Spark's
}

# Small data on one machine: few partitions, since each costs a task and a file.
LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",  # the progress display is ours
    "spark.sql.adaptive.enabled": "true",
    "spark.databricks.delta.snapshotPartitions": "2",  # 50 by default, for logs of thousands of files
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC",  # nobody waits for an answer: throughput, not short pauses
    # Row groups of 128 MB leave a file of 60 MB to one core.
    "spark.hadoop.parquet.block.size": str(16 * 2**20),
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def under_spark_submit() -> bool:
    """True when spark-submit started this process; its settings then win over ours."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def build(config: Config, app_name: str, extra: dict[str, str] | None = None) -> SparkSession:
    """The session for a configuration; the running one if there is one.

    Args:
        config: `session` is used; on a cluster, spark-submit's own settings win over it.
        app_name: shown in Spark's UI.
        extra: settings of a test or a benchmark.

    Raises:
        ConfigurationError: no Java, no Delta jars, or a session time zone other than UTC.
    """
    chosen = {k: v.get_secret_value() if isinstance(v, SecretStr) else v for k, v in config.session.spark.items()}
    chosen |= extra or {}
    if under_spark_submit():
        return _on_cluster(app_name, REQUIRED | chosen)
    settings = {
        **LOCAL,
        **REQUIRED,
        "spark.master": config.session.master,
        "spark.driver.memory": config.session.driver_memory,
        "spark.sql.shuffle.partitions": str(config.session.shuffle_partitions),
        "spark.sql.warehouse.dir": config.path("var/spark-warehouse"),
        "spark.checkpoint.dir": _checkpoints(),
        **jars.spark_settings(config.session.jars_folder and config.path(config.session.jars_folder)),
        **chosen,
    }
    return _local(app_name, settings, Path(config.path("var/logs/spark.log")))


def _checkpoints() -> str:
    """A folder for checkpoints of ALS, which keep its plan short; deleted when the process ends."""
    folder = tempfile.mkdtemp(prefix="marketlake-checkpoints-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _on_cluster(app_name: str, settings: dict[str, str]) -> SparkSession:
    SparkContext._ensure_initialized()
    submitted = SparkConf()
    zone = submitted.get("spark.sql.session.timeZone", "UTC")
    if zone != "UTC":
        raise ConfigurationError(
            f"spark.sql.session.timeZone is {zone}; days are counted in UTC.", "Leave it out of spark-submit."
        )
    builder = SparkSession.builder.appName(app_name)
    for key, value in settings.items():
        if not submitted.contains(key):
            builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        spark._jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(  # type: ignore[union-attr]
            REQUIRED["spark.sql.extensions"]
        )
    except Exception:
        raise ConfigurationError(
            "Delta is not on Spark's class path.",
            f"Pass --packages {jars.COORDINATES} to spark-submit, or --jars with the files of "
            "lib/marketlake/runtime/jars.py.",
        ) from None
    return spark


def _local(app_name: str, settings: dict[str, str], log: Path) -> SparkSession:
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        # A file, because conf/check-machine gives the same advice before any Python package is installed.
        advice = resources.files("marketlake.runtime").joinpath("java_advice.txt").read_text("utf-8").strip()
        raise ConfigurationError("No Java was found, and Spark needs one.", advice)
    # Another Python first on PATH, or another Spark in the environment, must not end up in our workers.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    builder = SparkSession.builder.appName(app_name)
    for key, value in settings.items():
        builder = builder.config(key, value)
    try:
        with _stderr_to(log):
            return builder.getOrCreate()
    except Exception as error:
        if "gateway process exited" in str(error) or "unresolved dependency" in str(error):
            raise ConfigurationError(f"Spark did not start; see {log}.", jars.ADVICE) from error
        raise


@contextmanager
def _stderr_to(log: Path) -> Iterator[None]:
    """Starts Spark's JVM with its stderr in a file, so that ours stays readable."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = os.dup(2)
    with log.open("ab") as file:
        sys.stderr.flush()
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
