"""The outcome of each row of a load, decided alike on every run and in any order of loads."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import permutations
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from tests.helpers.rows import table_rows

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.merging import OUTCOME, Arrival, compare_rows, rank_rows
from marketlake.tables.table import Column, Table

THINGS = Table(
    name="silver.things",
    summary="A thing.",
    write="merge",
    key=("day", "parent", "id"),
    date_column="day",
    line_id="id",
    updated_at="updated_at",
    columns=(
        Column("day", "date", "Day."),
        Column("parent", "string", "What it belongs to."),
        Column("id", "string", "Identity."),
        Column("left", "string", "One value."),
        Column("right", "string", "Another value."),
        Column("counts", "map<string,int>", "Values by name."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
)
OLD, NEW = datetime(2025, 3, 1), datetime(2025, 3, 2)
MONDAY, TUESDAY = date(2025, 3, 3), date(2025, 3, 4)


def things(spark: SparkSession, *rows: dict[str, Any], **same: Any) -> DataFrame:
    return table_rows(spark, THINGS, rows, **{"day": MONDAY, "parent": "p", "source": "s", **same})


def ranked(spark: SparkSession, *rows: dict[str, Any], partitions: int = 1) -> list[tuple]:
    found = rank_rows(THINGS, things(spark, *rows).repartition(partitions))
    return sorted((r.id, r.left or "", r.right or "", r[OUTCOME] or "newest") for r in found.collect())


def met(
    spark: SparkSession, old: list[dict[str, Any]], new: list[dict[str, Any]], day: date = TUESDAY, **how: Any
) -> list[tuple]:
    """Identity and outcome of the new rows, and of the old ones that are deleted."""
    arriving = rank_rows(THINGS, things(spark, *new, load_date=day))
    arrival = Arrival(run_date=day, source="s", **how)
    found = compare_rows(THINGS, arriving, things(spark, *({"load_date": MONDAY, **row} for row in old)), arrival)
    return sorted((row.id, row[OUTCOME]) for row in found.collect())


def test_the_newest_row_of_each_key_is_kept_and_the_older_is_superseded(spark: SparkSession) -> None:
    rows = ({"id": "a", "left": "x", "updated_at": OLD}, {"id": "a", "left": "y", "updated_at": NEW}, {"id": "b"})
    assert ranked(spark, *rows) == [("a", "x", "", "superseded"), ("a", "y", "", "newest"), ("b", "", "", "newest")]


def test_a_row_without_a_time_is_older_than_any(spark: SparkSession) -> None:
    found = ranked(spark, {"id": "a", "left": "x"}, {"id": "a", "left": "y", "updated_at": datetime(1900, 1, 1)})
    assert found == [("a", "x", "", "superseded"), ("a", "y", "", "newest")]


TIES = (
    {"id": "a", "left": "x"},
    {"id": "a", "right": "x"},  # the same value in another column: a hash that passes over nulls sees no difference
    {"id": "a", "left": "x", "right": "x", "counts": {"k": 1}},
)


@pytest.mark.parametrize("partitions", [1, 3])
def test_rows_that_contradict_each_other_collide_and_the_same_one_stays(spark: SparkSession, partitions: int) -> None:
    found = [ranked(spark, *order, partitions=partitions) for order in permutations(TIES)]
    assert found == [found[0]] * 6
    assert Counter(row[-1] for row in found[0]) == {"newest": 1, "collided": 2}


def test_of_equal_rows_one_is_left_and_the_others_are_the_same(spark: SparkSession) -> None:
    assert Counter(row[-1] for row in ranked(spark, *[TIES[0]] * 3, partitions=2)) == {"newest": 1, "same": 2}


def test_rows_that_are_already_decided_take_no_part(spark: SparkSession) -> None:
    rows = things(spark, {"id": "a", "left": "x"}, {"id": "a", "left": "y"}, {"id": "a", "left": "z"})
    decided = rows.withColumn(OUTCOME, F.when(F.col("left") == "z", "rejected"))
    found = Counter(row[OUTCOME] for row in rank_rows(THINGS, decided).collect())
    assert found == {None: 1, "collided": 1, "rejected": 1}


OLD_ROW = {"id": "a", "left": "x", "updated_at": OLD}


@pytest.mark.parametrize(
    ("new", "outcome"),
    [
        ({**OLD_ROW, "left": "y", "updated_at": NEW}, "updated"),
        ({**OLD_ROW, "left": "y"}, "updated"),  # equally new, of a later run date
        ({**OLD_ROW, "left": "y", "updated_at": datetime(2025, 2, 1)}, "superseded"),
        (OLD_ROW, "refreshed"),
        ({**OLD_ROW, "updated_at": datetime(2025, 2, 1)}, "same"),
        ({**OLD_ROW, "id": "b"}, "inserted"),
    ],
)
def test_a_row_meets_the_one_of_its_key(spark: SparkSession, new: dict[str, Any], outcome: str) -> None:
    assert met(spark, [OLD_ROW], [new]) == [(new["id"], outcome)]


def test_a_later_edition_of_one_run_date_wins_and_an_older_run_date_does_not(spark: SparkSession) -> None:
    correction = {**OLD_ROW, "left": "y"}
    assert met(spark, [OLD_ROW], [correction], MONDAY) == [("a", "updated")]
    assert met(spark, [{**OLD_ROW, "load_date": TUESDAY}], [correction], MONDAY) == [("a", "superseded")]
    assert met(spark, [{**OLD_ROW, "load_date": TUESDAY}], [OLD_ROW], MONDAY) == [("a", "same")]


def test_rows_of_keys_alone_change_nothing_that_is_there(spark: SparkSession) -> None:
    found = met(spark, [OLD_ROW], [{"id": "a"}, {"id": "b"}], only_new=True)
    assert found == [("a", "same"), ("b", "inserted")]


ORDER = [{"id": "1"}, {"id": "2"}]
AGAIN = [{"id": "2"}, {"id": "3"}]


@pytest.mark.parametrize(
    ("order_again", "outcomes"),
    [
        ("collides", [("2", "refreshed"), ("3", "collided")]),
        ("adds", [("2", "refreshed"), ("3", "inserted")]),
        ("replaces", [("1", "deleted"), ("2", "refreshed"), ("3", "inserted")]),
    ],
)
def test_an_order_that_comes_again_with_other_lines(
    spark: SparkSession, order_again: str, outcomes: list[tuple[str, str]]
) -> None:
    other = {"id": "4", "parent": "an order that does not come again"}
    assert met(spark, [*ORDER, other], AGAIN, order_again=order_again) == outcomes


@pytest.mark.parametrize("order_again", ["collides", "adds", "replaces"])
def test_an_edition_of_the_same_run_date_gives_way_to_the_next(spark: SparkSession, order_again: str) -> None:
    found = met(spark, ORDER, AGAIN, MONDAY, order_again=order_again)
    assert found == [("1", "deleted"), ("2", "same"), ("3", "inserted")]


def test_an_older_run_date_does_not_replace_a_later_order(spark: SparkSession) -> None:
    old = [{**row, "load_date": TUESDAY} for row in ORDER]
    assert met(spark, old, AGAIN, MONDAY, order_again="replaces") == [("2", "same"), ("3", "superseded")]


def test_a_complete_file_takes_out_what_it_lacks_of_its_source(spark: SparkSession) -> None:
    old = [*ORDER, {"id": "5", "day": TUESDAY}, {"id": "6", "source": "other"}, {"id": "7", "load_date": NEW.date()}]
    old[-1] = {"id": "7", "load_date": date(2025, 3, 9)}
    found = met(spark, old, AGAIN, complete="file")
    assert found == [("1", "deleted"), ("2", "refreshed"), ("3", "inserted"), ("5", "deleted")]
    assert met(spark, ORDER, AGAIN, complete="file", is_outdated=True) == [("2", "refreshed"), ("3", "superseded")]


def test_a_complete_day_takes_out_what_it_lacks_of_that_day(spark: SparkSession) -> None:
    old = [*ORDER, {"id": "5", "day": TUESDAY}]
    assert met(spark, old, AGAIN, complete="day", days=[MONDAY]) == [
        ("1", "deleted"),
        ("2", "refreshed"),
        ("3", "inserted"),
    ]
    assert met(spark, old, [], complete="day", days=[MONDAY]) == [("1", "deleted"), ("2", "deleted")]
    later = [{**row, "load_date": TUESDAY} for row in ORDER]
    found = met(spark, later, AGAIN, MONDAY, complete="day", days=[MONDAY], outdated_days=[MONDAY])
    assert found == [("2", "same"), ("3", "superseded")]
