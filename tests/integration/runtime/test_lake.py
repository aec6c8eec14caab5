"""What the lake's tables say of themselves, refuse, and show to other engines."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import polars
import pyarrow.parquet as pq
import pytest
from chispa import assert_df_equality
from deltalake import DeltaTable, write_deltalake
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F
from tests.helpers.small_shop import DAYS, Shop

import build_profiles
import ingest_sources
from marketlake.runtime.command import run_days
from marketlake.runtime.errors import ContractError, InputError
from marketlake.runtime.job import code_version
from marketlake.tables.orders import ORDERS
from marketlake.tables.table import MONEY, Column, Table

LAST = DAYS[-1]


def runs(shop: Shop, job: str) -> dict[date, dict]:
    return {row["run_date"]: row for row in shop.rows("ops.job_runs") if row["job"] == job}


def test_a_run_is_entered_with_its_rows_and_versions(finished: Shop) -> None:
    ingest, profiles = runs(finished, "ingest_sources")[LAST], runs(finished, "build_profiles")[LAST]
    assert (ingest["status"], ingest["exit_code"], ingest["code_version"]) == ("done", 0, code_version())
    assert dict(ingest["rows_out"])["bronze.shop_orders"] == 3
    assert dict(profiles["rows_in"])["silver.orders"] == len(finished.rows("silver.orders"))
    assert dict(profiles["rows_out"]) == {"gold.customer_profiles": 4}
    version = DeltaTable(str(finished.lake / "gold/customer_profiles")).version()
    assert dict(profiles["output_versions"]) == {"gold.customer_profiles": version}
    assert profiles["seconds"] > 0


@pytest.mark.parametrize("name", ["gold.customer_profiles", "silver.orders", "ops.source_loads"])
def test_every_commit_carries_the_run_that_made_it(finished: Shop, name: str) -> None:
    entered = {row["run_id"]: row for row in finished.rows("ops.job_runs")}
    job = "build_profiles" if name.startswith("gold") else "ingest_sources"
    for commit in DeltaTable(str(finished.lake / name.replace(".", "/"))).history():
        said = json.loads(commit.get("userMetadata") or "{}")
        assert (commit["version"], said.get("job"), said.get("code_version")) == (
            commit["version"],
            job,
            code_version(),
        )
        run = entered[said["run_id"]]
        assert said["run_date"] == str(run["run_date"])
        assert said["inputs"].items() <= dict(run["input_versions"]).items()


def copied_order(shop: Shop, **values: object) -> None:
    """What a writer that is not ours might do: append a row to silver.orders."""
    row = shop.read("silver.orders").limit(1)
    row = row.withColumns({name: F.lit(v).cast(ORDERS.schema[name].dataType) for name, v in values.items()})
    row.write.format("delta").mode("append").save(str(shop.lake / "silver/orders"))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"order_id": "wrong", "net_amount": Decimal("999.00")}, "net_adds_up"),
        ({"order_id": None}, "order_id"),
    ],
    ids=["CHECK", "NOT NULL"],
)
def test_no_writer_can_break_a_constraint(finished: Shop, values: dict, told: str) -> None:
    before = finished.rows("silver.orders")
    with pytest.raises((PySparkException, Py4JJavaError), match=f"CONSTRAINT.*{told}"):
        copied_order(finished, **values)
    assert finished.rows("silver.orders") == before


def test_a_table_whose_columns_are_others_is_refused_with_the_difference(finished: Shop) -> None:
    columns = [column for column in ORDERS.columns if column.name not in ("line_count", "local_hour")]
    other = Table(
        ORDERS.name,
        "An order, as another version of the code has it.",
        (*columns, Column("local_hour", "string", "Hour."), Column("tip_amount", MONEY, "Tip, currency.")),
        key=ORDERS.key,
        write="merge",
    )
    with pytest.raises(ContractError) as caught:
        finished.context(ingest_sources.JOB, LAST).lake.create(other)
    assert caught.value.exit_code == 4
    for part in (
        "silver.orders: the columns are not as expected",
        f"- tip_amount {MONEY} (missing)",
        "+ line_count int (unknown)",
        "~ local_hour: expected string, found int",
    ):
        assert part in str(caught.value)


def test_a_table_that_nobody_has_written_is_named_with_the_way_to_get_it(ingested: Shop) -> None:
    with pytest.raises(InputError, match=r"gold\.customer_profiles: no such table at .*Run the job that writes it"):
        ingested.read("gold.customer_profiles")


def test_a_run_reads_what_is_known_at_the_end_of_its_day(finished: Shop) -> None:
    seen = finished.context(build_profiles.JOB, DAYS[1]).read(ORDERS)
    expected = finished.read("silver.orders").where(F.col("order_date") <= F.lit(DAYS[1]))
    assert_df_equality(seen, expected, ignore_row_order=True)
    assert 0 < seen.count() < len(finished.rows("silver.orders"))


def tables_of(shop: Shop) -> list[str]:
    return sorted(".".join(log.parent.relative_to(shop.lake).parts) for log in shop.lake.glob("*/*/_delta_log"))


def test_other_engines_read_the_same_rows_and_sums_as_spark(finished: Shop) -> None:
    names = tables_of(finished)
    assert {"bronze.shop_orders", "silver.orders", "gold.customer_segments", "ops.job_runs"} <= set(names)
    sums = {}
    for name in names:
        frame = finished.read(name)
        money = next((c for c in ("net_amount", "monetary") if dict(frame.dtypes).get(c, "") == MONEY), None)
        total = F.sum(money) if money else F.lit(None)
        sums[name] = tuple(frame.agg(F.count(F.lit(1)), total).first())
        table = DeltaTable(str(finished.lake / name.replace(".", "/")))
        by_polars = polars.scan_delta(table).select(
            polars.len(), polars.col(money).sum() if money else polars.lit(None)
        )
        files = table.to_pyarrow_dataset()  # noqa: F841  (DuckDB finds it by its name)
        by_duckdb = duckdb.sql(f"SELECT count(*), {f'sum({money})' if money else 'NULL'} FROM files").fetchall()[0]
        rows, paid = by_polars.collect().row(0)
        assert (name, by_duckdb) == (name, sums[name])
        assert (name, rows, paid if rows else None) == (name, *sums[name])
    assert sums["silver.orders"][1] == sums["silver.order_lines"][1] > 0


def test_times_are_microseconds_in_the_files(finished: Shop) -> None:
    files = DeltaTable(str(finished.lake / "silver/orders")).file_uris()
    assert files
    assert {str(pq.read_schema(file).field("ordered_at").type) for file in files} == {"timestamp[us, tz=UTC]"}


def test_a_load_goes_on_after_a_commit_of_another_engine(ingested_shop: Shop) -> None:
    for name, column in (("silver.customers", "customer_id"), ("ops.source_loads", "source")):
        table = DeltaTable(str(ingested_shop.lake / name.replace(".", "/")))
        one = table.to_pyarrow_table().slice(0, 1)
        write_deltalake(
            table, one.set_column(one.schema.get_field_index(column), column, [["elsewhere"]]), mode="append"
        )
    ingested_shop.put_customers("customers_2.json", [{"customer_id": "c9", "age": "25-34", "changed": "2025-02-01"}])
    outcome = ingested_shop.run(ingest_sources.JOB, LAST + timedelta(days=1), "sources.enabled=[shop/customers]")
    assert outcome["exit_code"] == 0, outcome["cause"]
    customers = {row["customer_id"] for row in ingested_shop.rows("silver.customers")}
    assert {"c1", "elsewhere", "c9"} <= customers


def test_a_dry_run_writes_nothing(finished: Shop) -> None:
    import argparse

    before = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*")}
    options = argparse.Namespace(run_date=DAYS[0], end_date=LAST, dry_run=True, skip_unchanged=False)
    assert run_days([ingest_sources.JOB, build_profiles.JOB], finished.config(), finished.spark, options) == 0
    after = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*")}
    del before[finished.folder / "conf/test.yaml"], after[finished.folder / "conf/test.yaml"]
    assert after == before
