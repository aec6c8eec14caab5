"""Loads outside sources: raw rows to bronze, accepted rows to silver, rejected rows to quarantine.

    spark-submit jobs/ingest_sources.py --config conf/demo.yaml --run-date 2018-01-01

Each source is a file in conf/sources. A load that is repeated with the same files and mapping is skipped (a database
is read again); a late file goes in with the next run, and changes the same rows as it would have done in time.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.runtime.command import main
from marketlake.runtime.config import validated_file
from marketlake.runtime.errors import ConfigurationError, ContractError, InputError, MarketlakeError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.lake import check_schema
from marketlake.runtime.logs import log
from marketlake.sources import load_result, loads, mapping, pending_files
from marketlake.sources.errors import MappingError, MissingFileError, RejectedRowsError, SchemaError, SourceError
from marketlake.sources.load_result import LoadResult, RawCounts, ReasonCounts
from marketlake.sources.loads import SourceLoad
from marketlake.sources.mapping import IS_REJECTED
from marketlake.sources.numbering import collide_mismatched
from marketlake.sources.raw import bronze_table
from marketlake.sources.settings import IngestSettings
from marketlake.sources.source import Source, source_files
from marketlake.sources.write_load import loaded_tables, write_load
from marketlake.tables.catalog import all_tables
from marketlake.tables.merge_plan import MergePlan
from marketlake.tables.merging import NOTES, OUTCOME, REJECTED
from marketlake.tables.ops import QUARANTINE, SOURCE_LOADS
from marketlake.tables.orders import ORDERS
from marketlake.tables.table import Table

ONE_PARTITION = 10_000  # raw rows; so few are not worth the shuffles between the steps of a load
SILVER = {name: table for name, table in all_tables().items() if table.layer == "silver"}
JOB_ERRORS: dict[type[SourceError], type[MarketlakeError]] = {
    MappingError: ConfigurationError,
    MissingFileError: InputError,
    SchemaError: ContractError,
    RejectedRowsError: ContractError,
}


def run(context: Context) -> None:
    """Loads every source of the configuration, several at a time; one that fails does not hold up the others."""
    chosen = chosen_sources(context)
    results: list[LoadResult] = []
    with ThreadPoolExecutor(context.settings(IngestSettings).parallel) as pool:
        list(pool.map(partial(ensure_table, context), (*SILVER.values(), QUARANTINE, SOURCE_LOADS)))
        chosen = loads.with_ledger(chosen, context.lake.read(SOURCE_LOADS.name))
        futures: list[Future[None]] = []
        for group in loads.lines_first(chosen):
            work = [partial(load_source, load=load, results=results) for load in group]
            futures += [pool.submit(context.run_with_retries, each) for each in work]
            wait(futures)
    failures = [failure for future in futures if (failure := future.exception())]
    if results:
        # One commit each for all sources. A load that is not in the ledger is repeated, and changes nothing.
        context.run_with_retries(partial(write_quarantine, results=results))
        reasons = load_result.count_reasons(read_quarantine(context, results))
        failures += [as_job_error(load_result.rejected_rows_error(r, reasons)) for r in results if r.over_limit]
        accepted = [result for result in results if not result.over_limit]
        context.run_with_retries(partial(record_loads, results=accepted, reasons=reasons))
    for failure in failures[1:]:
        log.error("%s", failure)
    if failures:
        raise failures[0]


def check(context: Context) -> None:
    """Every source has its files, with the columns that it declares and its mappings need."""
    for load in chosen_sources(context):
        with job_errors():
            files = pending_files.find_pending_files(context.spark, load)
            loads.map_tables(load, loads.read_rows(context.spark, load, files), SILVER)


def chosen_sources(context: Context) -> list[SourceLoad]:
    """The enabled sources, read and checked.

    Raises:
        ConfigurationError: a name without a file, a file that is not a source, or a table without a contract.
    """
    settings = context.config.sources
    chosen = []
    for name, file in source_files(Path(context.config.path(settings.folder)), settings.enabled).items():
        source = validated_file(Source, file)
        share = settings.max_rejected_share if source.max_rejected_share is None else source.max_rejected_share
        raw_root = context.config.path(settings.raw_root)
        chosen.append(SourceLoad(name, file, source, share, context.run_date, raw_root))
        with job_errors():
            loads.check_tables(chosen[-1], SILVER)
    return chosen


def ensure_table(context: Context, table: Table) -> None:
    """Creates a contract table, so that a job finds an empty one where the retailer has no such data."""
    if not context.lake.exists(table.name):
        context.writer.create(table)


def load_source(context: Context, load: SourceLoad, results: list[LoadResult]) -> None:
    """Loads the pending files of one source to bronze, then each of its tables; adds the result to `results`."""
    with job_errors():
        pending = read_bronze(context, load) if context.settings(IngestSettings).reload else new_bronze(context, load)
        if pending is None:
            log.info("%s: nothing new", load.name)
            return
        bronze, raw_rows, files = pending
        if raw_rows <= ONE_PARTITION:
            bronze = bronze.coalesce(1)
        offered, skipped, not_mapped = loads.split_raw(load, bronze)
        raw = RawCounts(raw_rows, skipped.count() if skipped else 0, not_mapped.count() if not_mapped else 0)
        rows = loads.map_tables(load, offered, SILVER)
    with context.writer.locked(loaded_tables(rows)):
        plans = {table: plan_table(context, load, table, frame) for table, frame in rows.items()}
        try:
            plans = collide_mismatched(context, plans, run_date=context.run_date)
            counts = {table: plan.counts for table, plan in plans.items()}
            quarantined = [mapping.rejected_rows(rows[t], t) for t, count in counts.items() if count["rejected"]]
            quarantined += [loads.collided_rows(plans[t].rows, t) for t, count in counts.items() if count["collided"]]
            quarantined += [loads.not_mapped_rows(not_mapped)] if not_mapped and raw.not_mapped else []
            result = LoadResult(load, raw, counts, quarantined, files)
            if not result.over_limit:
                write_load(context, plans, run_date=context.run_date, source=load.name)
                log.info("%s", result.summary)
            results.append(result)
        finally:
            for plan in plans.values():
                plan.close()


def plan_table(context: Context, load: SourceLoad, table: Table, rows: DataFrame) -> MergePlan:
    """Plans the merge of mapped rows into a table; of orders, that of their own records."""
    decided = F.when(F.col(IS_REJECTED), F.lit(REJECTED)).alias(OUTCOME)
    frame = rows.select(*table.column_names, NOTES, decided)
    return context.writer.plan(table, frame, load.arrival(table), "has_header" if table is ORDERS else None)


def read_bronze(context: Context, load: SourceLoad) -> tuple[DataFrame, int, list[str]] | None:
    """The raw rows that the run date has brought already, their number and files; None where it has none."""
    name = f"bronze.{load.name}"
    if not context.lake.exists(name):
        return None
    rows = context.lake.read(name).where(F.col("run_date") == F.lit(context.run_date)).drop("run_date")
    by_file = {row[mapping.FILE]: row["count"] for row in rows.groupBy(mapping.FILE).count().collect()}
    if not by_file:
        return None
    return rows, sum(by_file.values()), pending_files.known_files(context.spark, load, set(by_file))


def new_bronze(context: Context, load: SourceLoad) -> tuple[DataFrame, int, list[str]] | None:
    """Writes the raw rows of pending files as the run date's part of the source's bronze table.

    Returns:
        the rows, their number and their files; None when there is nothing new.

    Raises:
        ContractError: columns other than those of earlier loads.
    """
    files = pending_files.find_pending_files(context.spark, load)
    if not files or load.is_loaded(files):
        return None
    new = pending_files.without_copies(context.spark, load, files)
    if len(new) < len(files):
        log.info("%s: %d files have the bytes of others, and are not read", load.name, len(files) - len(new))
    raw = loads.read_rows(context.spark, load, new or files).where(F.lit(bool(new)))
    table = bronze_table(load.name, load.source, raw.schema)
    if context.lake.exists(table.name):
        earlier = context.lake.read(table.name).drop("run_date").schema
        check_schema(f"{load.file}: {load.paths_of(files)[0]}", earlier, raw.schema)
    commit = context.replace_day(table, raw.withColumn("run_date", F.lit(context.run_date)))
    bronze = context.lake.read(table.name, commit.version).where(F.col("run_date") == F.lit(context.run_date))
    return bronze.drop("run_date"), commit.rows, files


def read_quarantine(context: Context, results: list[LoadResult]) -> DataFrame:
    """The run date's rows of these sources in quarantine."""
    rows = context.lake.read(QUARANTINE.name).where(F.col("run_date") == F.lit(context.run_date))
    return rows.where(F.col("source").isin([result.load.name for result in results]))


def write_quarantine(context: Context, results: list[LoadResult]) -> None:
    """Replaces the run date's quarantined rows of these sources by the rejected rows of their loads."""
    earlier = read_quarantine(context, results)
    if any(result.quarantined for result in results) or not earlier.isEmpty():
        rows = load_result.quarantine_rows(results, earlier).withColumn("run_date", F.lit(context.run_date))
        context.replace_day(QUARANTINE, rows, partition={"source": [result.load.name for result in results]})


def record_loads(context: Context, results: list[LoadResult], reasons: ReasonCounts) -> None:
    """Records loads in the ledger, ops.source_loads."""
    if results:
        rows = [[row[name] for name in SOURCE_LOADS.column_names] for row in load_result.ledger_rows(results, reasons)]
        frame = context.spark.createDataFrame(rows, SOURCE_LOADS.schema).coalesce(1)
        context.replace_day(SOURCE_LOADS, frame, partition={"source": [result.load.name for result in results]})


@contextmanager
def job_errors() -> Iterator[None]:
    """Gives the failure of a source the exit code of its kind."""
    try:
        yield
    except SourceError as error:
        raise as_job_error(error) from None


def as_job_error(error: SourceError) -> MarketlakeError:
    """The failure of a source, as the one of the job."""
    return JOB_ERRORS[type(error)](error.cause, error.advice)


JOB = Job(
    name="ingest_sources",
    summary="Loads raw files into bronze, accepted rows into silver, rejected rows into quarantine.",
    run=run,
    check=check,
    writes=(*SILVER.values(), QUARANTINE, SOURCE_LOADS),
    settings=IngestSettings,
)

if __name__ == "__main__":
    main(JOB)
