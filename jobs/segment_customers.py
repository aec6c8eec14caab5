"""Segments customers by recency, frequency and monetary value, with the cut-points beside each score.

spark-submit jobs/segment_customers.py --config conf/demo.yaml --run-date 2018-01-01
"""

from pydantic import Field

from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.segments import plots
from marketlake.segments.rfm import cut_points, rfm, segments, summary
from marketlake.settings import Settings
from marketlake.tables.orders import ORDERS
from marketlake.tables.segments import CUSTOMER_SEGMENTS


class SegmentSettings(Settings):
    """Which orders count."""

    window_days: int = Field(365, ge=1)


def run(context: Context) -> None:
    """Scores, names and writes; then a picture and the sizes to MLflow."""
    settings = context.settings(SegmentSettings)
    values = rfm(context.read(ORDERS), as_of=context.as_of, window_days=settings.window_days)
    values = values.persist()
    try:
        if values.isEmpty():
            raise InputError(
                f"silver.orders: no order of a customer in the {settings.window_days} days up to {context.run_date}.",
                "Load the days with ingest_sources, or choose another run date or window.",
            )
        context.replace_day(CUSTOMER_SEGMENTS, segments(values, cut_points(values), run_date=context.run_date))
    finally:
        values.unpersist()
    log_run(context, settings)


def log_run(context: Context, settings: SegmentSettings) -> None:
    """Sizes and spend of the segments as a run in MLflow."""
    written = context.lake.read(CUSTOMER_SEGMENTS.name).where(f"run_date = DATE'{context.run_date}'")
    sizes = summary(written).toPandas()  # at most eleven rows
    for row in sizes.itertuples():
        log.info("%-20s %6d customers  %14s spend", row.segment, row.customers, f"{row.spend:,.2f}")
    with context.tracker.run(context, settings.model_dump()) as run_of:
        run_of.metrics({"customers": sizes["customers"].sum(), "spend": float(sizes["spend"].sum())})
        run_of.metrics({f"customers_{_slug(row.segment)}": row.customers for row in sizes.itertuples()})
        title = f"Segments on {context.run_date}, orders of the last {settings.window_days} days"
        run_of.figure(plots.sizes_and_spend(sizes, title), "segments")
        run_of.table(sizes, "segments")
        run_of.description(
            f"**{title}**\n\nQuintiles of recency, frequency and monetary value over {sizes['customers'].sum():,} "
            "customers with an order in the window; the cut-points are in gold.customer_segments."
        )


def _slug(name: str) -> str:
    return name.lower().replace(" ", "_")


JOB = Job(
    name="segment_customers",
    summary="Scores and names customers by recency, frequency and monetary value.",
    run=run,
    reads=(ORDERS,),
    writes=(CUSTOMER_SEGMENTS,),
    settings=SegmentSettings,
)

if __name__ == "__main__":
    main(JOB)
