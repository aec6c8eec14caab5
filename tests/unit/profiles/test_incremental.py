"""Reusable profiles: the newest day of an undisturbed log, and changes of its days only."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pyspark.sql import SparkSession

from marketlake.profiles.incremental import (
    MAX_COMMITS,
    PreviousProfiles,
    TableCommit,
    Watched,
    find_changed_table,
    find_previous,
)
from marketlake.tables.orders import ORDERS
from marketlake.tables.products import PRODUCTS

JOB = "build_profiles"
RUN_DATE = date(2025, 3, 10)
INPUTS = {"silver.orders": 5, "silver.products": 2}


def commit(version: int, day: int, *, rows: int = 3, operation: str = "WRITE", **metadata: object) -> TableCommit:
    """A commit of the job for a day of March."""
    own = {"job": JOB, "run_date": f"2025-03-{day:02}", "inputs": INPUTS}
    return TableCommit(version, operation, rows, {**own, **metadata})


def found(*commits: TableCommit) -> PreviousProfiles | None:
    return find_previous(commits, job=JOB, run_date=RUN_DATE, inputs=INPUTS)


def test_the_newest_day_before_the_run_date_is_taken_at_the_newest_version() -> None:
    previous = found(commit(9, 20), commit(8, 10), commit(7, 5), commit(6, 8), commit(5, 2))
    assert previous == PreviousProfiles(date(2025, 3, 8), 9, INPUTS)


def test_no_commit_is_read_beyond_the_day_before() -> None:
    def commits():
        yield commit(9, 9)
        raise AssertionError("read on")

    previous = find_previous(commits(), job=JOB, run_date=RUN_DATE, inputs=INPUTS)
    assert previous is not None
    assert previous.run_date == RUN_DATE - timedelta(days=1)


@pytest.mark.parametrize(
    "other",
    [
        commit(8, 8, operation="RESTORE"),
        commit(8, 8, operation="DELETE"),
        commit(8, 8, job="another_job"),
        TableCommit(8, "WRITE", 3, {"job": JOB, "run_date": "2025-03-08"}),
        TableCommit(8, "CREATE TABLE", 0, {}),
    ],
    ids=["restored", "erased", "another job", "without inputs", "created"],
)
def test_profiles_before_a_commit_of_anything_else_are_not_trusted(other: TableCommit) -> None:
    assert found(other, commit(7, 8)) is None
    assert found(commit(9, 5), other, commit(7, 8)) == PreviousProfiles(date(2025, 3, 5), 9, INPUTS)


def test_maintenance_of_the_table_changes_nothing() -> None:
    maintained = [commit(9 - n, 1, operation=name) for n, name in enumerate(("VACUUM END", "VACUUM START", "OPTIMIZE"))]
    assert found(*maintained, commit(6, 8)) == PreviousProfiles(date(2025, 3, 8), 9, INPUTS)


def test_a_day_counts_as_it_was_written_last() -> None:
    assert found(commit(9, 8, rows=0), commit(8, 8), commit(7, 5)) == PreviousProfiles(date(2025, 3, 5), 9, INPUTS)


def test_profiles_built_from_newer_inputs_than_the_run_reads_are_not_taken() -> None:
    newer = {**INPUTS, "silver.orders": 6}
    assert found(commit(9, 8, inputs=newer), commit(8, 5)) == PreviousProfiles(date(2025, 3, 5), 9, INPUTS)


def test_a_table_without_profiles_and_a_long_log_have_an_answer() -> None:
    assert found() is None
    maintained = [commit(200 - n, 1, operation="OPTIMIZE") for n in range(MAX_COMMITS)]
    assert found(*maintained, commit(1, 8)) is None


def test_only_changes_up_to_the_day_count_and_products_always(spark: SparkSession) -> None:
    inserted = spark.createDataFrame(
        [("c1", RUN_DATE, "insert")], "customer_id string, booked_date date, _change_type string"
    )
    deleted = spark.createDataFrame([("p1", "delete")], "product_id string, _change_type string")
    orders, products = (WATCHED_ORDERS, inserted), (Watched(PRODUCTS, ("product_id",)), deleted)
    before = RUN_DATE - timedelta(days=1)
    assert find_changed_table([], until=before) is None
    assert find_changed_table([orders], until=before) is None
    assert find_changed_table([orders], until=RUN_DATE) == "silver.orders"
    assert find_changed_table([orders, products], until=before) == "silver.products"
    assert find_changed_table([(products[0], deleted.where("false"))], until=before) is None


WATCHED_ORDERS = Watched(ORDERS, ("customer_id", "booked_date"), "booked_date")


@pytest.mark.parametrize(
    ("before", "after", "is_changed"),
    [
        (("c1", 0, "x"), ("c1", 0, "y"), False),  # a column that profiles do not read, such as load_date
        (("c1", 0, "x"), ("c2", 0, "x"), True),
        (("c1", 0, "x"), ("c1", 9, "x"), True),  # it counts later now
        (("c1", 8, "x"), ("c1", 9, "x"), False),  # it did not count before, and does not now
        (("c1", 8, "x"), ("c1", None, "x"), False),
        (("c1", 0, "x"), ("c1", None, "x"), True),
    ],
)
def test_only_a_change_of_what_profiles_read_is_one(
    spark: SparkSession, before: tuple, after: tuple, is_changed: bool
) -> None:
    rows = [
        (who, None if days is None else RUN_DATE + timedelta(days=days), other, f"update_{when}image")
        for (who, days, other), when in ((before, "pre"), (after, "post"))
    ]
    schema = "customer_id string, booked_date date, load_date string, _change_type string"
    found = find_changed_table([(WATCHED_ORDERS, spark.createDataFrame(rows, schema))], until=RUN_DATE)
    assert (found is not None) == is_changed
