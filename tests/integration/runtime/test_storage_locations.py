"""Sources that are no files (a database, a Delta table), and a lake whose tables have names in a catalog."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tests.helpers.small_shop import CUSTOMERS, CUSTOMERS_SOURCE, DAYS, Shop

import ingest_sources
from marketlake.runtime.lake import Lake
from marketlake.tables.customers import CUSTOMERS as CUSTOMERS_TABLE

MAPPING = CUSTOMERS_SOURCE[CUSTOMERS_SOURCE.index("tables:") :]
# Derby is among Spark's own jars.
DATABASE = """
summary: Customers in a database.
read:
  format: jdbc
  options:
    url: "${SHOP_DATABASE}"
    driver: org.apache.derby.jdbc.EmbeddedDriver
    query: select "customer_id", "age", "changed" from people where "changed" <= '{date}'
"""
DELTA = """
summary: Customers in a Delta table of another team.
read: {format: delta, path: people}
"""


def ages(shop: Shop) -> dict[str, str]:
    return {row["customer_id"]: row["age_band"] for row in shop.rows("silver.customers")}


class Database:
    """A database in memory, by the driver that Spark will use."""

    def __init__(self, spark: SparkSession, folder: Path) -> None:
        self.url = "jdbc:derby:memory:shop;create=true"
        java = spark._jvm.java
        java.lang.System.setProperty("derby.stream.error.file", str(folder / "derby.log"))
        self.connection = java.sql.DriverManager.getConnection(self.url)
        self.do('create table people ("customer_id" varchar(9), "age" varchar(9), "changed" varchar(10))')

    def do(self, statement: str) -> None:
        self.connection.createStatement().execute(statement)


def test_a_database_is_read_with_its_secret_and_again_when_the_day_is_run_again(
    new_shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(new_shop.spark, new_shop.folder)
    monkeypatch.setenv("SHOP_DATABASE", database.url)
    new_shop.add_source("people", DATABASE + MAPPING)
    database.do("insert into people values ('c1', '25-34', '2025-01-01'), ('c2', '35-44', '2025-03-02')")
    new_shop.run_days(ingest_sources.JOB, DAYS[0])
    assert ages(new_shop) == {"c1": "25-34"}
    database.do("insert into people values ('c3', '65+', '2025-01-01')")
    new_shop.run_days(ingest_sources.JOB, DAYS[0])
    assert ages(new_shop) == {"c1": "25-34", "c3": "65+"}
    assert database.url not in caplog.text


def test_a_delta_table_of_others_is_a_source(new_shop: Shop) -> None:
    new_shop.add_source("people", DELTA + MAPPING)
    people = new_shop.spark.createDataFrame(CUSTOMERS)  # type: ignore[type-var]
    people.write.format("delta").save(str(new_shop.folder / "var/data/people"))
    new_shop.run_days(ingest_sources.JOB, DAYS[0])
    assert ages(new_shop) == {"c1": "25-34", "c2": "45-54"}
    assert {row["_file"] for row in new_shop.rows("bronze.shop_people")} == {"delta"}


@pytest.fixture
def catalog(spark: SparkSession) -> Iterator[str]:
    """The session's own catalog, left as it was found."""
    before = {row.namespace for row in spark.sql("SHOW SCHEMAS IN spark_catalog").collect()}
    yield "spark_catalog"
    for row in spark.sql("SHOW SCHEMAS IN spark_catalog").collect():
        if row.namespace not in before:
            spark.sql(f"DROP SCHEMA spark_catalog.{row.namespace} CASCADE")


def test_tables_by_their_names_in_a_catalog(spark: SparkSession, new_shop: Shop, catalog: str) -> None:
    new_shop.add_source("customers", CUSTOMERS_SOURCE)
    new_shop.put_customers("customers.json", CUSTOMERS)
    by_name = f"lake.catalog={catalog}"
    assert new_shop.run(ingest_sources.JOB, DAYS[0], by_name)["exit_code"] == 0
    new_shop.put_customers("customers_new.json", [{"customer_id": "c3", "age": "65+", "changed": "2025-03-02"}])
    assert new_shop.run(ingest_sources.JOB, DAYS[1], by_name)["output_versions"]["silver.customers"] == 2

    lake = Lake(spark, new_shop.config(by_name))
    assert lake.location("silver.customers") == f"{catalog}.silver.customers"
    assert lake.read("silver.customers").count() == 3
    assert lake.read("silver.customers", version=1).count() == 2
    lake.create(CUSTOMERS_TABLE)  # finds the table, and its columns as they should be
    assert {row.run_date for row in lake.read("ops.job_runs").collect()} == set(DAYS[:2])
    assert new_shop.rows("silver.customers") == []  # nothing went to the table by path
