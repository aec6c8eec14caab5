"""Loads outside sources: raw rows to bronze, good rows to silver, the others to quarantine.

    spark-submit jobs/ingest_sources.py --config conf/demo.yaml --run-date 2018-01-01

Each source is a file in conf/sources. A load that is repeated with the same files and mapping is skipped (a database
is read again); a late file goes in with the next run, and changes the same rows as it would have done in time.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

from pydantic import Field
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from marketlake.runtime.command import main
from marketlake.runtime.config import validated_file
from marketlake.runtime.errors import ConfigurationError, ContractError, InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.lake import check_schema
from marketlake.runtime.logs import log
from marketlake.settings import Settings
from marketlake.sources import loads, mapping
from marketlake.sources.loads import Done, Load, Reasons
from marketlake.sources.raw import bronze_table, list_files, read_raw
from marketlake.sources.source import Source
from marketlake.tables.catalog import all_tables
from marketlake.tables.ops import QUARANTINE, SOURCE_LOADS
from marketlake.tables.table import Table

SILVER = {name: table for name, table in all_tables().items() if table.layer == "silver"}


class IngestSettings(Settings):
    """How sources are loaded."""

    parallel: int = Field(2, ge=1)


def run(context: Context) -> None:
    """Loads every source of the configuration, several at a time."""
    chosen = chosen_sources(context)
    workers = context.settings(IngestSettings).parallel
    done: list[Done] = []
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(partial(make_sure_of, context), (*SILVER.values(), QUARANTINE, SOURCE_LOADS)))
        ledger = entries(context, chosen)
        futures = [
            pool.submit(context.run_with_retries, partial(bring_in, load=load, entered=ledger[load.name], done=done))
            for load in chosen
        ]
    # A source that fails does not hold up the others; what failed is told in full, and fails the job.
    failures = [failure for future in futures if (failure := future.exception())]
    if done:
        # One commit each for all sources. What is not entered in the ledger is loaded again, and that does no harm.
        context.run_with_retries(partial(set_aside, done=done))
        reasons = loads.reasons(quarantined(context, done))
        failures += [refusal(context, each, reasons) for each in done if each.too_bad]
        context.run_with_retries(partial(enter, done=[each for each in done if not each.too_bad], reasons=reasons))
    for failure in failures[1:]:
        log.error("%s", failure)
    if failures:
        raise failures[0]


def make_sure_of(context: Context, table: Table) -> None:
    """Every contract table is there, so that a job finds an empty one where the retailer has no such data."""
    if not context.lake.exists(table.name):
        context.writer.create(table)


def check(context: Context) -> None:
    """Every source has its files, with the columns that it declares and its mappings need."""
    for load in chosen_sources(context):
        mapped(load, raw_rows_of(context, load, pending_files(context, load, {}) or []))


def chosen_sources(context: Context) -> list[Load]:
    """The sources that the configuration names, read and checked.

    Raises:
        ConfigurationError: a name without a file, a file that is not a source, or a table without a contract.
    """
    settings = context.config.sources
    folder = Path(context.config.path(settings.folder))
    files: list[Path] = []
    for name in settings.enabled:
        found = sorted((folder / name).glob("*.yaml")) or [folder / f"{name}.yaml"]
        files += found
    chosen = []
    for file in dict.fromkeys(files):
        source = validated_file(Source, file)
        unknown = set(source.tables) - set(SILVER)
        if unknown:
            raise ConfigurationError(f"{file}: tables.{min(unknown)}: no such table.", f"Known: {', '.join(SILVER)}.")
        name = "_".join(file.relative_to(folder).with_suffix("").parts)
        own = source.max_rejected_share
        chosen.append(Load(name, file, source, settings.max_rejected_share if own is None else own))
    return chosen


def bring_in(context: Context, load: Load, entered: dict[date, Row], done: list[Done]) -> None:
    """One source: its pending files to bronze, then each of its tables; what became of them is added to `done`."""
    files = pending_files(context, load, entered)
    fingerprint = load.source.fingerprint(files or [])
    before = entered.get(context.run_date)
    # What has no files to compare may have changed: it is read again.
    same = load.source.read.in_files and before is not None and fingerprint == before.fingerprint
    if files is None or same:
        log.info("%s: nothing new", load.name)
        return
    bronze, raw_rows = to_bronze(context, load, files)
    judged = mapped(load, bronze)
    counted = {table: mapping.counts(rows, table) for table, rows in judged.items()}
    bad = [mapping.bad(judged[table], table) for table, count in counted.items() if count.bad]
    too_bad = [table for table, count in counted.items() if count.bad_share > load.limit]
    if not too_bad:
        for table, rows in judged.items():
            context.merge(table, mapping.good(rows, table))
        log.info("%s: %s", load.name, ", ".join(f"{t.name} {c.rows - c.bad:,}" for t, c in counted.items()))
    done.append(Done(load, counted, bad, too_bad, raw_rows, files, fingerprint))


def entries(context: Context, chosen: list[Load]) -> dict[str, dict[date, Row]]:
    """What the ledger says of each source: fingerprint and files of each run date that ended well.

    Collected: a row a loaded day and table of these sources.
    """
    found: dict[str, dict[date, Row]] = {load.name: {} for load in chosen}
    rows = context.lake.read(SOURCE_LOADS.name).where(F.col("source").isin(list(found)))
    for row in rows.select("source", "run_date", "fingerprint", "files").collect():
        found[row.source][row.run_date] = row
    return found


def pending_files(context: Context, load: Load, entered: dict[date, Row]) -> list[str] | None:
    """Identities of the files to load: all that no other run date has loaded; None when there is nothing new.

    Raises:
        InputError: there is no file at all where the source says.
    """
    reading = load.source.read
    if not reading.in_files:
        return [f"{reading.format} {context.run_date}"]
    path = source_path(context, load)
    found = list_files(context.spark, path)
    if not found:
        raise InputError(f"{load.file}: no file at {path}.", "Deliver it, or correct read.path or sources.raw_root.")
    return loads.pending([file.identity for file in found], entered, load, context.run_date)


def raw_rows_of(context: Context, load: Load, files: list[str]) -> DataFrame:
    """The rows of files as they come.

    Raises:
        ContractError: a format without its schema, or columns that are not the declared ones.
    """
    try:
        return read_raw(context.spark, load.source, context.run_date, paths_of(context, load, files))
    except ValueError as error:
        raise ContractError(f"{load.file}: {error}", "Ask who delivers the file, or correct read.schema.") from None


def mapped(load: Load, raw: DataFrame) -> dict[Table, DataFrame]:
    """The rows of each contract table, judged by its rules.

    Raises:
        ConfigurationError: a mapping that cannot be computed from these columns.
    """
    judged: dict[Table, DataFrame] = {}
    for name, how in load.source.tables.items():
        try:
            judged[SILVER[name]] = mapping.mapped(raw, how, SILVER[name], source=load.name)
        except ValueError as error:
            raise ConfigurationError(f"{load.file}: tables.{name}.{error}") from None
    return judged


def to_bronze(context: Context, load: Load, files: list[str]) -> tuple[DataFrame, int]:
    """Keeps the raw rows as they came, as the run date's part of the source's bronze table.

    Raises:
        ContractError: columns that came otherwise than before.
    """
    raw = raw_rows_of(context, load, files)
    table = bronze_table(load.name, load.source, raw.schema)
    if context.lake.exists(table.name):
        before = context.lake.read(table.name).drop("run_date").schema
        check_schema(f"{load.file}: {paths_of(context, load, files)[0]}", before, raw.schema)
    commit = context.replace_day(table, raw.withColumn("run_date", F.lit(context.run_date)))
    bronze = context.lake.read(table.name, commit.version).where(F.col("run_date") == F.lit(context.run_date))
    return bronze.drop("run_date"), commit.rows


def set_aside(context: Context, done: list[Done]) -> None:
    """Puts the bad rows of all sources in quarantine, in the place of those of an earlier run for the day."""
    before = quarantined(context, done)
    if any(each.bad for each in done) or not before.isEmpty():
        rows = loads.turned_away(done, before).withColumn("run_date", F.lit(context.run_date))
        context.replace_day(QUARANTINE, rows, source=[each.load.name for each in done])


def quarantined(context: Context, done: list[Done]) -> DataFrame:
    """The run date's rows of these sources in quarantine."""
    rows = context.lake.read(QUARANTINE.name).where(F.col("run_date") == F.lit(context.run_date))
    return rows.where(F.col("source").isin([each.load.name for each in done]))


def refusal(context: Context, refused: Done, reasons: Reasons) -> ContractError:
    """The failure of a source of which too many rows were turned away."""
    return ContractError(
        loads.refusal(refused, reasons),
        f"See ops.quarantine where source = '{refused.load.name}' and run_date = '{context.run_date}'; "
        "mend the source, or raise max_rejected_share in its file.",
    )


def enter(context: Context, done: list[Done], reasons: Reasons) -> None:
    """Enters loads in the ledger."""
    if done:
        rows = loads.ledger(done, reasons, context.run_date)
        frame = context.spark.createDataFrame(rows, SOURCE_LOADS.schema).coalesce(1)
        context.replace_day(SOURCE_LOADS, frame, source=[each.load.name for each in done])


def paths_of(context: Context, load: Load, files: list[str]) -> list[str]:
    """Where the raw rows are: files by their identities, or the one place of what has no files."""
    in_files = load.source.read.in_files
    return [identity.rsplit(" ", 2)[0] for identity in files] if in_files else [source_path(context, load)]


def source_path(context: Context, load: Load) -> str:
    """Where the source's files are for the run date."""
    path = load.source.read.path_on(context.run_date)
    return path if "://" in path else f"{context.config.path(context.config.sources.raw_root).rstrip('/')}/{path}"


JOB = Job(
    name="ingest_sources",
    summary="Loads raw files into bronze, good rows into silver, the others into quarantine.",
    run=run,
    check=check,
    writes=(*SILVER.values(), QUARANTINE, SOURCE_LOADS),
    settings=IngestSettings,
)

if __name__ == "__main__":
    main(JOB)
