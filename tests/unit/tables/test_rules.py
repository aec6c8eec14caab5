"""Rules: a condition on a row, and what is said when it does not hold."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from marketlake.tables.rules import Rule, at_least, between, names_that_hold, not_before, not_null, one_of

NUMBERS = "n int, text string"


def reasons(spark: SparkSession, rule: Rule, *rows: tuple) -> list[str | None]:
    frame = spark.createDataFrame(list(rows), NUMBERS).coalesce(1)
    return [row.reason for row in frame.select(rule.reason().alias("reason")).collect()]


def test_a_required_value_that_is_missing_is_a_reason(spark: SparkSession) -> None:
    assert reasons(spark, not_null("n"), (1, None), (None, "x")) == [None, "n_missing: n is required and has no value"]


def test_at_least_turns_away_what_is_below_and_leaves_nulls_to_others(spark: SparkSession) -> None:
    assert reasons(spark, at_least("n", 0), (-1, None), (0, None), (None, None)) == [
        "n_below_0: n is below 0",
        None,
        None,
    ]


@pytest.mark.parametrize(("least", "name"), [(0, "n_below_0"), (-5, "n_below_minus_5"), (0.5, "n_below_0.5")])
def test_the_name_of_a_rule_tells_its_bound(least: float, name: str) -> None:
    assert at_least("n", least).name == name


def test_a_score_may_be_at_both_ends_of_its_scale(spark: SparkSession) -> None:
    found = reasons(spark, between("n", 1, 5), (0, None), (1, None), (5, None), (6, None), (None, None))
    assert found == ["n_not_1_to_5: n is not 1 to 5", None, None, "n_not_1_to_5: n is not 1 to 5", None]


def test_one_of_a_few_words_and_no_other(spark: SparkSession) -> None:
    found = reasons(spark, one_of("text", "sent", "opened"), (1, "sent"), (1, "Sent"), (1, None))
    assert found == [None, "text_unknown: text is none of sent, opened", None]


def test_not_before_another_and_the_same_is_not_before(spark: SparkSession) -> None:
    rows = [(1, 2), (2, 2), (2, 1), (None, 1), (1, None)]
    frame = spark.createDataFrame(rows, "opened int, closed int").coalesce(1)
    found = frame.select(not_before("closed", "opened").reason().alias("reason")).collect()
    assert [row.reason for row in found] == [None, None, "closed_before_opened: closed is before opened", None, None]


def test_a_condition_that_cannot_be_decided_counts_as_broken(spark: SparkSession) -> None:
    rule = Rule("big", "n > 3", "n is small")
    assert reasons(spark, rule, (4, None), (3, None), (None, None)) == [None, "big: n is small", "big: n is small"]


def test_flags_are_the_names_that_hold_in_their_order(spark: SparkSession) -> None:
    flags = (Rule("named", "text is not null", ""), Rule("positive", "n > 0", ""))
    frame = spark.createDataFrame([(1, "x"), (1, None), (None, None)], NUMBERS).coalesce(1)
    found = [row.flags for row in frame.select(names_that_hold(flags).alias("flags")).collect()]
    assert found == [["named", "positive"], ["positive"], []]


def test_no_flags_are_an_empty_array_of_text(spark: SparkSession) -> None:
    frame = spark.createDataFrame([(1, "x")], NUMBERS).select(names_that_hold(()).alias("flags"))
    assert frame.schema["flags"].dataType.simpleString() == "array<string>"
    assert frame.first().flags == []
