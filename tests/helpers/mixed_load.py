"""Two days of a shop in which everything goes wrong that has cost others money.

The till's lines have no numbers, and its receipts begin at 1 each day; the web shop sends orders again and again; the
desk delivers numbered lines with a record of each order, odd clocks, and corrections without a time of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from tests.helpers.small_shop import DAYS, Shop

MONDAY, TUESDAY = DAYS[:2]
NAMES = ("kind", "number", "customer", "store", "product", "at", "units", "net", "less")
SOURCE = """
summary: Lines without numbers.
read: {{format: csv, path: '{name}_{{date}}.csv', schema: '{schema}'}}
max_rejected_share: 0.5
skip: {{filter: kind = 'test', reason: rows of a till in training}}
tables:
  silver.order_lines:
    filter: kind = 'sale'
    order_again: {order_again}
    columns:
      order_id: number
      customer_id: customer
      store_id: store
      product_id: product
      ordered_at: at
      order_date: try_cast(at as date)
      quantity: units
      discount_amount: less
      net_amount: net
  silver.returns:
    filter: kind = 'return'
    columns:
      return_id: number
      customer_id: customer
      store_id: store
      product_id: product
      returned_at: at
      return_date: try_cast(at as date)
      quantity: -try_cast(units as decimal(18,3))
      amount: -try_cast(net as decimal(20,4))
"""
DESK_NAMES = ("number", "line", "customer", "product", "at", "units", "whole", "less", "hour", "weekday")
DESK = f"""
summary: Numbered lines; what the desk calls the time of change is that of the sale.
read: {{format: csv, path: 'desk_{{date}}*.csv', schema: '{", ".join(f"{name} string" for name in DESK_NAMES)}'}}
max_rejected_share: 0.5
tables:
  silver.orders:
    group_by: [number, try_cast(at as date)]
    columns:
      order_id: number
      order_source: "'desk'"
      customer_id: max(customer)
      ordered_at: min(at)
      order_date: try_cast(at as date)
      local_hour: max(hour)
      local_weekday: max(weekday)
      declared_line_count: count(*)
    updated_at: max(at)
  silver.order_lines:
    columns:
      order_id: number
      order_source: "'desk'"
      line_id: line
      customer_id: customer
      product_id: product
      ordered_at: at
      order_date: try_cast(at as date)
      quantity: units
      list_amount: whole
      discount_amount: less
    updated_at: at
"""
PEOPLE = """
summary: Customers, of whom no row tells when it was changed.
read: {format: csv, path: 'people*.csv', schema: 'customer string, age string'}
tables:
  silver.customers:
    columns: {customer_id: customer, age_band: age}
"""


def source(name: str, order_again: str) -> str:
    """The declaration of the till or the web shop."""
    return SOURCE.format(name=name, schema=", ".join(f"{n} string" for n in NAMES), order_again=order_again)


def row(number: str, net: str, *, day: date = MONDAY, kind: str = "sale", **other: str) -> str:
    """A raw line of the till: a unit of p1 by c1 in s1 at ten o'clock, unless said otherwise."""
    usual = {"customer": "c1", "store": "s1", "product": "p1", "at": f"{day} 10:00:00", "units": "1", "less": ""}
    values = {**usual, "kind": kind, "number": number, "net": net, **other}
    return ",".join(values[name] for name in NAMES)


def desk_row(number: str, line: str, whole: str, **other: str) -> str:
    """A raw line of the desk: on Monday at ten, a unit of p1 by c5, unless said otherwise."""
    usual = {"customer": "c5", "product": "p1", "at": f"{MONDAY} 10:00:00", "units": "1", "less": "0"}
    values = {**usual, "hour": "10", "weekday": "1", "number": number, "line": line, "whole": whole, **other}
    return ",".join(values[name] for name in DESK_NAMES)


FILES: Mapping[tuple[str, date], list[str]] = {
    ("till", MONDAY): [
        row("100", "2.00"),
        row("100", "2.00"),  # a second one of the same
        row("101", "0.005", units="1.99", at=f"{MONDAY} 11:02:00"),
        row("101", "0.005", units="1.99", at=f"{MONDAY} 11:01:00"),
        row("102", "6.00", less="-1.00", customer=""),  # a surcharge
        row("103", "9.00", product=""),  # rejected; the other line of the order stays
        row("103", "1.00"),
        row("104", "4.00", customer="c2"),
        row("108", "NaN"),  # rejected
        row("R1", "-3.00", kind="return", units="-2", customer="c3"),
        row("105", "7.00", kind="test"),
        row("106", "7.00", kind="sael"),
        *[row("107", "0.005", customer="")] * 10_000,
    ],
    ("web", MONDAY): [row("100", "50.00", store="", customer="c9"), row("100", "1.00", store="", customer="c9")],
    ("desk", MONDAY): [
        desk_row("1", "1", "2.010", less="1.005"),
        desk_row("1", "2", "3.00", units="-1"),  # rejected; the order has its other line
        desk_row("2", "1", "5.00", hour="24"),
        desk_row("3", "1", "5.00", weekday="0"),
        *(desk_row("4", str(number), "1.00", customer="c6") for number in range(50)),
    ],
    ("till", TUESDAY): [
        row("100", "3.00"),  # a late line of Monday's order, which adds to it
        row("100", "2.00", day=TUESDAY),  # the number starts anew each day
        row("104", "4.00", customer="c2"),  # sent once more
        *(row("77", "1.00", day=MONDAY - timedelta(days), customer="c7") for days in range(1, 11)),
    ],
    ("web", TUESDAY): [row("100", "40.00", store="", customer="c9"), row("100", "1.00", store="", customer="c9")],
    ("desk", TUESDAY): [
        desk_row("2", "2", "10.00", hour="24"),  # a late line
        *(desk_row("4", str(number), "2.00", customer="c6") for number in range(50)),  # corrected, no newer
    ],
}  # fmt: skip
TILL, WEB, OF_DESK = "shop/s1", "shop", "desk"
EXPECTED: Mapping[tuple[date, str, str], str] = {
    (MONDAY, TILL, "100"): "7",
    (MONDAY, TILL, "101"): "0.01",
    (MONDAY, TILL, "102"): "6",
    (MONDAY, TILL, "103"): "1",
    (MONDAY, TILL, "104"): "4",
    (MONDAY, TILL, "107"): "50",
    (TUESDAY, TILL, "100"): "2",
    **{(MONDAY - timedelta(days), TILL, "77"): "1" for days in range(1, 11)},
    (MONDAY, WEB, "100"): "41",
    (MONDAY, OF_DESK, "1"): "1.005",
    (MONDAY, OF_DESK, "2"): "15",
    (MONDAY, OF_DESK, "3"): "5",
    (MONDAY, OF_DESK, "4"): "100",
}  # money of each order after both days, in whatever order they are loaded


def add_mixed_load(shop: Shop) -> None:
    """Declares the four sources and writes their files; those of the desk twice, under two names."""
    shop.add_source("till", source("till", "adds"))
    shop.add_source("web", source("web", "replaces"))
    shop.add_source("desk", DESK)
    shop.add_source("people", PEOPLE)
    shop.put_text("people.csv", "customer,age\nc1,25-34\nc1,35-44\nc2,45-54\n")
    for (name, day), rows in FILES.items():
        text = "\n".join([",".join(DESK_NAMES if name == "desk" else NAMES), *rows, ""])
        shop.put_text(f"{name}_{day}.csv", text)
        if name == "desk":
            shop.put_text(f"{name}_{day}_copy.csv", text)
