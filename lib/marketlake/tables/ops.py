"""Tables that the suite keeps about itself: runs of jobs, loads of sources, rejected rows."""

from marketlake.tables.table import Column, Table

JOB_RUNS = Table(
    name="ops.job_runs",
    summary="One run of a job for one run date, with its outcome.",
    write="append",
    key=("run_id",),
    columns=(
        Column("run_id", "string", "Identity of the run; also in the userMetadata of its commits.", required=True),
        Column("job", "string", "Name of the job.", required=True),
        Column("run_date", "date", "Last day that was known to the run (UTC).", required=True),
        Column("status", "string", "done or failed.", required=True),
        Column("exit_code", "int", "0 done, 2 configuration, 3 input, 4 bad rows, 5 conflict, 1 anything else."),
        Column("started_at", "timestamp", "When it began (UTC)."),
        Column("seconds", "double", "How long it took."),
        Column("rows_in", "map<string,bigint>", "Rows of each input table at the version that was read."),
        Column("rows_out", "map<string,bigint>", "Rows written to each table."),
        Column("input_versions", "map<string,bigint>", "Version of each input table."),
        Column("output_versions", "map<string,bigint>", "Version that each write made."),
        Column("model_versions", "map<string,bigint>", "Version of each model that was trained or used."),
        Column("code_version", "string", "Version and commit of the code."),
        Column("fingerprint", "string", "Hash of the job's settings and of the code; empty for a failed run."),
        Column("cause", "string", "Why it failed."),
        Column("advice", "string", "What to do about it."),
    ),
)

QUARANTINE = Table(
    name="ops.quarantine",
    summary="A row that broke the contract of a table, with the row as it came and every reason.",
    key=("run_date", "source", "table_name", "raw_row"),
    partition_by=("run_date", "source"),
    columns=(
        Column("run_date", "date", "The run that rejected it.", required=True),
        Column("source", "string", "The outside source it came from.", required=True),
        Column("table_name", "string", "The table whose contract it broke.", required=True),
        Column("reasons", "array<string>", "Every rule that it broke: `name: message`."),
        Column("raw_row", "string", "The row as it came, as JSON.", personal=True),
        Column("file", "string", "The file it came in."),
    ),
)

SOURCE_LOADS = Table(
    name="ops.source_loads",
    summary=(
        "One load of a source into one table, row by row: raw = taken + skipped + not mapped; "
        "mapped = inserted + updated + same + superseded + collided + rejected."
    ),
    key=("run_date", "source", "table_name"),
    partition_by=("run_date", "source"),
    columns=(
        Column("run_date", "date", "The run that loaded it.", required=True),
        Column("source", "string", "The outside source.", required=True),
        Column("table_name", "string", "The table that was filled.", required=True),
        Column("raw_rows", "bigint", "Rows of the source as they came."),
        Column("skipped_rows", "bigint", "Raw rows that the source declares as skipped."),
        Column("not_mapped_rows", "bigint", "Raw rows that no table takes and no filter skips; in quarantine."),
        Column("mapped_rows", "bigint", "Rows of the table after the mapping's explosion, filter and grouping."),
        Column("inserted_rows", "bigint", "Rows with a new key."),
        Column("updated_rows", "bigint", "Rows that changed one in the table."),
        Column("same_rows", "bigint", "Rows that the table, or this load, has already."),
        Column("superseded_rows", "bigint", "Rows older than another one of their key."),
        Column("collided_rows", "bigint", "Rows that contradict another one, neither of them newer; in quarantine."),
        Column("rejected_rows", "bigint", "Rows that broke a rule; in quarantine."),
        Column("deleted_rows", "bigint", "Rows of earlier loads that this one, being complete, took out of the table."),
        Column("reasons", "map<string,bigint>", "Rows that broke each rule; a row may break several."),
        Column("flags", "map<string,bigint>", "Rows that were not rejected with each flag; a row may have several."),
        Column("files", "array<string>", "Files that the load read, with size and time of change."),
        Column(
            "fingerprint",
            "string",
            "Hash of the files and of the mapping: a load that is repeated is skipped.",
        ),
    ),
)

INTEGER_IDS = Table(
    name="ops.integer_ids",
    summary="The number of a customer or product, for methods that count in integers; never changed, never used again.",
    write="merge",
    key=("kind", "name"),
    updated_at="updated_at",
    columns=(
        Column("kind", "string", "customer or product; each has numbers of its own.", required=True),
        Column("name", "string", "Identity of the customer or product in all tables.", required=True),
        Column("number", "int", "Its number, from 0.", required=True),
        Column("updated_at", "timestamp", "The run date for which it was given (UTC)."),
    ),
)

MODEL_VERSIONS = Table(
    name="ops.model_versions",
    summary="A version of a model in MLflow's registry, with the outcome of the promotion rule.",
    write="append",
    key=("model", "version"),
    columns=(
        Column("model", "string", "Name of the registered model.", required=True),
        Column("version", "int", "Its version in the registry.", required=True),
        Column("run_date", "date", "Last day of its training data (UTC).", required=True),
        Column(
            "is_promoted",
            "boolean",
            "True when it beat the best trivial baseline and any other recipe of the champion.",
            required=True,
        ),
        Column("metric", "string", "The compared metric; higher is better."),
        Column("value", "double", "Mean of the metric on the holdout period."),
        Column("baseline", "string", "The best trivial baseline."),
        Column("baseline_value", "double", "Mean of the metric for that baseline, on the same cases."),
        Column("reason", "string", "Differences and intervals that led to the decision."),
        Column("mlflow_run_id", "string", "The MLflow run that trained it."),
    ),
)
