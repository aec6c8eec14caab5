"""Describes tables: content of each column, missing and odd values, associations; as tables and as a page in MLflow.

    spark-submit jobs/describe_data.py --config conf/demo.yaml --run-date 2018-01-01

`jobs.describe_data.tables` names any tables of the lake, at an earlier version as `silver.orders@3`.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import pandas as pd
from pyspark.sql import DataFrame

from marketlake.description.describe import Description, describe
from marketlake.description.plots import draw_figures
from marketlake.description.references import check_references, count_unknown, known_names
from marketlake.description.report import describe_run, render_report
from marketlake.description.settings import DescriptionSettings
from marketlake.runtime.command import main
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.job import Context, Job
from marketlake.tables.catalog import all_tables
from marketlake.tables.description import COLUMN_ASSOCIATIONS, COLUMN_FREQUENCIES, COLUMN_STATISTICS, REFERENCE_CHECKS
from marketlake.tables.table import Table

TABLES = all_tables()
SILVER = tuple(table for table in TABLES.values() if table.layer == "silver")
NO_REFERENCES = pd.DataFrame(columns=REFERENCE_CHECKS.column_names, dtype=object)
PARALLEL = 2  # tables described at the same time: the small ones fill the pauses of the large


class PinnedTable(NamedTuple):
    """A table at a version."""

    name: str
    version: int
    rows: DataFrame


def run(context: Context) -> None:
    """Describes each table, writes the statistics, and logs the page and its figures to MLflow."""
    settings = context.settings(DescriptionSettings)
    tables = [read_pinned(context, name) for name in settings.tables]
    contracts = [TABLES[table.name] for table in tables if table.name in TABLES]
    referenced = sorted({other for contract in contracts for other in contract.references.values()})
    keys = {name: known_names(context.read(TABLES[name]), TABLES[name]) for name in referenced}
    with ThreadPoolExecutor(PARALLEL) as pool:
        descriptions = list(pool.map(lambda table: describe_table(context, settings, table), tables))
    references = [
        check_references(table.rows, TABLES[table.name], keys, table_version=table.version, run_date=context.run_date)
        for table in tables
        if table.name in TABLES
    ]
    write(context, COLUMN_STATISTICS, [description.statistics for description in descriptions])
    write(context, COLUMN_FREQUENCIES, [description.frequencies for description in descriptions])
    write(context, COLUMN_ASSOCIATIONS, [description.associations for description in descriptions])
    write(context, REFERENCE_CHECKS, references)
    log_run(context, settings, descriptions, pd.concat([NO_REFERENCES, *references]))


def read_pinned(context: Context, name: str) -> PinnedTable:
    """A table as of the run date, or at the version that follows an @."""
    plain, _, version = name.partition("@")
    if version:
        if not version.isdigit():
            raise ConfigurationError(f"jobs.describe_data.tables: {name}: expected <layer>.<table>@<version>.")
        return PinnedTable(plain, int(version), context.lake.read(plain, int(version)))
    if plain in TABLES:
        rows = context.read(TABLES[plain])
        return PinnedTable(plain, context.inputs[plain], rows)
    rows = context.lake.read(plain)
    return PinnedTable(plain, context.lake.version(plain), rows)


def describe_table(context: Context, settings: DescriptionSettings, table: PinnedTable) -> Description:
    """The description of one table; of personal columns, and of rows as received, only counts."""
    contract = TABLES.get(table.name)
    personal = [column.name for column in contract.columns if column.personal] if contract else table.rows.columns
    try:
        return describe(
            table.rows,
            table_name=table.name,
            table_version=table.version,
            run_date=context.run_date,
            pairs=settings.pairs.get(table.name, []),
            personal=personal,
            bins=settings.bins,
            top=settings.top,
        )
    except ValueError as error:
        raise ConfigurationError(f"jobs.describe_data.pairs: {table.name}: {error}") from None


def write(context: Context, table: Table, parts: list[pd.DataFrame]) -> None:
    """Writes the parts of all tables as the run date's rows."""
    rows = [row for part in parts for row in part.to_dict("records")]
    context.replace_day(table, context.spark.createDataFrame(rows, table.schema))


def log_run(
    context: Context, settings: DescriptionSettings, descriptions: list[Description], references: pd.DataFrame
) -> None:
    """Logs one page for all tables, figures of each, and unknown references as metrics."""
    title = f"Data description, {context.run_date}"
    with context.tracker.run(context, settings.model_dump()) as run_of:
        run_of.page(render_report(descriptions, references, title=title), "tables")
        run_of.table(references, "references")
        for name, description in zip(settings.tables, descriptions, strict=True):
            slug = name.partition("@")[0].replace(".", "_")
            run_of.figures(partial(draw_figures, description, slug))
            run_of.metrics({f"rows_{slug}": float(description.statistics["rows"].max())})
        run_of.metrics(count_unknown(references))
        run_of.description(describe_run(settings.tables, title))


JOB = Job(
    name="describe_data",
    summary="Describes any table: distributions, missing and odd values, correlations, unknown references.",
    run=run,
    reads=SILVER,
    writes=(COLUMN_STATISTICS, COLUMN_FREQUENCIES, COLUMN_ASSOCIATIONS, REFERENCE_CHECKS),
    settings=DescriptionSettings,
)

if __name__ == "__main__":
    main(JOB)
