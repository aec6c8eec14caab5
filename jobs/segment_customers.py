"""Segments customers by recency, frequency and monetary value, with the cut-points beside each score.

    spark-submit jobs/segment_customers.py --config conf/demo.yaml --run-date 2018-01-01

The segments go to gold.customer_segments under the scheme `rfm`; the schemes of other jobs stay as they are.
"""

import pandas as pd

from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.segments import plots
from marketlake.segments.report import describe_segments
from marketlake.segments.rfm import SCHEME, cut_points, rfm, rfm_scores, rfm_segments, summarise_segments
from marketlake.segments.settings import SegmentSettings
from marketlake.tables.orders import ORDERS, RETURNS
from marketlake.tables.segments import CUSTOMER_SEGMENTS, RFM_SCORES


def run(context: Context) -> None:
    """Measures, scores and segments every customer with an order in the window."""
    settings = context.settings(SegmentSettings)
    orders, returns = context.read(ORDERS), context.read(RETURNS)
    values = rfm(orders, returns, as_of=context.as_of, window_days=settings.window_days).persist()
    try:
        if values.isEmpty():
            raise InputError(
                f"silver.orders: no order of a customer in the {settings.window_days} days up to {context.run_date}.",
                "Load the days with ingest_sources, or choose another run date or window.",
            )
        written = context.replace_day(RFM_SCORES, rfm_scores(values, cut_points(values), run_date=context.run_date))
    finally:
        values.unpersist()
    scores = context.lake.read(RFM_SCORES.name, written.version).where(f"run_date = DATE'{context.run_date}'")
    context.replace_day(CUSTOMER_SEGMENTS, rfm_segments(scores), partition={"scheme": [SCHEME]})
    log_run(context, settings, summarise_segments(scores).toPandas())  # at most eleven rows


def log_run(context: Context, settings: SegmentSettings, sizes: pd.DataFrame) -> None:
    """Logs size and spend of the segments as a run in MLflow."""
    for row in sizes.itertuples():
        log.info("%-20s %6d customers  %14s spend", row.segment, row.customers, f"{row.spend:,.2f}")
    log.info(
        "each customer's segment is in %s, the picture in MLflow's experiment %s/%s",
        context.lake.location(CUSTOMER_SEGMENTS.name),
        context.tracker.experiment,
        context.job.name,
    )
    title = f"Customer segments on {context.run_date}, orders of the last {settings.window_days} days"
    with context.tracker.run(context, settings.model_dump()) as run_of:
        run_of.metrics({"customers": sizes["customers"].sum(), "spend": float(sizes["spend"].sum())})
        run_of.metrics({f"customers_{_slug(row.segment)}": row.customers for row in sizes.itertuples()})
        run_of.figures(lambda: {"segments": plots.sizes_and_spend(sizes, title)})
        run_of.table(sizes, "segments")
        run_of.description(describe_segments(sizes, title))


def _slug(name: str) -> str:
    return name.lower().replace(" ", "_")


JOB = Job(
    name="segment_customers",
    summary="Scores customers by recency, frequency and monetary value, and assigns each a named segment.",
    run=run,
    reads=(ORDERS, RETURNS),
    writes=(RFM_SCORES, CUSTOMER_SEGMENTS),
    settings=SegmentSettings,
)

if __name__ == "__main__":
    main(JOB)
