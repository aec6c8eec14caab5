"""Describes tables: what is in each column, what is missing, odd or related; as tables and as one page in MLflow.

    spark-submit jobs/describe_data.py --config conf/demo.yaml --run-date 2018-01-01

`jobs.describe_data.tables` names any tables of the lake, at a version of old as `silver.orders@3`.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pandas as pd
from pydantic import Field
from pyspark.sql import DataFrame

from marketlake.description.describe import Description, describe
from marketlake.description.plots import correlation_figure, histograms_figure, missing_figure
from marketlake.description.references import unknown_references
from marketlake.description.report import render_report
from marketlake.runtime.command import main
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.job import Context, Job
from marketlake.settings import Settings
from marketlake.tables.catalog import all_tables
from marketlake.tables.description import COLUMN_ASSOCIATIONS, COLUMN_FREQUENCIES, COLUMN_STATISTICS, REFERENCE_CHECKS
from marketlake.tables.table import Table

TABLES = all_tables()
SILVER = tuple(table for table in TABLES.values() if table.layer == "silver")
TOGETHER = 2  # tables that are described at the same time: the small ones fill the pauses of the large


class DescribeSettings(Settings):
    """What is described, and how finely."""

    tables: list[str] = Field(
        ["silver.orders"],
        description="Tables to describe, as the run date knows them, or at a version: silver.orders@3.",
    )
    bins: int = Field(20, ge=2, le=100, description="Number of bars of a histogram.")
    top: int = Field(20, ge=1, le=1000, description="Number of values in a frequency table.")
    pairs: dict[str, list[tuple[str, str]]] = Field(
        {}, description="Table: pairs of columns to cross, as in {silver.orders: [[local_weekday, local_hour]]}."
    )


class Subject(NamedTuple):
    """A table at a version."""

    name: str
    version: int
    rows: DataFrame


def run(context: Context) -> None:
    """Describes each table, writes the statistics, and puts the page and its pictures into MLflow."""
    settings = context.settings(DescribeSettings)
    subjects = [subject_of(context, name) for name in settings.tables]
    with ThreadPoolExecutor(TOGETHER) as pool:
        found = list(pool.map(lambda subject: describe_one(context, settings, subject), subjects))
    for table, part in (
        (COLUMN_STATISTICS, "statistics"),
        (COLUMN_FREQUENCIES, "frequencies"),
        (COLUMN_ASSOCIATIONS, "associations"),
    ):
        write(context, table, [getattr(description, part) for description in found])
    references = [check_references(context, subject) for subject in subjects]
    write(context, REFERENCE_CHECKS, references)
    log_run(context, settings, subjects, found, pd.concat(references))


def subject_of(context: Context, name: str) -> Subject:
    """A table as the run date knows it, or at the version that follows an @."""
    plain, _, version = name.partition("@")
    if version:
        if not version.isdigit():
            raise ConfigurationError(f"jobs.describe_data.tables: {name}: expected <layer>.<table>@<version>.")
        return Subject(plain, int(version), context.lake.read(plain, int(version)))
    if plain in TABLES:
        rows = context.read(TABLES[plain])
        return Subject(plain, context.inputs[plain], rows)
    rows = context.lake.read(plain)
    context.inputs[plain] = context.lake.version(plain)
    return Subject(plain, context.inputs[plain], rows)


def describe_one(context: Context, settings: DescribeSettings, subject: Subject) -> Description:
    """The description of one table; of personal columns, and of rows as received, only counts."""
    known = TABLES.get(subject.name)
    personal = [c.name for c in known.columns if c.personal] if known else subject.rows.columns
    try:
        return describe(
            subject.rows,
            table_name=subject.name,
            table_version=subject.version,
            run_date=context.run_date,
            pairs=settings.pairs.get(subject.name, []),
            personal=personal,
            bins=settings.bins,
            top=settings.top,
        )
    except ValueError as error:
        raise ConfigurationError(f"jobs.describe_data.pairs: {subject.name}: {error}") from None


def check_references(context: Context, subject: Subject) -> pd.DataFrame:
    """Counts what the table names and the other table does not have; one row a reference."""
    known = TABLES.get(subject.name)
    rows = []
    for column, other in (known.references if known else {}).items():
        others = context.read(TABLES[other])
        counted = unknown_references(subject.rows, others, column=column, key=TABLES[other].key[-1]).collect()[0]
        rows.append((context.run_date, subject.name, subject.version, column, other, *counted))
    return pd.DataFrame(rows, columns=REFERENCE_CHECKS.column_names, dtype=object)


def write(context: Context, table: Table, parts: list[pd.DataFrame]) -> None:
    """Writes the parts of all tables as the run date's rows."""
    rows = [tuple(row) for part in parts for row in part.itertuples(index=False)]
    context.replace_day(table, context.spark.createDataFrame(rows, table.schema))


def log_run(
    context: Context,
    settings: DescribeSettings,
    subjects: list[Subject],
    found: list[Description],
    references: pd.DataFrame,
) -> None:
    """One page for all tables, pictures of each, and the unknown references as metrics."""
    title = f"Data description, {context.run_date}"
    with context.tracker.run(context, settings.model_dump()) as run_of:
        run_of.page(render_report(found, references, title=title), "tables")
        run_of.table(references, "references")
        for subject, description in zip(subjects, found, strict=True):
            slug = subject.name.replace(".", "_")
            run_of.figure(missing_figure(description.statistics), f"{slug}_missing")
            run_of.figure(histograms_figure(description.frequencies), f"{slug}_histograms")
            if not description.associations.empty:
                run_of.figure(correlation_figure(description.associations), f"{slug}_correlation")
            run_of.metrics({f"rows_{slug}": float(description.statistics["rows"].max())})
        run_of.metrics(
            {
                f"unknown_{row.table_name.split('.')[1]}_{row.column_name}": float(row.unknown_rows)
                for row in references.itertuples()
            }
        )
        run_of.description(
            f"**{title}**\n\nOpen the artifact `tables.html`: every column with its distribution and oddities."
        )


JOB = Job(
    name="describe_data",
    summary="Describes any table: distributions, missing and odd values, correlations, unknown references.",
    run=run,
    reads=SILVER,
    writes=(COLUMN_STATISTICS, COLUMN_FREQUENCIES, COLUMN_ASSOCIATIONS, REFERENCE_CHECKS),
    settings=DescribeSettings,
)

if __name__ == "__main__":
    main(JOB)
