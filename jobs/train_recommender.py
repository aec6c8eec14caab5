"""Trains the recommender on what is known at the end of the run date, judges it on the weeks before, and registers it.

    spark-submit jobs/train_recommender.py --config conf/demo.yaml --run-date 2018-01-01

With weeks of `period_days` each, the last of them ending on the run date: a ranker that learnt from the last but one is
judged on the last, beside every simple method on the same customers. Then one learns from the last, and that one is
registered, as challenger; it becomes the champion when the judged one beat the best trivial baseline.
"""

from datetime import date, datetime, timedelta, timezone

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend import evaluation, figures, ranker, review, sequence
from marketlake.recommend.baselines import BLEND
from marketlake.recommend.beside import beside
from marketlake.recommend.candidates import Knowledge
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.gate import METRIC, decide
from marketlake.recommend.interactions import between, purchases
from marketlake.recommend.judging import Beside, Day, Judged, judge
from marketlake.recommend.learning import bought_in, collected_candidates, knowledge, known_pairs, sampled
from marketlake.recommend.model import Model
from marketlake.recommend.numbers import new_numbers
from marketlake.recommend.segments import segments
from marketlake.recommend.service import Service, example
from marketlake.recommend.settings import Learning
from marketlake.runtime.command import main
from marketlake.runtime.errors import ConfigurationError, InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.ops import MODEL_VERSIONS, NAME_NUMBERS
from marketlake.tables.silver import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS
from marketlake.tables.touchpoints import EVENTS

MODEL = "marketlake_recommender"
REQUIREMENTS = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "pydantic", "mlflow")


def run(context: Context) -> None:
    """Learns three times (two periods ago, one, now), judges the second by the first, registers the third."""
    settings = context.settings(Learning)
    numbers = number_names(context)
    segment_of = segments(context.read(CUSTOMERS), checked(settings).segments.columns)
    earlier, _ = observed(context, settings, numbers, 2)
    last, others = observed(context, settings, numbers, 1, segment_of)
    log.info("judging on the %d days from %s", settings.period_days, last.as_of)
    judged = judge(earlier, last, others, fitted(earlier, settings))
    log.info("learning from all days up to %s", context.run_date)
    known = touched(context, settings, context.as_of).persist()
    try:
        now = known_by(context, settings, numbers, known, context.as_of)
    finally:
        known.unpersist()
    model = Model(context.run_date, settings, now, fitted(last, settings))
    report(context, judged, model)


def number_names(context: Context) -> DataFrame:
    """ops.name_numbers with a number for every customer and product that is known."""
    context.writer.create(NAME_NUMBERS)
    bought = purchases(context.read(ORDER_LINES))
    for kind in ("customer", "product"):
        names = bought.select(F.col(f"{kind}_id").alias("name")).distinct()
        new = new_numbers(context.lake.read(NAME_NUMBERS.name), names, kind=kind).persist()
        try:
            if not new.isEmpty():
                given = F.lit(context.run_date).cast("timestamp")
                context.merge(NAME_NUMBERS, new.withColumn("updated_at", given))
        finally:
            new.unpersist()
    return context.lake.read(NAME_NUMBERS.name)


def observed(
    context: Context, settings: Learning, numbers: DataFrame, periods_ago: int, segment_of: DataFrame | None = None
) -> tuple[Day, Beside | None]:
    """What was known some periods ago, of the customers who are judged, and what they bought in the period after it.

    With segments also what stands beside the blend there.

    Raises:
        InputError: too few days are known for the periods that are needed.
    """
    as_of = context.as_of - timedelta(days=periods_ago * settings.period_days)
    log.info("learning from the days before %s", as_of)
    known = touched(context, settings, as_of).persist()
    bought = purchases(context.read(ORDER_LINES))
    try:
        of_day = known_by(context, settings, numbers, known, as_of)
        share = min(1.0, settings.judged_customers / of_day.customers)
        customer_id, found = collected_candidates(sampled(known, share), of_day)
        # Collected: what the judged customers bought in one period.
        purchased = sampled(bought_in(between(bought, as_of, settings.period_days), known), share).toPandas()
        others = None
        if segment_of is not None:
            before = between(bought, as_of - timedelta(days=sequence.DAYS), sequence.DAYS)
            others = beside(known, before, segment_of, of_day, settings, share=share)
    finally:
        known.unpersist()
    after = evaluation.period(purchased, customer_id, of_day.catalogue)
    return Day(as_of, of_day, customer_id, found, after, evaluation.labels(found, customer_id, after)), others


def touched(context: Context, settings: Learning, as_of: date) -> DataFrame:
    """`pairs.pairs` of the interactions before a day."""
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    return known_pairs(lines, events, orders, as_of=as_of, settings=settings)


def known_by(context: Context, settings: Learning, numbers: DataFrame, known: DataFrame, as_of: date) -> Knowledge:
    """What a day knows.

    Raises:
        InputError: nothing was bought before it.
    """
    cores = context.spark.sparkContext.defaultParallelism
    try:
        return knowledge(known, context.read(PRODUCTS), numbers, as_of=as_of, settings=settings, blocks=cores)
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: known before {as_of}: {error}.",
            f"A recommender for {context.run_date} needs more than {2 * settings.period_days} days before it: load "
            "them with ingest_sources, choose a later run date or a shorter period_days.",
        ) from None


def checked(settings: Learning) -> Learning:
    """The settings, whose columns exist.

    Raises:
        ConfigurationError: silver.customers has no such column.
    """
    unknown = set(settings.segments.columns) - set(CUSTOMERS.column_names)
    if unknown:
        raise ConfigurationError(
            f"jobs.train_recommender.segments.columns: found {', '.join(sorted(unknown))}; expected columns of "
            f"silver.customers: {', '.join(CUSTOMERS.column_names)}."
        )
    return settings


def fitted(day: Day, settings: Learning) -> ranker.Ranker:
    """A ranker that learnt from a day and the period after it.

    Raises:
        InputError: there is nothing to learn from.
    """
    try:
        return ranker.fit(day.candidates, day.bought, settings.ranker)
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: in the {settings.period_days} days from {day.as_of}: {error}.",
            "Load more days with ingest_sources, or choose a later run date.",
        ) from None


def report(context: Context, judged: Judged, model: Model) -> None:
    """The run in MLflow with the model and all that a reviewer decides by; the gate; a row in ops.model_versions."""
    day, result = judged.day, judged.result
    settings, known_until = model.settings, day.as_of - timedelta(days=1)
    decision = decide(result, margin=settings.margin)
    log.info("%s", decision.reason)
    table, others = result.table(), review.beyond(result, day.after, day.knowledge)
    title = f"Recommender known up to {known_until}, judged on the {settings.period_days} days after it"
    with context.tracker.run(context, parameters(settings) | {"own_frequency_half_life": judged.half_life}) as run_of:
        run_of.metrics(review.metrics(table))
        run_of.figure(figures.methods(table, title, winner=BLEND), "methods")
        run_of.figure(figures.depths(table, title, [BLEND, decision.baseline, "ALS", "popularity"]), "depths")
        run_of.figure(
            figures.calibration(judged.probability, day.bought, "Candidates by the blend's probability"), "calibration"
        )
        run_of.table(table, "evaluation")
        run_of.table(others, "beyond_accuracy")
        run_of.table(judged.of_groups, "groups")
        days = settings.period_days
        run_of.card(
            review.card(table, others, judged.of_groups, day.after, decision, known_until=known_until, days=days)
        )
        version = run_of.model(Service(model), MODEL, example=example(), requirements=REQUIREMENTS)
        run_id = run_of.run_id
    context.tracker.register(MODEL, version, context.run_date, promoted=decision.is_promoted)
    row = (
        MODEL, version, context.run_date, decision.is_promoted, METRIC, decision.value, decision.baseline,
        decision.baseline_value, decision.reason, run_id, datetime.now(timezone.utc),
    )  # fmt: skip
    context.append(MODEL_VERSIONS, context.spark.createDataFrame([row], MODEL_VERSIONS.schema))


def parameters(settings: Learning) -> dict[str, object]:
    """Every setting by its name: als.rank and so on."""
    flat: dict[str, object] = {}
    for name, value in settings.model_dump().items():
        flat |= {f"{name}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat


JOB = Job(
    name="train_recommender",
    summary="Trains the recommender, judges it beside every simple method, and lets it through the gate or not.",
    run=run,
    reads=(CUSTOMERS, ORDER_LINES, ORDERS, EVENTS, PRODUCTS),
    writes=(NAME_NUMBERS, MODEL_VERSIONS),
    settings=Learning,
)

if __name__ == "__main__":
    main(JOB)
