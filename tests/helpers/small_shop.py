"""A tiny shop: its raw files, the sources that describe them, and runs of jobs over them.

Three sources, one of each kind: lines of baskets (csv, a file a day), customers (JSON lines) and products (parquet).
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from typing_extensions import Self

from marketlake.runtime import config as configuration
from marketlake.runtime.config import Config
from marketlake.runtime.job import Context, Job, run_job
from marketlake.runtime.lake import Lake

ROOT = Path(__file__).resolve().parents[2]
DAYS = (date(2025, 3, 1), date(2025, 3, 2), date(2025, 3, 3))

LINE_COLUMNS = (
    "order_id", "line_id", "customer_id", "store_id", "product_id", "ordered_at", "quantity",
    "list_amount", "discount_amount", "net_amount", "coupon_amount", "updated_at",
)  # fmt: skip

LINES_MAPPING = """
  silver.order_lines:
    columns:
      order_id: order_id
      line_id: line_id
      customer_id: customer_id
      store_id: store_id
      product_id: product_id
      ordered_at: ordered_at
      order_date: try_cast(ordered_at as date)
      quantity: quantity
      list_amount: list_amount
      discount_amount: discount_amount
      net_amount: net_amount
      coupon_amount: coupon_amount
    updated_at: updated_at
"""

ORDERS_MAPPING = """
  silver.orders:
    group_by: [order_id, store_id, try_cast(ordered_at as date)]
    columns:
      order_id: order_id
      customer_id: max(customer_id)
      store_id: store_id
      ordered_at: min(ordered_at)
      order_date: try_cast(ordered_at as date)
      local_hour: hour(try_cast(min(ordered_at) as timestamp))
      local_weekday: weekday(try_cast(min(ordered_at) as timestamp)) + 1
    updated_at: max(updated_at)
"""

CUSTOMERS_SOURCE = """
summary: Customers of the shop.
read:
  format: json
  path: customers*.json
  schema: customer_id string, age string, changed string
tables:
  silver.customers:
    columns: {customer_id: customer_id, age_band: age}
    updated_at: changed
"""

PRODUCTS_SOURCE = """
summary: Products of the shop.
read: {format: parquet, path: products*.parquet}
tables:
  silver.products:
    columns:
      product_id: product_id
      category: category
      brand: brand
      is_private_label: own_brand
    updated_at: changed
"""


def lines_source(
    path: str = "orders_{date}.csv", tables: str = LINES_MAPPING + ORDERS_MAPPING, limit: float = 0.5
) -> str:
    """The source file of a csv of lines."""
    schema = ", ".join(f"{name} string" for name in LINE_COLUMNS)
    read = f"read: {{format: csv, path: '{path}', schema: '{schema}'}}"
    return f"summary: Lines of baskets.\n{read}\nmax_rejected_share: {limit}\ntables:{tables}"


def line(order_id: str, line_id: str, day: date, customer_id: str = "", **other: Any) -> dict[str, str]:
    """A raw line of a basket, every value text as in the file."""
    values = {
        "store_id": "s1", "product_id": "p1", "ordered_at": f"{day} 10:00:00", "quantity": 1, "list_amount": "2.00",
        "discount_amount": "0.00", "coupon_amount": "0.00", "updated_at": f"{day} 12:00:00", **other,
    }  # fmt: skip
    if "net_amount" not in other:
        values["net_amount"] = f"{float(values['list_amount']) - float(values['discount_amount']):.2f}"
    named = {"order_id": order_id, "line_id": line_id, "customer_id": customer_id, **values}
    return {name: str(named[name]) for name in LINE_COLUMNS}


def usual_days() -> dict[date, list[dict[str, str]]]:
    """What the tills sent on three days.

    The file of the last day also brings an order of the second anew (it wins), and one older than what is known (it
    does not). Each of the first two days has one bad line.
    """
    first, second, third = DAYS
    return {
        first: [
            line("o1", "1", first, "c1", list_amount="10.00", discount_amount="1.00"),
            line("o1", "2", first, "c1", product_id="p2", quantity=3, list_amount="6.00"),
            line("o2", "1", first, "c2", store_id="s2", ordered_at=f"{first} 18:30:00", coupon_amount="0.50"),
            line("o3", "1", first, ""),
            line("bad1", "1", first, "c1", quantity=-1),
        ],
        second: [
            line("o4", "1", second, "c1", product_id="p9", list_amount="4.00"),
            line("o5", "1", second, "c3", product_id="p3", quantity=2, list_amount="8.00"),
            line("o6", "1", second, "c4", product_id="p3", list_amount="3.00", updated_at="2025-03-09 00:00:00"),
            line("bad2", "1", second, "c3", product_id=""),
        ],
        third: [
            line("o7", "1", third, "c2", product_id="p2", list_amount="2.50"),
            line("o5", "1", second, "c3", product_id="p3", quantity=2, list_amount="7.00", updated_at=f"{third} 09:00"),
            line("o6", "1", second, "c4", product_id="p3", list_amount="99.00", updated_at=f"{second} 12:00:00"),
        ],
    }  # fmt: skip


def product(product_id: str, category: str | None, brand: str, *, own: bool = False, day: int = 1) -> dict[str, Any]:
    """A raw product."""
    changed = datetime(2025, 1, day, tzinfo=timezone.utc)
    return {"product_id": product_id, "category": category, "brand": brand, "own_brand": own, "changed": changed}


PRODUCTS = (
    product("p1", "Bread", "Miller"),
    product("p2", "Milk", "Own", own=True),
    product("p3", "Bread", "Baker"),
)
CUSTOMERS = (
    {"customer_id": "c1", "age": "25-34", "changed": "2025-01-01"},
    {"customer_id": "c2", "age": "35-44", "changed": "2025-01-01"},
    {"customer_id": "c2", "age": "45-54", "changed": "2025-02-01"},
)


@dataclass
class Shop:
    """A folder with `conf`, `var/data` and `var/lake`, and the session that runs jobs over it."""

    folder: Path
    spark: SparkSession

    @property
    def lake(self) -> Path:
        """The folder of the lake's tables."""
        return self.folder / "var" / "lake"

    def config(self, *overrides: str) -> Config:
        """The suite's defaults on this folder; all sources below conf/sources/shop."""
        file = self._file("conf/test.yaml")
        file.write_text(
            f"extends: {ROOT}/conf/base.yaml\nwrite: {{pause_seconds: 0.1}}\nsources: {{enabled: [shop]}}\n"
            "jobs: {segment_customers: {window_days: 30}}\n"
        )
        return configuration.load(file, overrides)

    def run(self, job: Job, day: date, *overrides: str) -> dict[str, Any]:
        """One run of a job; its outcome."""
        return run_job(job, self.config(*overrides), self.spark, day)

    def context(self, job: Job, day: date) -> Context:
        """What a job may use for a day."""
        return Context(job, self.spark, self.config(), day)

    def run_days(self, job: Job, *days: date) -> None:
        """Runs a job for days; fails unless each run succeeds."""
        for day in days:
            outcome = self.run(job, day)
            assert outcome["exit_code"] == 0, outcome["cause"]

    def read(self, name: str) -> DataFrame:
        """A table of the lake by Spark."""
        return Lake(self.spark, self.config()).read(name)

    def rows(self, name: str, *without: str) -> list[dict[str, Any]]:
        """A table's rows by deltalake (no Spark job, so it is quick), sorted."""
        table = DeltaTable(str(self.lake / name.replace(".", "/"))).to_pyarrow_table()
        return sorted(table.drop_columns(list(without)).to_pylist(), key=repr)

    def contents(self, *names: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of several tables without what depends on when or where their files lay.

        These are the file of a quarantined row, and the load date of customers and products, whose sources have no
        dated files: the first run after their delivery takes them.
        """
        without = {"ops.quarantine": ["file"], "silver.customers": ["load_date"], "silver.products": ["load_date"]}
        return {name: self.rows(name, *without.get(name, [])) for name in names}

    def add_source(self, name: str, text: str) -> None:
        """Declares a source."""
        self._file(f"conf/sources/shop/{name}.yaml").write_text(text)

    def put_lines(self, name: str, lines: Iterable[Mapping[str, str]], header: Sequence[str] = LINE_COLUMNS) -> None:
        """Writes a csv of lines."""
        with self._file(f"var/data/{name}").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(each.values() for each in lines)

    def put_text(self, name: str, text: str, *, below: str = "var/data/") -> None:
        """Writes a file as it is."""
        self._file(f"{below}{name}").write_text(text)

    def put_orders(self, day: date, lines: Iterable[Mapping[str, str]]) -> None:
        """Writes the file of a day."""
        self.put_lines(f"orders_{day}.csv", lines)

    def put_products(self, name: str, rows: Sequence[Mapping[str, Any]], types: pa.Schema | None = None) -> None:
        """Writes a parquet file of products."""
        pq.write_table(pa.Table.from_pylist(list(rows), schema=types), self._file(f"var/data/{name}"))

    def put_customers(self, name: str, rows: Iterable[Mapping[str, str]]) -> None:
        """Writes a file of customers, a JSON object a line."""
        self._file(f"var/data/{name}").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def add_usual_sources(self) -> None:
        """All three sources with the usual files."""
        self.add_source("orders", lines_source())
        self.add_source("customers", CUSTOMERS_SOURCE)
        self.add_source("products", PRODUCTS_SOURCE)
        for day, lines in usual_days().items():
            self.put_orders(day, lines)
        self.put_products("products.parquet", PRODUCTS)
        self.put_customers("customers.json", CUSTOMERS)

    def copy_to(self, folder: Path) -> Self:
        """The same shop elsewhere: a lake that took seconds to fill is copied in milliseconds."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return type(self)(folder, self.spark)

    def _file(self, path: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        return file
