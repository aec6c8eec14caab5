"""Loads of sources without a lake: pending files, fingerprints, messages, and rows of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession

from marketlake.sources import load_result, loads
from marketlake.sources.errors import MappingError, MissingFileError
from marketlake.sources.load_result import LoadResult, RawCounts
from marketlake.sources.loads import SourceLoad
from marketlake.sources.pending_files import find_pending_files, pending_files, without_copies
from marketlake.sources.source import Source, source_files
from marketlake.tables.merge_plan import Counts
from marketlake.tables.ops import SOURCE_LOADS
from marketlake.tables.orders import ORDERS
from marketlake.tables.products import STORES
from marketlake.tables.table import Table

FIRST, SECOND = date(2025, 3, 1), date(2025, 3, 2)
ONE, TWO = "file:/raw/one.csv 10 2025-03-01T00:00:00", "file:/raw/two files.csv 20 2025-03-02T00:00:00"


def source(path: str | None = "tills/*.csv", kind: str = "csv", table: str = "silver.orders") -> Source:
    read = {"format": kind, "path": path}
    return Source.model_validate({"summary": "Tills.", "read": read, "tables": {table: {"columns": {}}}})


def load(ledger: Mapping[date, Row] | None = None, **how: Any) -> SourceLoad:
    return SourceLoad("tills", Path("conf/sources/tills.yaml"), source(**how), 0.01, SECOND, "/raw/", ledger or {})


def entry(*files: str, fingerprint: str = "") -> Row:
    return Row(files=list(files), fingerprint=fingerprint)


def test_a_file_that_another_day_has_loaded_is_not_pending() -> None:
    assert pending_files([ONE, TWO], load({FIRST: entry(ONE)})) == [TWO]
    assert pending_files([ONE], load({FIRST: entry(ONE)})) == []


def test_a_file_that_the_day_itself_has_loaded_is_loaded_again_with_it() -> None:
    assert pending_files([ONE, TWO], load({SECOND: entry(ONE)})) == [ONE, TWO]


def test_the_file_of_a_day_is_pending_whatever_other_days_have_loaded() -> None:
    assert pending_files([ONE], load({FIRST: entry(ONE)}, path="tills_{date}.csv")) == [ONE]


def test_the_same_bytes_are_read_once_in_a_load_and_again_in_none_unless_the_path_has_a_date(
    spark: SparkSession, tmp_path: Path
) -> None:
    texts = {"a b.csv": "one", "copy.csv": "one", "other.csv": "two", "longer.csv": "three"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    identity = {name: f"file:{tmp_path / name} {len(text)} t" for name, text in texts.items()}
    gone = f"file:{tmp_path / 'gone.csv'} 3 t"
    assert without_copies(spark, load(), list(identity.values())) == [
        identity[name] for name in ("a b.csv", "other.csv", "longer.csv")
    ]
    earlier = {FIRST: entry(identity["a b.csv"], gone)}
    assert without_copies(spark, load(earlier), [identity["copy.csv"], identity["other.csv"]]) == [
        identity["other.csv"]
    ]
    assert without_copies(spark, load(earlier, path="{date}.csv"), [identity["copy.csv"]]) == [identity["copy.csv"]]


def test_a_load_is_skipped_only_with_the_same_files_and_mapping() -> None:
    fingerprint = source().fingerprint([ONE, TWO])
    loaded = load({SECOND: entry(ONE, TWO, fingerprint=fingerprint)})
    assert loaded.is_loaded([TWO, ONE])
    assert not loaded.is_loaded([ONE])
    assert not load({SECOND: entry(ONE, TWO, fingerprint=fingerprint)}, table="silver.stores").is_loaded([ONE, TWO])
    assert not load({FIRST: entry(ONE, TWO, fingerprint=fingerprint)}).is_loaded([ONE, TWO])


def test_a_database_is_never_skipped() -> None:
    files = ["jdbc 2025-03-02"]
    database = source(path=None, kind="jdbc")
    assert not load({SECOND: entry(*files, fingerprint=database.fingerprint(files))}, path=None, kind="jdbc").is_loaded(
        files
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tills/*.csv", "/raw/tills/*.csv"),
        ("tills_{date}.csv", "/raw/tills_2025-03-02.csv"),
        ("s3a://shop/{date:%Y%m%d}.csv", "s3a://shop/20250302.csv"),
    ],
)
def test_a_path_is_below_the_folder_of_raw_data_unless_it_is_an_address(path: str, expected: str) -> None:
    assert load(path=path).path == expected


def test_files_are_read_by_their_paths_which_may_have_spaces() -> None:
    assert load().paths_of([ONE, TWO]) == ["file:/raw/one.csv", "file:/raw/two files.csv"]
    assert load(path="people", kind="delta").paths_of(["delta 2025-03-02"]) == ["/raw/people"]


def test_a_path_without_a_file_is_told_with_advice(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError) as caught:
        find_pending_files(spark, load(path=str(tmp_path / "*.csv")))
    assert caught.value.cause.startswith("conf/sources/tills.yaml: no file at ")
    assert caught.value.advice == "Deliver it, or correct read.path or sources.raw_root."


def test_a_table_without_a_contract_is_named_with_those_that_have_one() -> None:
    with pytest.raises(MappingError) as caught:
        loads.check_tables(load(table="silver.order"), {"silver.orders": ORDERS})
    assert caught.value.cause == "conf/sources/tills.yaml: tables.silver.order: no such table."
    assert caught.value.advice == "Known: silver.orders."


def result(rows: int, table: Table = ORDERS, not_mapped: int = 0, **outcomes: int) -> LoadResult:
    counts = Counts({"inserted": rows - sum(outcomes.values()), **outcomes}, {"odd": 1})
    return LoadResult(load(), RawCounts(rows, 0, not_mapped), {table: counts}, [], [ONE])


@pytest.mark.parametrize(
    ("found", "kinds"),
    [
        (result(100, rejected=1), []),
        (result(100, rejected=2), ["rejected"]),
        (result(100, collided=1), ["collided"]),
        (result(100, table=STORES, collided=50), []),
        (result(100, not_mapped=2), ["not_mapped"]),
        (result(0), []),
    ],
)
def test_a_source_is_over_its_limit_by_its_shares(found: LoadResult, kinds: list[str]) -> None:
    assert [excess.kind for excess in found.over_limit] == kinds


def test_the_equation_of_the_ledger_holds_for_every_outcome() -> None:
    outcomes = ("updated", "same", "refreshed", "superseded", "collided", "rejected")
    (row,) = load_result.ledger_rows([result(100, **dict.fromkeys(outcomes, 3), deleted=5)], {})
    names = ("inserted", "updated", "same", "superseded", "collided", "rejected")
    assert row["mapped_rows"] == sum(row[f"{name}_rows"] for name in names) == 95
    assert (row["same_rows"], row["deleted_rows"]) == (6, 5)


def test_too_many_rejected_rows_are_told_with_every_rule() -> None:
    error = load_result.rejected_rows_error(
        result(1_000, rejected=20), {("tills", "silver.orders"): {"order_id_missing": 20}}
    )
    assert error.cause == (
        "tills: 20 of 1,000 rows for silver.orders break its contract (2.00%, limit 1.00%): order_id_missing 20. "
        "Nothing of it was loaded."
    )
    assert "source = 'tills' and run_date = '2025-03-02'" in error.advice


def test_a_row_of_the_ledger_has_every_column_of_its_table() -> None:
    (row,) = load_result.ledger_rows([result(100, rejected=1)], {("tills", "silver.orders"): {"order_id_missing": 1}})
    assert list(row) == SOURCE_LOADS.column_names
    assert (row["inserted_rows"], row["rejected_rows"], row["reasons"]) == (99, 1, {"order_id_missing": 1})
    assert row["fingerprint"] == source().fingerprint([ONE])


def test_a_folder_of_sources_is_all_its_files_and_a_name_is_its_file(tmp_path: Path) -> None:
    for name in ("shop/tills", "shop/stores", "web"):
        file = tmp_path / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.touch()
    found = source_files(tmp_path, ["web", "shop/tills", "shop", "missing"])
    assert list(found) == ["web", "shop_tills", "shop_stores", "missing"]
    assert found["missing"] == tmp_path / "missing.yaml"


def test_records_of_orders_come_after_the_lines_of_other_sources() -> None:
    records, lines, stores = load(), load(table="silver.order_lines"), load(table="silver.stores")
    both = replace(
        lines, source=lines.source.model_copy(update={"tables": {**records.source.tables, **lines.source.tables}})
    )
    assert loads.lines_first([records, lines, both, stores]) == ([lines, both, stores], [records])
