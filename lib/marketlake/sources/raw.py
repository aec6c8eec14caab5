"""Raw rows as received: the files of a source, and the bronze table of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from marketlake.frames.files import FileInfo
from marketlake.sources.source import UNREADABLE, Source
from marketlake.tables.table import Column, Table


def file_identity(file: FileInfo) -> str:
    """Path, size and time of change, as in ops.source_loads: a path with another size or time is another file."""
    return f"{file.path} {file.size} {file.changed.isoformat()}"


def read_raw(spark: SparkSession, source: Source, run_date: date, paths: Sequence[str]) -> DataFrame:
    """The rows of a source as received, with `_file`; an unreadable line is kept in `_unreadable`.

    Args:
        spark: the session.
        source: the source; csv and json need its `schema`.
        run_date: fills `{date}` in options.
        paths: files, or for delta the table's path; ignored by jdbc.

    Raises:
        ValueError: csv or json without a schema, or a csv whose header differs from it.
    """
    reading = source.read
    options = reading.options_on(run_date)
    reader = spark.read.format(reading.format).options(**options)
    if reading.format in ("csv", "json"):
        if not reading.raw_schema:
            raise ValueError(f"read.schema: {reading.format} needs the names of its columns.")
        schema = T.StructType.fromDDL(reading.raw_schema)
        assert isinstance(schema, T.StructType)
        if reading.format == "csv":
            _check_header(spark, options, paths, schema)
        reader = reader.schema(T.StructType([*schema.fields, T.StructField(UNREADABLE, T.StringType())]))
        reader = reader.options(mode="PERMISSIVE", columnNameOfCorruptRecord=UNREADABLE)
        # All columns are parsed, so that the same lines are unreadable whichever columns are selected.
        reader = reader.options(header="true", columnPruning="false") if reading.format == "csv" else reader
    rows = reader.load() if reading.format == "jdbc" else reader.load(list(paths))
    file = F.col("_metadata.file_path") if reading.in_files else F.lit(reading.format)
    return rows.withColumn("_file", file)


def bronze_table(name: str, source: Source, raw: T.StructType) -> Table:
    """The table of a source's rows as received, partitioned by run date."""
    columns = [
        Column(f.name, f.dataType.simpleString(), "As received.", personal=True) for f in raw if f.name != "_file"
    ]
    return Table(
        name=f"bronze.{name}",
        summary=source.summary,
        key=("run_date",),
        partition_by=("run_date",),
        columns=(
            Column("run_date", "date", "The run that loaded the row.", required=True),
            *columns,
            Column("_file", "string", "The file it came in."),
        ),
    )


def _check_header(spark: SparkSession, options: dict[str, str], paths: Sequence[str], schema: T.StructType) -> None:
    """Fails when a header is not the schema: csv is read by position, so values would go to the wrong columns."""
    for path in paths:
        found = spark.read.options(**{**options, "header": "true"}).csv(path).columns
        if found != schema.fieldNames():
            missing = [name for name in schema.fieldNames() if name not in found]
            unknown = [name for name in found if name not in schema.fieldNames()]
            raise ValueError(
                f"{path}: the header is not the declared schema; missing: {', '.join(missing) or 'none'}; "
                f"unknown: {', '.join(unknown) or 'none'}; found: {', '.join(found)}."
            )
