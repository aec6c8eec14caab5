"""A table: the one object that describes it, and what is refused when it describes nonsense."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import types as T

import marketlake.tables as package
from marketlake.tables.catalog import LAYERS, all_tables
from marketlake.tables.lineage import SOURCE
from marketlake.tables.rules import Rule
from marketlake.tables.table import Column, Table

ID = Column("id", "string", "Identity.", required=True)
RUN_DATE = Column("run_date", "date", "The day.", required=True)


def merged(**other: object) -> Table:
    settings = {"name": "silver.things", "summary": "A thing.", "columns": (ID,), "key": ("id",), "write": "merge"}
    return Table(**{**settings, **other})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "place",
    [
        {"key": ("id", "nope")},
        {"partition_by": ("nope",)},
        {"cluster_by": ("nope",)},
        {"date_column": "nope"},
        {"updated_at": "nope"},
        {"references": {"nope": "silver.orders"}},
    ],
    ids=lambda place: next(iter(place)),
)
def test_a_column_that_does_not_exist_is_refused_at_import(place: dict) -> None:
    with pytest.raises(ValueError, match=r"silver\.things: no such column: nope"):
        merged(**place)


def test_a_snapshot_must_be_partitioned_by_its_run_date() -> None:
    with pytest.raises(ValueError, match=r"gold\.things: a snapshot is partitioned by run_date first"):
        Table("gold.things", "A thing.", (RUN_DATE, ID), key=("run_date", "id"))


def test_a_snapshot_partitioned_by_something_else_first_is_refused() -> None:
    with pytest.raises(ValueError, match="run_date first"):
        Table("gold.things", "A thing.", (RUN_DATE, ID), key=("run_date", "id"), partition_by=("id", "run_date"))


def test_required_columns_become_rules_before_the_tables_own() -> None:
    own = Rule("short", "length(id) < 9", "the id is long")
    assert [rule.name for rule in merged(rules=(own,)).all_rules()] == ["id_missing", "short"]


def test_a_check_that_would_abort_a_write_is_a_rule_that_turns_the_row_away() -> None:
    table = merged(checks={"short_id": "length(id) < 9"})
    assert "length(id) < 9" in [rule.holds for rule in table.all_rules()]


def test_the_schema_has_types_nullability_and_comments(spark: SparkSession) -> None:
    table = merged(columns=(ID, Column("paid", "decimal(18,2)", "What was paid, currency.")))
    assert table.schema == T.StructType(
        [
            T.StructField("id", T.StringType(), False, {"comment": "Identity."}),
            T.StructField("paid", T.DecimalType(18, 2), True, {"comment": "What was paid, currency."}),
        ]
    )
    assert table.layer == "silver"


def defined_tables() -> dict[str, set[int]]:
    """Every table object of the package by name, found without the registry, which keeps one of a name."""
    found: dict[str, set[int]] = defaultdict(set)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table):
                found[value.name].add(id(value))
    return found


def test_the_registry_has_every_table_once_and_no_two_share_a_name() -> None:
    defined = defined_tables()
    assert [name for name, objects in defined.items() if len(objects) > 1] == []
    names = list(all_tables())
    assert sorted(names) == sorted(defined)
    assert {"silver.orders", "gold.customer_profiles", "ops.quarantine"} <= set(names)


def test_the_registry_is_sorted_by_layer_and_name() -> None:
    places = [(LAYERS.index(table.layer), table.name) for table in all_tables().values()]
    assert places == sorted(places)


@pytest.mark.parametrize("table", all_tables().values(), ids=lambda table: table.name)
def test_a_table_of_the_registry_describes_itself_in_full(table: Table) -> None:
    names = table.column_names
    assert len(names) == len(set(names))
    assert table.summary.endswith(".")
    assert [column.name for column in table.columns if not column.comment.strip()] == []
    assert table.key
    assert set(table.key) <= set(names)
    assert table.write != "merge" or table.updated_at
    assert set(table.references.values()) <= set(defined_tables())


SILVER = [table for table in all_tables().values() if table.layer == "silver"]


@pytest.mark.parametrize("table", SILVER, ids=lambda table: table.name)
def test_a_contract_table_ends_with_its_source_and_misses_no_part_of_its_key(table: Table) -> None:
    assert table.columns[-1] is SOURCE
    assert SOURCE.required
    assert set(table.key) <= {column.name for column in table.columns if column.required}


@pytest.mark.parametrize("table", SILVER, ids=lambda table: table.name)
def test_the_rules_of_a_contract_table_are_sql_over_its_columns(spark: SparkSession, table: Table) -> None:
    rules = [*table.all_rules(), *table.flags]
    assert len({rule.name for rule in rules}) == len(rules)
    assert spark.createDataFrame([], table.schema).select(*(rule.reason() for rule in rules)).columns
