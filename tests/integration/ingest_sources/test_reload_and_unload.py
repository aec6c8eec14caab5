"""After a mapping is mended its rejected rows are loaded from bronze; a file loaded by mistake is taken out again."""

from __future__ import annotations

import argparse
from decimal import Decimal

import pytest
from pyspark.sql import SparkSession
from tests.helpers.small_shop import DAYS, LINES_MAPPING, Shop, line, lines_source

import ingest_sources
from marketlake.cli.commands import reload, unload
from marketlake.runtime import session

MONDAY, TUESDAY = DAYS[:2]


@pytest.fixture
def no_new_session(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands use the tests' session."""
    monkeypatch.setattr(session, "build", lambda *_: spark)


def net(shop: Shop) -> dict[str, Decimal]:
    return {row["order_id"]: row["net_amount"] for row in shop.rows("silver.orders")}


@pytest.mark.usefixtures("no_new_session")
def test_rows_that_a_wrong_mapping_turned_away_are_loaded_from_bronze(new_shop: Shop) -> None:
    wrong = LINES_MAPPING.replace("net_amount: net_amount", "net_amount: concat(net_amount, ' EUR')")
    new_shop.add_source("orders", lines_source(tables=wrong, limit=1.0))
    for day in (MONDAY, TUESDAY):
        new_shop.put_orders(day, [line(f"of {day}", "1", day, "c1")])
        new_shop.run_days(ingest_sources.JOB, day)
        (new_shop.folder / f"var/data/orders_{day}.csv").unlink()  # bronze has it
    assert (net(new_shop), len(new_shop.rows("ops.quarantine"))) == ({}, 2)
    new_shop.add_source("orders", lines_source(tables=LINES_MAPPING))
    config = str(new_shop.folder / "conf/test.yaml")
    assert reload.run(argparse.Namespace(config=config, set=[])) == 0
    assert net(new_shop) == {f"of {day}": 2 for day in (MONDAY, TUESDAY)}
    assert new_shop.rows("ops.quarantine") == []
    assert [row["inserted_rows"] for row in new_shop.rows("ops.source_loads")] == [1, 1]


@pytest.mark.usefixtures("no_new_session")
def test_a_file_that_was_loaded_by_mistake_is_taken_out_and_what_it_had_changed_comes_back(new_shop: Shop) -> None:
    new_shop.add_source("orders", lines_source("orders_{date}*.csv", LINES_MAPPING))
    new_shop.put_orders(MONDAY, [line("kept", "1", MONDAY), line("changed", "1", MONDAY)])
    new_shop.run_days(ingest_sources.JOB, MONDAY)
    before = new_shop.contents("silver.orders", "silver.order_lines")
    new_shop.put_orders(TUESDAY, [line("of tuesday", "1", TUESDAY)])
    mistake = [line("changed", "1", MONDAY, list_amount="99.00"), line("new", "1", MONDAY)]
    new_shop.put_lines(f"orders_{TUESDAY}_mistake.csv", mistake)
    new_shop.run_days(ingest_sources.JOB, TUESDAY)
    assert net(new_shop) == {"kept": 2, "changed": 99, "new": 2, "of tuesday": 2}

    def take_out(file: str | None) -> None:
        config = str(new_shop.folder / "conf/test.yaml")
        options = argparse.Namespace(source="shop/orders", run_date=TUESDAY, file=file, config=config)
        assert unload.run(options) == 0

    take_out("mistake.csv")
    assert net(new_shop) == {"kept": 2, "changed": 2, "of tuesday": 2}
    take_out(None)
    assert new_shop.contents("silver.orders", "silver.order_lines") == before
    assert [row["run_date"] for row in new_shop.rows("ops.source_loads")] == [MONDAY]
