"""Trains the recommender on what is known at the end of the run date, judges it on the weeks before, and registers it.

    spark-submit jobs/train_recommender.py --config conf/demo.yaml --run-date 2018-01-01

With weeks of `period_days` each, the last of them ending on the run date: a ranker that learnt from the last but one is
judged on the last, beside every simple method on the same customers. Then one learns from the last, and that one is
registered, as challenger; it becomes the champion when the judged one beat the best trivial baseline.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend import evaluation, figures, ranker, review
from marketlake.recommend.baselines import BLEND, baselines, best_half_life
from marketlake.recommend.candidates import Candidates, Knowledge
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import Evaluation, Method, Period
from marketlake.recommend.gate import METRIC, decide
from marketlake.recommend.interactions import purchases
from marketlake.recommend.learning import bought_in, collected_candidates, knowledge, known_pairs, sampled
from marketlake.recommend.model import Model
from marketlake.recommend.numbers import new_numbers
from marketlake.recommend.service import Service, example
from marketlake.recommend.settings import Learning
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.ops import MODEL_VERSIONS, NAME_NUMBERS
from marketlake.tables.silver import ORDER_LINES, ORDERS, PRODUCTS
from marketlake.tables.touchpoints import EVENTS

MODEL = "marketlake_recommender"
REQUIREMENTS = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "pydantic", "mlflow")


@dataclass(frozen=True)
class Day:
    """What a day knew of its customers, and what those who are judged bought in the period after it.

    Attributes:
        as_of: first day that is not known.
        knowledge: of the day.
        customer_id: customers who are judged, in the order of the candidates' rows.
        candidates: of those customers.
        after: what they bought in the period.
        bought: whether each candidate was among it.
    """

    as_of: date
    knowledge: Knowledge
    customer_id: np.ndarray
    candidates: Candidates
    after: Period
    bought: np.ndarray


@dataclass(frozen=True)
class Judged:
    """What became of the lists of a day.

    Attributes:
        day: the day, and what was bought after it.
        probability: of each candidate, by a ranker that learnt before the day.
        half_life: days, of own frequency.
        result: of every method.
    """

    day: Day
    probability: np.ndarray
    half_life: int
    result: Evaluation


def run(context: Context) -> None:
    """Learns three times (two periods ago, one, now), judges the second by the first, registers the third."""
    settings = context.settings(Learning)
    numbers = number_names(context)
    earlier, last = (observed(context, settings, numbers, periods_ago) for periods_ago in (2, 1))
    log.info("judging on the %d days from %s", settings.period_days, last.as_of)
    learnt = fitted(earlier, settings)
    half_life = best_half_life(earlier.candidates, earlier.customer_id, earlier.after)
    probability = learnt.probability(last.candidates)
    methods = [*baselines(last.candidates, half_life=half_life), Method(BLEND, probability)]
    result = evaluation.evaluate(methods, last.candidates, last.customer_id, last.after)
    log.info("learning from all days up to %s", context.run_date)
    known = touched(context, settings, context.as_of).persist()
    try:
        now = known_by(context, settings, numbers, known, context.as_of)
    finally:
        known.unpersist()
    model = Model(context.run_date, settings, now, fitted(last, settings))
    report(context, Judged(last, probability, half_life, result), model)


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


def observed(context: Context, settings: Learning, numbers: DataFrame, periods_ago: int) -> Day:
    """What was known some periods ago, of the customers who are judged, and what they bought in the period after it.

    Raises:
        InputError: too few days are known for the periods that are needed.
    """
    as_of = context.as_of - timedelta(days=periods_ago * settings.period_days)
    log.info("learning from the days before %s", as_of)
    known = touched(context, settings, as_of).persist()
    try:
        of_day = known_by(context, settings, numbers, known, as_of)
        share = min(1.0, settings.judged_customers / of_day.customers)
        customer_id, found = collected_candidates(sampled(known, share), of_day)
        end = as_of + timedelta(days=settings.period_days)
        later = purchases(context.read(ORDER_LINES)).where(
            (F.col("happened_on") >= F.lit(as_of)) & (F.col("happened_on") < F.lit(end))
        )
        # Collected: what the judged customers bought in one period.
        purchased = sampled(bought_in(later, known), share).toPandas()
    finally:
        known.unpersist()
    after = evaluation.period(purchased, customer_id, of_day.catalogue)
    return Day(as_of, of_day, customer_id, found, after, evaluation.labels(found, customer_id, after))


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
        run_of.card(review.card(table, others, day.after, decision, known_until=known_until, days=settings.period_days))
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
    reads=(ORDER_LINES, ORDERS, EVENTS, PRODUCTS),
    writes=(NAME_NUMBERS, MODEL_VERSIONS),
    settings=Learning,
)

if __name__ == "__main__":
    main(JOB)
