"""build_profiles beside plain Spark SQL and DuckDB: `make bench`, or for a quick look

    .venv/bin/python tests/benchmarks/profiles.py --lines 100000 --repeats 1

All read the same Delta tables and end in a finished write of the same day's profiles, column by column alike: results
are compared at each size.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable
from pyspark.sql import SparkSession

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "jobs"))

import harness  # noqa: E402
import scaled_data  # noqa: E402

import build_profiles  # noqa: E402
import ingest_sources  # noqa: E402
from marketlake.runtime import config as configuration  # noqa: E402
from marketlake.runtime import session  # noqa: E402
from marketlake.runtime.config import Config  # noqa: E402
from marketlake.runtime.job import Context, run_job  # noqa: E402
from marketlake.runtime.lake import Lake  # noqa: E402
from marketlake.tables.orders import ORDER_LINES, ORDERS  # noqa: E402
from marketlake.tables.profiles import CUSTOMER_PROFILES  # noqa: E402

CORES = 2
SIZES = (100_000, 1_000_000, 10_000_000)
RUN_DATE = date(2017, 12, 31)
DAY_BEFORE = RUN_DATE - timedelta(days=1)
QUERY = (Path(__file__).parent / "profiles.sql").read_text(encoding="utf-8")
# What DuckDB calls otherwise than Spark SQL.
MACROS = (
    "collect_list(x) as list(x)",
    "collect_set(x) as list(distinct x) filter (where x is not null)",
    "sort_array(x) as list_sort(x)",
    "size(x) as len(x)",
    "datediff(a, b) as date_diff('day', b, a)",
    "struct(a, b) as row(a, b)",
)
FULL, DAY, PLAIN, DUCK = "full rebuild", "one more day", "plain Spark SQL", "DuckDB"


class Size:
    """The lake of one size, ready to be measured: profiles of the day before, then one more day's orders."""

    def __init__(self, spark: SparkSession, config: Config, data: Path, lines: int) -> None:
        root = data.parent / "work" / str(lines)
        scaled_data.working_copy(data / str(lines), root)
        self.spark, self.root = spark, root
        self.full = scaled_data.with_lake(config, root, build_profiles={"incremental": False})
        self.incremental = scaled_data.with_lake(config, root)
        self.lake = Lake(spark, self.full)
        self.build(self.full, DAY_BEFORE)
        context = self.context()
        for table in (ORDERS, ORDER_LINES):
            scaled_data.bring_next_day(context, table)
        self.rows = self.lake.read(ORDER_LINES.name).count()
        self.check_incremental()

    def context(self) -> Context:
        """What the job gets for the run date."""
        return Context(build_profiles.JOB, self.spark, self.incremental, RUN_DATE)

    def check_incremental(self) -> None:
        """Fails when the run date's profiles would be built anew instead of from the day before."""
        context = self.context()
        for table in build_profiles.HISTORY:
            context.read(table)
        previous = build_profiles.reusable_profiles(context)
        if previous is None or previous.run_date != DAY_BEFORE:
            raise SystemExit(f"'{DAY}' would not start from {DAY_BEFORE}, but from {previous}.")

    def build(self, config: Config, day: date = RUN_DATE) -> None:
        """The project's job, as the command line runs it."""
        outcome = run_job(build_profiles.JOB, config, self.spark, day)
        if outcome["exit_code"]:
            raise SystemExit(f"build_profiles failed: {outcome['cause']}")

    def plain(self) -> None:
        """The query in Spark, to Delta."""
        for table in build_profiles.JOB.reads:
            self.lake.read(table.name).createOrReplaceTempView(table.name.split(".")[1])
        query = sql("array", "struct(net_amount, quantity)")
        self.spark.sql(query).write.format("delta").mode("overwrite").save(str(self.root / "plain"))

    def duck(self) -> None:
        """The query in DuckDB, on the tables' current files, to Parquet."""
        with duckdb.connect() as connection:
            connection.execute(f"set threads = {CORES}")
            for table in build_profiles.JOB.reads:
                files = data_files(self.lake.location(table.name))
                empty = "select null::varchar customer_id, null::decimal(20,4) amount, null::date return_date limit 0"
                view = connection.read_parquet(files) if files else connection.sql(empty)
                view.create_view(table.name.split(".")[1])
            for macro in MACROS:
                connection.execute(f"create macro {macro}")
            query = sql("list_value", "struct_pack(net_amount := net_amount, quantity := quantity)")
            connection.execute(f"copy ({query}) to '{self.root}/duckdb.parquet' (format parquet)")

    def contenders(self) -> dict[str, Callable[[], None]]:
        """Each by its name."""
        return {
            FULL: lambda: self.build(self.full),
            DAY: lambda: self.build(self.incremental),
            PLAIN: self.plain,
            DUCK: self.duck,
        }

    def check_alike(self) -> None:
        """Fails unless every contender gives the same: counts and names equal, amounts to the cent."""
        results: dict[str, list[str]] = {}
        for name, contend in self.contenders().items():
            contend()
            if name in (FULL, DAY):
                results[name] = self._profile_files()
            elif name == PLAIN:
                results[name] = data_files(str(self.root / "plain"))
            else:
                results[name] = [f"{self.root}/duckdb.parquet"]
        differences = {name: differing(results[FULL], files) for name, files in results.items() if name != FULL}
        wrong = {name: found for name, found in differences.items() if found}
        if wrong:
            raise SystemExit(f"results differ from '{FULL}' at {self.rows:,} lines: {wrong}")

    def _profile_files(self) -> list[str]:
        files = data_files(self.lake.location(CUSTOMER_PROFILES.name))
        return [file for file in files if f"run_date={RUN_DATE}" in file]


def data_files(location: str) -> list[str]:
    """The files of a Delta table, as paths: delta-rs writes a space as %20."""
    return [unquote(uri) for uri in DeltaTable(location).file_uris()]


def sql(array: str, spent: str) -> str:
    """The query in one of the dialects."""

    def counts(column: str, values: range) -> str:
        cells = (f"coalesce(max(case when {column} = {n} then orders end), 0)" for n in values)
        return f"{array}({', '.join(cells)})"

    return QUERY.format(
        run_date=RUN_DATE,
        each_hour=counts("local_hour", range(24)),
        each_weekday=counts("local_weekday", range(1, 8)),
        spent=spent,
    )


def differing(left: list[str], right: list[str]) -> dict[str, int]:
    """Columns that differ between two results, with the number of customers; empty when they are alike."""
    names = [c for c in CUSTOMER_PROFILES.column_names if c not in ("run_date", "customer_id")]
    types = {f.name: f.dataType.simpleString() for f in CUSTOMER_PROFILES.schema}
    near = {"double": 1e-9}
    # An average is a quotient: engines round its last half cent differently.
    near_name = {"average_order_amount": 0.011}
    counts = []
    for name in names:
        far = near_name.get(name, near.get(types[name]))
        same = f"l.{name} is not distinct from r.{name}"
        if far is not None:
            same = f"({same} or abs(cast(l.{name} as double) - r.{name}) <= {far})"
        counts.append(f"count(*) filter (where not coalesce({same}, false)) as {name}")
    query = f"select {', '.join(counts)} from l full join r on l.customer_id = r.customer_id"
    with duckdb.connect() as connection:
        connection.read_parquet(left).create_view("l")
        connection.read_parquet(right).create_view("r")
        found = connection.sql(query).fetchall()[0]
    return {name: count for name, count in zip(names, found, strict=True) if count}


def main() -> None:
    """Makes the data once, then measures each size, prints the table and writes it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, action="append", help=f"lines of the data; repeatable; {SIZES}")
    parser.add_argument("--repeats", type=int, default=3, help="rounds that count, after one that warms up")
    options = parser.parse_args()
    config = configuration.load(ROOT / "conf" / "base.yaml")
    folder = ROOT / "var" / "bench"
    spark = session.build(config, "bench", {"spark.master": f"local[{CORES}]"})
    results: list[harness.Measured] = []
    about, references = harness.environment(CORES), (DUCK, PLAIN)
    for lines in options.lines or SIZES:
        if not (folder / "data" / str(lines) / ".ready").exists():
            origin = scaled_data.source(spark, config, folder / "data", ingest_sources.JOB)
            scaled_data.grown(spark, config, origin, folder / "data" / str(lines), lines=lines, next_day=RUN_DATE)
        size = Size(spark, config, folder / "data", lines)
        size.check_alike()  # every contender once: the warm-up round
        results += harness.measure(
            size.contenders(),
            rows=size.rows,
            repeats=options.repeats,
            warm_ups=0,
            say=lambda line: print(line, flush=True),
        )
        size.check_incremental()
        print("\n" + harness.table(results, references, about))
        print(harness.save("profiles", folder, results, references=references, about=about))
    spark.stop()


if __name__ == "__main__":
    main()
