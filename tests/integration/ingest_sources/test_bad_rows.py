"""Thousands of bad rows: none stops the load within its limit, none is lost, each has exactly its reasons."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.helpers.small_shop import DAYS, LINES_MAPPING, Shop, line, lines_source

import ingest_sources

DAY = DAYS[0]
ROWS = 3000
Raw = dict[str, str]

# What may be wrong with a line: how it is spoilt, and the rules that must speak, and no other.
KINDS: dict[str, tuple[Callable[[Raw], Raw], set[str]]] = {
    "good": (lambda raw: raw, set()),
    "good, and odd": (lambda raw: raw | {"quantity": "0"}, set()),
    "good, anonymous": (lambda raw: raw | {"customer_id": "", "store_id": ""}, set()),
    "text for a number": (
        lambda raw: raw | {"quantity": "many"},
        {"quantity_not_decimal", "quantity_missing"},
    ),
    "text for money": (
        lambda raw: raw | {"net_amount": "ten"},
        {"net_amount_not_decimal"},  # list and discount give it
    ),
    "below zero": (
        lambda raw: raw | {"quantity": "-4", "coupon_amount": "-0.01"},
        {"quantity_below_0", "coupon_amount_below_0"},
    ),
    "no order": (lambda raw: raw | {"order_id": ""}, {"order_id_missing"}),
    "no product": (lambda raw: raw | {"product_id": ""}, {"product_id_missing"}),
    "no such day": (
        lambda raw: raw | {"ordered_at": "2025-02-30 10:00:00"},
        {"ordered_at_not_timestamp", "ordered_at_missing", "order_date_missing"},
    ),
    "nothing": (
        lambda raw: raw | {"quantity": "0", "list_amount": "0", "net_amount": "0"},
        {"no_goods_and_no_money"},
    ),
    "broken line": (
        lambda raw: {"order_id": raw["order_id"], "line_id": raw["line_id"]},
        {
            "unreadable_line", "product_id_missing", "ordered_at_missing", "order_date_missing", "quantity_missing",
            "net_amount_missing", "no_goods_and_no_money", "net_adds_up",
        },
    ),
}  # fmt: skip


def kind_of(number: int) -> str:
    return list(KINDS)[number % len(KINDS)]


def trouble() -> list[Raw]:
    """Lines of every kind; the line's id tells which it is."""
    return [KINDS[kind_of(n)][0](line(f"o{n}", str(n), DAY, f"c{n % 50}")) for n in range(ROWS)]


GOOD = {n for n in range(ROWS) if not KINDS[kind_of(n)][1]}


@pytest.fixture(scope="module")
def loaded(bare: Shop, tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, dict]:
    """The same file by two sources in one run: the first bears any number of bad rows, the second hardly one."""
    shop = bare.copy_to(tmp_path_factory.mktemp("trouble"))
    shop.add_source("lenient", lines_source("lenient_{date}.csv", LINES_MAPPING, limit=1.0))
    shop.add_source(
        "strict",
        lines_source("strict_{date}.csv", LINES_MAPPING.replace(": order_id", ": concat('s', order_id)"), 0.01),
    )
    for name in ("lenient", "strict"):
        shop.put_lines(f"{name}_{DAY}.csv", trouble())
    return shop, shop.run(ingest_sources.JOB, DAY)


def quarantined(shop: Shop, source: str) -> dict[int, set[str]]:
    """The names of the rules that each row of a source broke, by the row's number."""
    rows = [row for row in shop.rows("ops.quarantine") if row["source"] == source]
    found = {int(json.loads(row["raw_row"])["line_id"]): {r.split(":")[0] for r in row["reasons"]} for row in rows}
    assert len(found) == len(rows)
    return found


def test_no_row_is_lost_and_none_is_in_both_places(loaded: tuple[Shop, dict]) -> None:
    shop, _ = loaded
    good = {int(row["line_id"]) for row in shop.rows("silver.order_lines")}
    assert good == GOOD
    assert set(quarantined(shop, "shop_lenient")) == set(range(ROWS)) - GOOD
    assert 2000 < ROWS - len(GOOD) < 2500


def test_each_row_has_exactly_the_reasons_of_what_is_wrong_with_it(loaded: tuple[Shop, dict]) -> None:
    shop, _ = loaded
    wrong = {
        (kind_of(number), frozenset(reasons))
        for number, reasons in quarantined(shop, "shop_lenient").items()
        if reasons != KINDS[kind_of(number)][1]
    }
    assert wrong == set()


def test_the_ledger_counts_what_the_quarantine_holds(loaded: tuple[Shop, dict]) -> None:
    shop, _ = loaded
    (load,) = shop.rows("ops.source_loads")
    reasons = quarantined(shop, "shop_lenient").values()
    assert (load["raw_rows"], load["inserted_rows"], load["rejected_rows"]) == (ROWS, len(GOOD), ROWS - len(GOOD))
    assert dict(load["reasons"]) == {name: sum(name in each for each in reasons) for name in set().union(*reasons)}
    assert dict(load["flags"]) == {"money_without_quantity": sum(kind_of(n) == "good, and odd" for n in range(ROWS))}


def test_beyond_the_limit_the_load_is_exit_4_loads_nothing_and_still_puts_aside(loaded: tuple[Shop, dict]) -> None:
    shop, outcome = loaded
    assert outcome["exit_code"] == 4
    assert f"shop_strict: {ROWS - len(GOOD):,} of {ROWS:,} rows for silver.order_lines" in outcome["cause"]
    assert "limit 1.00%" in outcome["cause"]
    assert "source = 'shop_strict'" in outcome["advice"]
    assert not [row for row in shop.rows("silver.order_lines") if row["order_id"].startswith("s")]
    assert len(quarantined(shop, "shop_strict")) == ROWS - len(GOOD)
    assert {row["source"] for row in shop.rows("ops.source_loads")} == {"shop_lenient"}


def test_the_default_limit_is_that_of_the_configuration(loaded: tuple[Shop, dict], tmp_path: Path) -> None:
    shop, _ = loaded
    assert shop.config().sources.max_rejected_share == 0.01
    context = shop.context(ingest_sources.JOB, DAY)
    limits = {load.name: load.max_rejected_share for load in ingest_sources.chosen_sources(context)}
    assert limits == {"shop_lenient": 1.0, "shop_strict": 0.01}
