"""Random baskets of four sources, late, repeated and corrected, days in any order: sums are those of plain Python."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pytest
from tests.helpers.small_shop import DAYS, Shop

import build_profiles
import ingest_sources

NAMES = ("number", "line", "customer", "store", "product", "day", "net", "changed")
SCHEMA = ", ".join(f"{name} string" for name in NAMES)
SOURCE = """
summary: Lines of baskets.
read: {{format: csv, path: '{name}_{{date}}.csv', schema: '{schema}'}}
max_rejected_share: 1.0
tables:
  silver.order_lines:
    {how}
    columns:
      order_id: number
      customer_id: customer
      store_id: store
      product_id: product
      ordered_at: day
      order_date: try_cast(day as date)
      quantity: "1"
      net_amount: net
      {line}
"""
KINDS = {
    "adds": ("order_again: adds", ""),
    "replaces": ("order_again: replaces", ""),
    "numbered": ("updated_at: changed", "line_id: line"),
    "complete": ("complete: day", "line_id: line"),
}
Row = tuple[str, ...]
LOADS = (DAYS[1], DAYS[0], DAYS[1])  # days in any order, one of them a second time, corrected


@dataclass
class Files:
    """All editions of each source's file of a day, in the order of their loads."""

    editions: list[tuple[str, date, list[Row]]] = field(default_factory=list)

    def newest(self, name: str) -> dict[tuple[date, str], list[Row]]:
        """Good rows of the last edition of a day that names an order; of a complete source, of the last edition."""
        found: dict[tuple[date, str], list[Row]] = {}
        for source, day, rows in self.editions:
            if source != name:
                continue
            if name == "complete":
                found = {key: kept for key, kept in found.items() if key[0] != day}
            for order in {order_of(name, row) for row in rows if row[4]}:
                found[day, str(order)] = [row for row in rows if row[4] and order_of(name, row) == order]
        return found


def order_of(name: str, row: Row) -> tuple[str, str, str]:
    """Day, numbering and number of a line's order."""
    return row[5], f"{name}/{row[3]}", row[0]


def draw_rows(chance: random.Random, name: str, day: date) -> list[Row]:
    """Lines of a file; some of an earlier day's order, some alike, some without a product (rejected)."""
    rows = []
    for _ in range(chance.randint(3, 9)):
        of_day = day if name == "complete" or chance.random() < 0.7 else chance.choice(DAYS)
        number, line = str(chance.randint(1, 4)), str(chance.randint(1, 3))
        product = "" if chance.random() < 0.1 else f"p{chance.randint(1, 3)}"
        net = f"{Decimal(chance.randint(1, 9)) / 1000 + chance.randint(0, 3)}"
        store = chance.choice(["s1", "s2"])
        changed = f"{chance.choice(DAYS)} {chance.randint(10, 20)}:00:00"
        rows.append((number, line, f"c{number}", store, product, str(of_day), net, changed))
    if name in ("adds", "replaces"):
        return rows + chance.sample(rows, 2)  # the same line twice is two lines
    keys = Counter((row[5], row[3], row[0], row[1]) for row in rows)
    return [row for row in rows if keys[row[5], row[3], row[0], row[1]] == 1]  # a contradiction is another test's


def expected_money(files: Files) -> dict[tuple[str, str, str], Decimal]:
    """Day, numbering and number of each order -> its sum."""
    found: dict[tuple[str, str, str], Decimal] = {}
    for name in KINDS:
        for order, paid in lines_of(name, files):
            found[order] = found.get(order, Decimal(0)) + paid
    return found


def lines_of(name: str, files: Files) -> list[tuple[tuple[str, str, str], Decimal]]:
    """Order and amount of each line that stands at the end."""
    newest = files.newest(name)
    if name == "adds":
        most: Counter[tuple] = Counter()
        for rows in newest.values():
            most |= Counter((order_of(name, row), row[2], row[4], row[6]) for row in rows)
        return [(line[0], Decimal(line[3])) for line in most.elements()]
    if name == "replaces":
        last = {order: day for day, order in sorted(newest)}
        newest = {(day, order): rows for (day, order), rows in newest.items() if last[order] == day}
    if name in ("replaces", "complete"):
        return [(order_of(name, row), Decimal(row[6])) for rows in newest.values() for row in rows]
    state: dict[tuple, tuple] = {}
    for source, day, rows in files.editions:
        for r in rows if source == name else ():
            key, version = (order_of(name, r), r[1]), (r[7], day)
            if r[4] and (key not in state or version >= state[key][0]):
                state[key] = (version, Decimal(r[6]))
    return [(key[0], paid) for key, (_, paid) in state.items()]


@pytest.mark.parametrize("seed", [11])
def test_sums_are_those_of_plain_python_and_profiles_those_of_a_rebuild(new_shop: Shop, seed: int) -> None:
    chance, shop, files = random.Random(seed), new_shop, Files()
    for name, (how, line) in KINDS.items():
        text = SOURCE.format(name=name, schema=SCHEMA, how=how, line=line)
        shop.put_text(f"{name}/lines.yaml", text, below="conf/sources/")
    enabled = f"sources.enabled=[{', '.join(KINDS)}]"
    for number, day in enumerate(LOADS):
        for name in KINDS:
            rows = draw_rows(chance, name, day)
            files.editions.append((name, day, rows))
            shop.put_text(f"{name}_{day}.csv", "\n".join([",".join(NAMES), *map(",".join, rows), ""]))
        outcome = shop.run(ingest_sources.JOB, day, enabled)
        assert outcome["exit_code"] == 0, outcome["cause"]
        if number == 1:
            assert shop.run(build_profiles.JOB, DAYS[0])["exit_code"] == 0
    expected = expected_money(files)
    for table in ("silver.orders", "silver.order_lines"):
        found: dict[tuple[str, str, str], Decimal] = {}
        for row in shop.rows(table):
            key = (str(row["order_date"]), row["order_source"], row["order_id"])
            found[key] = found.get(key, Decimal(0)) + row["net_amount"]
        assert found == expected, table
    for incremental in ("true", "false"):
        setting = f"jobs.build_profiles.incremental={incremental}"
        assert shop.run(build_profiles.JOB, DAYS[2], setting)["exit_code"] == 0
        profiles = [row for row in shop.rows("gold.customer_profiles") if row["run_date"] == DAYS[2]]
        assert sum(row["gross_sales"] for row in profiles) == sum(expected.values())
        if incremental == "true":
            added = profiles
    assert added == profiles
