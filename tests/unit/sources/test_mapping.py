"""Raw rows to rows of a contract, each with every reason why it would be turned away."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from marketlake.sources import mapping
from marketlake.sources.source import UNREADABLE, Mapping
from marketlake.sources.values import IS_REJECTED, REASONS
from marketlake.tables.lineage import SOURCE
from marketlake.tables.merge_plan import count_outcomes
from marketlake.tables.merging import NOTES, OUTCOME, REJECTED
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.rules import Rule, at_least
from marketlake.tables.table import Column, Table

SALES = Table(
    name="silver.sales",
    summary="A sale.",
    write="merge",
    key=("sale_id",),
    updated_at="updated_at",
    columns=(
        Column("sale_id", "string", "Identity.", required=True),
        Column("paid", "decimal(18,2)", "Paid, currency."),
        Column("units", "bigint", "Units.", required=True),
        Column("flags", "array<string>", "What is odd."),
        Column("updated_at", "timestamp", "Last change."),
        SOURCE,
    ),
    rules=(at_least("units", 0), at_least("paid", 0)),
    flags=(Rule("free", "paid = 0", "nothing was paid"), Rule("many", "units > 9", "many units")),
)
COLUMNS = {"sale_id": "id", "paid": "amount", "units": "n"}
GOOD = {"id": "a", "amount": "1.50", "n": "2"}


def raw(spark: SparkSession, *rows: dict[str, Any], unreadable: bool = False) -> DataFrame:
    names = ["id", "amount", "n", "changed", *([UNREADABLE] if unreadable else []), "_file"]
    schema = ", ".join(f"{name} string" for name in names)
    return spark.createDataFrame([tuple({"_file": "f", **row}.get(n) for n in names) for row in rows], schema)


def mapped(spark: SparkSession, *rows: dict[str, Any], **how: Any) -> list[Row]:
    """The mapped rows in the order of the raw ones."""
    frame = raw(spark, *rows).coalesce(1)
    return mapping.map_rows(frame, Mapping(**{"columns": COLUMNS, **how}), SALES, source="till").collect()


def refusal(spark: SparkSession, **how: Any) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        mapping.map_rows(raw(spark, GOOD), Mapping(**{"columns": COLUMNS, **how}), SALES, source="till")
    return str(caught.value)


def test_a_good_row_has_the_contracts_types_and_no_reason(spark: SparkSession) -> None:
    found = mapped(spark, {**GOOD, "changed": "2025-03-01 10:00:00"}, updated_at="changed")[0]
    assert (found.sale_id, found.paid, found.units) == ("a", Decimal("1.50"), 2)
    assert found.updated_at == datetime(2025, 3, 1, 10)
    assert (found[IS_REJECTED], found[REASONS], found.flags) == (False, [], [])


def test_each_broken_row_has_every_reason_with_the_value_and_the_type(spark: SparkSession) -> None:
    cast, missing, several, late = mapped(
        spark,
        {**GOOD, "n": "two"},
        {**GOOD, "id": None},
        {"amount": "-1", "n": "-2", "id": None},
        {**GOOD, "changed": "yesterday"},
        updated_at="changed",
    )
    assert cast[REASONS] == [
        "units_not_bigint: found two, expected bigint",
        "units_missing: units is required and has no value",
    ]
    assert missing[REASONS] == ["sale_id_missing: sale_id is required and has no value"]
    assert several[REASONS] == [
        "sale_id_missing: sale_id is required and has no value",
        "units_below_0: units is below 0",
        "paid_below_0: paid is below 0",
    ]
    assert late[REASONS] == ["updated_at_not_timestamp: found yesterday, expected timestamp"]
    assert all(row[IS_REJECTED] for row in (cast, missing, several, late))


def test_a_value_that_does_not_fit_its_type_is_not_cut_to_fit(spark: SparkSession) -> None:
    wide, fraction = mapped(spark, {**GOOD, "amount": "1e17"}, {**GOOD, "n": "1.5"})
    assert wide[REASONS] == ["paid_not_decimal: found 1e17, expected decimal(18,2)"]
    assert fraction[REASONS][0] == "units_not_bigint: found 1.5, expected bigint"


def test_a_missing_value_that_is_not_required_is_no_reason(spark: SparkSession) -> None:
    found = mapped(spark, {**GOOD, "amount": None})[0]
    assert (found.paid, found[REASONS]) == (None, [])


def test_a_column_that_the_mapping_does_not_fill_is_missing(spark: SparkSession) -> None:
    found = mapped(spark, GOOD, columns={"sale_id": "id", "units": "n"})[0]
    assert (found.paid, found.updated_at, found[IS_REJECTED]) == (None, None, False)


def test_the_row_is_kept_as_it_came(spark: SparkSession) -> None:
    found = mapped(spark, {**GOOD, "n": "two"})[0]
    assert json.loads(found._raw) == {**GOOD, "n": "two"}
    assert found._file == "f"


def test_every_row_has_its_source_of_a_group_too(spark: SparkSession) -> None:
    group = {"group_by": ["id"], "columns": {"sale_id": "id", "units": "count(*)"}}
    rows = [*mapped(spark, GOOD, {**GOOD, "n": "two"}), *mapped(spark, GOOD, **group)]
    assert [row.source for row in rows] == ["till"] * 3


def test_a_filter_leaves_out_what_it_does_not_hold_for_or_cannot_decide(spark: SparkSession) -> None:
    rows = ({**GOOD, "id": "in"}, {**GOOD, "id": "out", "n": "9"}, {**GOOD, "id": "unknown", "n": None})
    assert [row.sale_id for row in mapped(spark, *rows, filter="n < 5 or n = 77")] == ["in"]


def test_a_group_is_one_row_with_its_columns_as_the_raw_row(spark: SparkSession) -> None:
    how = {
        "group_by": ["id"],
        "columns": {"sale_id": "id", "paid": "sum(try_cast(amount as decimal(18,2)))", "units": "count(*)"},
        "updated_at": "max(changed)",
    }
    rows = ({**GOOD, "changed": "2025-03-01"}, {**GOOD, "changed": "2025-03-02", "_file": "e"}, {"amount": "-1"})
    found = {row.sale_id: row for row in mapped(spark, *rows, **how)}
    assert (found["a"].paid, found["a"].units, found["a"].updated_at) == (Decimal("3.00"), 2, datetime(2025, 3, 2))
    assert (json.loads(found["a"]._raw), found["a"]._file) == ({"id": "a"}, "e")
    assert [reason.split(":")[0] for reason in found[None][REASONS]] == ["sale_id_missing", "paid_below_0"]


BROKEN = {"id": "a", "amount": "7.00", UNREADABLE: "a,7.00,,,,"}


def judged(spark: SparkSession, **how: Any) -> list[Row]:
    """A good row and a line that could not be read, whose values may stand under wrong names."""
    rows = raw(spark, GOOD, BROKEN, unreadable=True).coalesce(1)
    return mapping.map_rows(rows, Mapping(**{"columns": COLUMNS, **how}), SALES, source="till").collect()


def test_a_line_that_cannot_be_read_is_bad_and_keeps_its_text(spark: SparkSession) -> None:
    good, broken = judged(spark)
    assert not good[IS_REJECTED]
    assert broken[REASONS][0] == "unreadable_line: the line is not of the declared format"
    assert json.loads(broken._raw)[UNREADABLE] == BROKEN[UNREADABLE]


def test_a_line_that_cannot_be_read_is_not_lost_by_a_filter(spark: SparkSession) -> None:
    assert sorted(row[IS_REJECTED] for row in judged(spark, filter="n > 0")) == [False, True]


def test_a_line_that_cannot_be_read_does_not_enter_the_sums_of_a_group(spark: SparkSession) -> None:
    columns = {"sale_id": "id", "paid": "sum(try_cast(amount as decimal(18,2)))", "units": "count(*)"}
    found = judged(spark, group_by=["id"], columns=columns)
    assert [(row.sale_id, row.paid) for row in found if not row[IS_REJECTED]] == [("a", Decimal("1.50"))]
    assert [row[REASONS][0].split(":")[0] for row in found if row[IS_REJECTED]] == ["unreadable_line"]


BASKETS = f"id string, items array<struct<line: string, n: string>>, {UNREADABLE} string, _file string"


def exploded(spark: SparkSession, *baskets: tuple, **how: Any) -> list[Row]:
    """Rows of baskets that hold their lines in an array."""
    frame = spark.createDataFrame([(*basket, "f") for basket in baskets], BASKETS).coalesce(1)
    columns = {"sale_id": "concat(id, items.line)", "units": "items.n"}
    found = mapping.map_rows(frame, Mapping(**{"columns": columns, "explode": "items", **how}), SALES, source="till")
    return found.collect()


def test_an_array_is_a_row_an_element_and_a_bad_one_keeps_the_whole_raw_row(spark: SparkSession) -> None:
    first, second, other = exploded(spark, ("a", [("1", "5"), ("2", "two")], None), ("b", [("1", "7")], None))
    assert [(row.sale_id, row.units, row[IS_REJECTED]) for row in (first, second, other)] == [
        ("a1", 5, False),
        ("a2", None, True),
        ("b1", 7, False),
    ]
    lines = [{"line": "1", "n": "5"}, {"line": "2", "n": "two"}]
    assert json.loads(first._raw) == json.loads(second._raw) == {"id": "a", "items": lines}


@pytest.mark.parametrize("items", [[], None, [None]], ids=["empty", "missing", "a null"])
def test_an_array_without_elements_is_one_row_and_not_lost(spark: SparkSession, items: list | None) -> None:
    (found,) = exploded(spark, ("a", items, None))
    assert [reason.split(":")[0] for reason in found[REASONS]] == ["sale_id_missing", "units_missing"]
    assert json.loads(found._raw)["id"] == "a"


def test_elements_are_filtered_and_grouped_like_rows(spark: SparkSession) -> None:
    baskets = (("a", [("1", "5"), ("2", "6"), ("3", "70")], None), ("b", [("1", "7")], None))
    columns = {"sale_id": "id", "units": "sum(try_cast(items.n as bigint))"}
    found = exploded(spark, *baskets, columns=columns, group_by=["id"], filter="items.n < 50")
    assert sorted((row.sale_id, row.units) for row in found) == [("a", 11), ("b", 7)]


def test_a_line_that_cannot_be_read_is_not_exploded(spark: SparkSession) -> None:
    good, broken = exploded(spark, ("a", [("1", "5")], None), ("a", [("1", "5"), ("2", "6")], '{"id": "a", ite'))
    assert not good[IS_REJECTED]
    assert broken[REASONS][0] == "unreadable_line: the line is not of the declared format"
    assert len(json.loads(broken._raw)["items"]) == 2


def test_what_is_no_array_is_not_exploded(spark: SparkSession) -> None:
    told = refusal(spark, explode="itmes")
    assert told == "explode: no such column: itmes; the source has id, amount, n, changed, _file."
    assert refusal(spark, explode="amount") == "explode: amount is string, expected an array."


def test_flags_name_what_is_odd_yet_kept(spark: SparkSession) -> None:
    free, plain = mapped(spark, {"id": "a", "amount": "0", "n": "10"}, GOOD)
    assert (free.flags, free[IS_REJECTED], plain.flags) == (["free", "many"], False, [])


def test_good_and_bad_split_the_rows_and_counts_tell_them(spark: SparkSession) -> None:
    rows = ({"id": "a", "amount": "0", "n": "10"}, GOOD, {**GOOD, "n": "two"}, {"n": "-1"}, {"amount": "0", "n": "-1"})
    frame = mapping.map_rows(raw(spark, *rows), Mapping(columns=COLUMNS), SALES, source="till")
    decided = frame.withColumn(OUTCOME, F.when(F.col(IS_REJECTED), REJECTED))
    counts = count_outcomes(decided)
    assert (counts.outcomes, counts.notes) == ({None: 2, REJECTED: 3}, {"free": 1, "many": 1})
    good, bad = mapping.accepted_rows(frame, SALES), mapping.rejected_rows(frame, SALES)
    assert good.columns == SALES.column_names
    assert bad.columns == ["table_name", "reasons", "raw_row", "file"]
    assert good.count() == 2
    assert by_reason(bad) == [
        ("till", "silver.sales", "sale_id_missing", 2),
        ("till", "silver.sales", "units_below_0", 2),
        ("till", "silver.sales", "units_missing", 1),
        ("till", "silver.sales", "units_not_bigint", 1),
    ]


def by_reason(bad: DataFrame) -> list[tuple]:
    return [tuple(row) for row in mapping.count_reasons(bad.withColumn("source", F.lit("till"))).collect()]


def test_the_bad_rows_of_a_wide_contract_are_found_in_bounded_memory(spark: SparkSession) -> None:
    names = [f"n{number}" for number in range(24)]
    wide = Table(
        "silver.wide", "Wide.", tuple(Column(name, "bigint", "A number.") for name in names), key=("n0",), write="merge"
    )
    frame = spark.createDataFrame([(*["one"] * 24, "f")], [*names, "_file"])
    judged = mapping.map_rows(frame, Mapping(columns={n: n for n in names}), wide, source="till")
    told = mapping.rejected_rows(judged, wide).collect()[0].reasons
    assert [reason.split(":")[0] for reason in told] == [f"{name}_not_bigint" for name in names]


@pytest.mark.parametrize("column", ["nope", "flags", "updated_at", "source"])
def test_a_column_that_no_mapping_fills_is_named(spark: SparkSession, column: str) -> None:
    told = refusal(spark, columns={**COLUMNS, column: "id"})
    assert told == f"columns.{column}: not a column of silver.sales that a mapping fills."


@pytest.mark.parametrize(
    ("how", "place", "reason"),
    [
        ({"columns": {**COLUMNS, "paid": "amuont"}}, "columns.paid", "amuont"),
        ({"columns": {**COLUMNS, "paid": "amount +"}}, "columns.paid", "PARSE_SYNTAX_ERROR"),
        ({"columns": {**COLUMNS, "paid": "no_such_function(n)"}}, "columns.paid", "no_such_function"),
        ({"updated_at": "chnaged"}, "columns.updated_at", "chnaged"),
        ({"filter": "knid = 1"}, "filter", "knid"),
        ({"group_by": ["id"]}, "columns.paid", "amount"),
        ({"group_by": ["idd"], "columns": {"sale_id": "min(id)"}}, "group_by", "idd"),
    ],
    ids=["unknown column", "syntax", "function", "updated_at", "filter", "not an aggregate", "group"],
)
def test_sql_that_spark_refuses_is_named_with_its_place_and_sparks_reason(
    spark: SparkSession, how: dict[str, Any], place: str, reason: str
) -> None:
    told = refusal(spark, **how)
    assert told.startswith(f"{place}: ")
    assert reason in told
    assert "\n" not in told


LINE = {
    "order_id": "o",
    "product_id": "p",
    "ordered_at": "t",
    "order_date": "try_cast(t as date)",
    "quantity": "q",
    "list_amount": "list",
    "discount_amount": "off",
    "net_amount": "net",
}
RAW_LINE = {"o": "1", "p": "p1", "t": "2025-03-01 10:00:00", "q": "1", "net": "2.00", "_file": "f"}


def sales(spark: SparkSession, *rows: dict[str, Any], table: Table = ORDER_LINES, **how: Any) -> list[Row]:
    """Rows of a table of sales, from the till of one folder."""
    names = ["o", "p", "s", "t", "q", "list", "off", "net", "paid", "gone", "hour", "_file"]
    frame = spark.createDataFrame(
        [tuple({**RAW_LINE, **row}.get(n) for n in names) for row in rows], ", ".join(f"{n} string" for n in names)
    ).coalesce(1)
    mapped = Mapping(**{"columns": LINE, **how})
    found = mapping.map_rows(frame, mapped, table, source="tills_a", folder="tills", run_date=date(2025, 3, 2))
    return found.collect()


def test_an_order_is_numbered_by_folder_and_store_unless_the_mapping_says_otherwise(spark: SparkSession) -> None:
    of_store = LINE | {"store_id": "s"}
    assert {r.order_source for r in sales(spark, {"s": "7"}, {}, columns=of_store)} == {"tills/7", "tills"}
    assert sales(spark, {"s": "7"}, columns=of_store | {"order_source": "'shop'"})[0].order_source == "shop"
    assert sales(spark, {})[0].load_date == date(2025, 3, 2)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"net": "2.00"}, ("2", "0", "2")),
        ({"list": "2.010", "off": "1.005", "net": None}, ("2.01", "1.005", "1.005")),
        ({"list": "5", "net": "4"}, ("5", "1", "4")),
        ({"off": "-1", "net": "6"}, ("5", "-1", "6")),
        ({"list": "1.00005", "off": "0.00001", "net": "1.00004"}, ("1.0000", "0.0000", "1.0000")),
    ],
    ids=["net alone", "three digits", "no discount", "a surcharge", "five digits"],
)
def test_two_amounts_give_the_third_and_they_add_up_when_rounded(
    spark: SparkSession, given: dict[str, str], expected: tuple[str, str, str]
) -> None:
    (row,) = sales(spark, given)
    assert row[REASONS] == []
    assert (row.list_amount, row.discount_amount, row.net_amount) == tuple(map(Decimal, expected))
    assert ("surcharge" in row.flags) == (row.discount_amount < 0)


def test_small_amounts_and_weights_are_kept_and_more_digits_are_rounded_half_up_and_noted(spark: SparkSession) -> None:
    (kept,) = sales(spark, {"net": "0.005", "q": "1.99"})
    (rounded,) = sales(spark, {"net": "0.00005", "q": "1.9995"})
    assert (kept.net_amount, kept.quantity, kept[NOTES]) == (Decimal("0.005"), Decimal("1.99"), [])
    assert (rounded.net_amount, rounded.quantity) == (Decimal("0.0001"), Decimal("2"))
    assert rounded[NOTES] == ["quantity_rounded", "net_amount_rounded"]
    (below,) = sales(spark, {"net": "-0.00001"})  # asked before rounding
    assert [reason.split(":")[0] for reason in below[REASONS]] == ["net_amount_below_0"]


def test_a_line_without_a_number_is_known_by_its_content_and_its_place_among_equals(spark: SparkSession) -> None:
    rows = ({}, {}, {"net": "3.00"}, {"o": "2"}, {"q": "-1"})
    first, again = (sorted((r.order_id, r.line_id or "") for r in sales(spark, *rows)) for _ in range(2))
    assert first == again
    ids = [line for _, line in first]
    assert ids[0] == ""  # rejected
    assert len({(order, line) for order, line in first[1:]}) == 4
    assert sum(line.endswith("-2") for line in ids) == 1


@pytest.mark.parametrize(
    ("told", "given", "expected"),
    [
        ({}, {}, date(2025, 3, 1)),
        ({"paid_at": "paid"}, {"paid": "2025-03-04 08:00:00"}, date(2025, 3, 4)),
        ({"paid_at": "paid"}, {}, None),
        ({"paid_at": "paid", "cancelled_at": "gone"}, {"paid": "2025-03-04", "gone": "2025-03-03"}, None),
        ({"paid_at": "paid", "cancelled_at": "gone"}, {"paid": "2025-03-04", "gone": "2025-03-09"}, date(2025, 3, 4)),
        ({"cancelled_at": "gone"}, {"gone": "2025-03-01 12:00:00"}, None),
        ({"cancelled_at": "gone"}, {"gone": "2025-03-02"}, date(2025, 3, 1)),
    ],
)
def test_an_order_counts_from_its_payment_unless_it_was_cancelled_before(
    spark: SparkSession, told: dict[str, str], given: dict[str, str], expected: date | None
) -> None:
    columns = {"order_id": "o", "ordered_at": "t", "order_date": "try_cast(t as date)"} | told
    assert sales(spark, given, table=ORDERS, columns=columns)[0].booked_date == expected


def test_an_hour_that_no_clock_shows_is_missing_and_the_order_stays(spark: SparkSession) -> None:
    columns = {"order_id": "o", "ordered_at": "t", "order_date": "try_cast(t as date)", "local_hour": "hour"}
    wrong, right = sales(spark, {"hour": "24"}, {"hour": "23"}, table=ORDERS, columns=columns)
    assert (wrong.local_hour, wrong[NOTES], wrong[IS_REJECTED]) == (None, ["local_hour_not_0_to_23"], False)
    assert (right.local_hour, right[NOTES]) == (23, [])


def test_sums_of_an_order_are_not_mapped(spark: SparkSession) -> None:
    with pytest.raises(ValueError, match=r"takes it from the lines; a delivered sum is declared_net_amount"):
        sales(spark, {}, table=ORDERS, columns={"net_amount": "net"})
