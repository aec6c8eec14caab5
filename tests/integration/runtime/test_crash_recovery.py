"""A load that is killed between two writes and started again ends in the tables of one that was not disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.helpers.small_shop import DAYS, Shop, lines_source, usual_days

import ingest_sources
from marketlake.runtime.job import Context
from marketlake.tables.merge_plan import MergePlan

TABLES = ("silver.orders", "silver.order_lines", "ops.quarantine")


class Killed(BaseException):
    """Not an Exception: nothing may handle it, as nothing handles the end of a process."""


def with_orders(shop: Shop) -> Shop:
    shop.add_source("orders", lines_source())
    shop.put_orders(DAYS[0], usual_days()[DAYS[0]])
    return shop


@pytest.fixture(scope="module")
def undisturbed(bare: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    shop = with_orders(bare.copy_to(tmp_path_factory.mktemp("undisturbed")))
    shop.run_days(ingest_sources.JOB, DAYS[0])
    return shop.contents(*TABLES)


def kill_at(patch: pytest.MonkeyPatch, number: int) -> list[str]:
    """The process ends when it is about to make its n-th write; returns the names of the tables written before."""
    written: list[str] = []

    def counting(write: Any) -> Any:
        def counted(context: Context, what: Any, *rest: Any, **also: Any) -> Any:
            if len(written) + 1 == number:
                raise Killed
            written.append(what.table.name if isinstance(what, MergePlan) else what.name)
            return write(context, what, *rest, **also)

        return counted

    patch.setattr(Context, "replace_day", counting(Context.replace_day))
    patch.setattr(Context, "merge", counting(Context.merge))
    patch.setattr(Context, "apply", counting(Context.apply))
    return written


WRITES = [
    "bronze.shop_orders", "silver.order_lines", "silver.orders", "silver.customers", "silver.stores", "ops.quarantine",
    "ops.source_loads",
]  # fmt: skip


def test_a_load_killed_at_one_point_after_another_ends_in_the_same_tables(
    undisturbed: dict[str, Any], new_shop: Shop
) -> None:
    shop = with_orders(new_shop)
    # Customers and stores that are there already are not written again.
    without_them = [name for name in WRITES if name not in ("silver.customers", "silver.stores")]
    for number, writes in ((3, WRITES), (4, WRITES), (6, WRITES), (5, without_them)):
        with pytest.MonkeyPatch.context() as patch:
            written = kill_at(patch, number)
            with pytest.raises(Killed):
                shop.run(ingest_sources.JOB, DAYS[0])
        assert written == writes[: number - 1]  # all that was done before the kill is done again
        assert shop.rows("ops.source_loads") == []
    shop.run_days(ingest_sources.JOB, DAYS[0])
    assert shop.contents(*TABLES) == undisturbed
    assert len(shop.rows("ops.source_loads")) == 2


def test_the_undisturbed_load_has_something_to_lose(undisturbed: dict[str, Any], tmp_path: Path) -> None:
    assert {name: len(rows) for name, rows in undisturbed.items()} == {
        "silver.orders": 4,  # the till tells of an order whose only line is in quarantine
        "silver.order_lines": 4,
        "ops.quarantine": 1,
    }
