"""Conclusion and advice of the report: the facts that a reader must not miss, and silence without them."""

from __future__ import annotations

from marketlake.description.findings import advise, conclude

PLAIN = {
    "table_name": "silver.orders", "column_name": "amount", "rows": 10, "nulls": 0, "null_share": 0.0,
    "distinct_values": 9, "personal": False, "transform": "none",
}  # fmt: skip
CHECK = {
    "table_name": "silver.order_lines", "column_name": "product_id", "referenced_table": "silver.products",
    "referring_rows": 10, "unknown_rows": 2, "unknown_values": 1, "ambiguous_rows": 0,
}  # fmt: skip


def test_missing_values_and_unknown_references_are_named_with_their_numbers() -> None:
    columns = [PLAIN, PLAIN | {"column_name": "store", "nulls": 3, "null_share": 0.3}]
    first, missing, unknown = conclude(columns, [CHECK], rows=10, simulated=0)
    assert first.startswith("1 table with 10 rows and 2 columns: 1 column has missing values")
    assert missing == "Many values are missing in orders.store (30%)."
    expected = "order_lines.product_id: 2 rows of 10 name 1 value that silver.products does not have."
    assert unknown == expected


def test_records_that_name_several_orders_are_counted_with_the_remedy() -> None:
    check = CHECK | {"column_name": "order_id", "unknown_rows": 0, "ambiguous_rows": 1}
    told = conclude([PLAIN], [check], rows=10, simulated=0)[1]
    number = "an order by a number that several orders have"
    assert told == f"order_lines.order_id: 1 row of 10 names {number}, and so names none."
    assert "Map order_source beside order_lines.order_id" in advise([PLAIN], [check], simulated=0)[0]


def test_advice_names_columns_to_leave_out_and_to_transform() -> None:
    columns = [
        PLAIN | {"column_name": "empty", "nulls": 10},
        PLAIN | {"column_name": "same", "distinct_values": 1},
        PLAIN | {"column_name": "skewed", "transform": "log"},
    ]
    text = " ".join(advise(columns, [CHECK], simulated=4))
    for words in ("Leave out orders.empty", "orders.same", "Transform orders.skewed", "silver.products", "simulated"):
        assert words in text


def test_a_table_without_oddities_needs_nothing() -> None:
    assert len(conclude([PLAIN], [], rows=10, simulated=0)) == 1
    assert advise([PLAIN], [], simulated=0) == ["Nothing in these tables needs attention before use."]
