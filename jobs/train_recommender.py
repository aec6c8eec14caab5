"""Trains the recommender on what is known at the end of the run date, judges it on the weeks before, and registers it.

    spark-submit jobs/train_recommender.py --config conf/demo.yaml --run-date 2018-01-01

With periods of `period_days`, the last of them ending on the run date: a ranker that learnt from those before the last
is judged on the last, beside every simple method on the same customers. Then one learns from the last too, and that one
is registered, as challenger; it becomes the champion when the judged one beat the best trivial baseline and, where the
champion learnt by other settings, what these would have made of the same weeks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from pydantic import ValidationError
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.candidates import Knowledge
from marketlake.recommend.catalogue import WINDOWS
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.interactions import between, purchases
from marketlake.recommend.judging import evaluation, figures, review
from marketlake.recommend.judging.baselines import BLEND, best_half_life
from marketlake.recommend.judging.beside import beside
from marketlake.recommend.judging.gate import METRIC, Decision, decide
from marketlake.recommend.judging.judge import Day, Judged, judge, lead
from marketlake.recommend.learning import bought_in, collected_candidates, knowledge, known_pairs, sampled
from marketlake.recommend.methods import sequence
from marketlake.recommend.model import Model
from marketlake.recommend.numbers import new_numbers
from marketlake.recommend.ranker import Ensemble, OfPeriod, fit
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


@dataclass(frozen=True)
class Known:
    """What was known before a day.

    Attributes:
        as_of: first day that is not known.
        pairs: `pairs.pairs`, in memory.
        knowledge: learnt from them.
        als: MLlib's own model of its factors.
    """

    as_of: date
    pairs: DataFrame
    knowledge: Knowledge
    als: ALSModel


def run(context: Context) -> None:
    """Judges the recipe on the last period, and the champion's beside it; learns from all days, and registers that."""
    settings = checked(context.settings(Learning))
    numbers = number_names(context)
    judged = judged_by(context, settings, numbers)
    recipe = champions_recipe(context, settings)
    rival = None if recipe is None else judged_by(context, recipe, numbers)
    decision = decide(judged.result, margin=settings.margin, over_champion=rival and lead(judged, rival))
    log.info("%s", decision.reason)
    log.info("learning from all days up to %s", context.run_date)
    with known(context, settings, numbers, context.as_of) as now:
        model = Model(context.run_date, settings, now.knowledge, with_newest(judged, settings))
        report(context, judged, decision, model, now.als)


def champions_recipe(context: Context, settings: Learning) -> Learning | None:
    """The settings that the champion learnt by, for the weeks that judge this run; None where it has no others."""
    tags = context.registry.champion_tags(MODEL, context.run_date)
    if tags is None:
        return None
    try:
        recipe = Learning.model_validate_json(tags.get("settings", ""))
    except ValidationError:
        log.warning("the champion's settings are not of this code: the gate compares with trivial methods alone")
        return None
    recipe = recipe.model_copy(update=settings.model_dump(include={"period_days", "margin"}))
    return None if recipe == settings else recipe


def judged_by(context: Context, settings: Learning, numbers: DataFrame) -> Judged:
    """What became of the lists of a ranker that learnt from the periods before, in the period up to the run date.

    Raises:
        InputError: too few days are known for the periods that are needed.
    """
    taught: list[OfPeriod] = []
    half_life = 0
    for day in days_to_learn_from(context, settings):
        with known(context, settings, numbers, day) as then:
            earlier = day_of(context, settings, then)
        taught.append(fitted(earlier, settings))
        half_life = half_life or best_half_life(earlier.candidates, earlier.customer_id, earlier.after)
    last_day = context.as_of - timedelta(days=settings.period_days)
    with known(context, settings, numbers, last_day) as then:
        last = day_of(context, settings, then)
        segment_of = segments(context.read(CUSTOMERS), settings.segments.columns)
        days = sequence.DAYS
        before = between(purchases(context.read(ORDER_LINES)), last_day - timedelta(days=days), days)
        share = judged_share(settings, last.knowledge)
        others = beside(then.pairs, before, segment_of, last.knowledge, settings, share=share)
    log.info("judging on the %d days from %s", settings.period_days, last_day)
    return judge(last, others, Ensemble(tuple(taught)), half_life=half_life)


def days_to_learn_from(context: Context, settings: Learning) -> list[date]:
    """First days of the periods before the last, the newest first: the one before it, and older ones where enough is
    known before them for the statistics of products."""
    period = timedelta(days=settings.period_days)
    newest = context.as_of - 2 * period
    first = purchases(context.read(ORDER_LINES)).agg(F.min("happened_on")).collect()[0][0] or newest
    older = (newest - n * period for n in range(1, settings.ranker.periods))
    return [newest, *(day for day in older if day - timedelta(days=max(WINDOWS)) >= first)]


def with_newest(judged: Judged, settings: Learning) -> Ensemble:
    """The ranker that was judged, a period on: with what the judged period teaches, without its oldest."""
    periods = (fitted(judged.day, settings), *judged.ranker.periods)
    return Ensemble(periods[: settings.ranker.periods])


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


@contextmanager
def known(context: Context, settings: Learning, numbers: DataFrame, as_of: date) -> Iterator[Known]:
    """What was known before a day; its pairs stay in memory while it is used.

    Raises:
        InputError: nothing was bought before it.
    """
    log.info("learning from the days before %s", as_of)
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    pairs = known_pairs(lines, events, orders, as_of=as_of, settings=settings).persist()
    cores = context.spark.sparkContext.defaultParallelism
    try:
        learnt, model = knowledge(pairs, context.read(PRODUCTS), numbers, as_of=as_of, settings=settings, blocks=cores)
        yield Known(as_of, pairs, learnt, model)
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: known before {as_of}: {error}.",
            f"A recommender for {context.run_date} needs more than {2 * settings.period_days} days before it: load "
            "them with ingest_sources, choose a later run date or a shorter period_days.",
        ) from None
    finally:
        pairs.unpersist()


def judged_share(settings: Learning, of_day: Knowledge) -> float:
    """Share of the customers who are judged."""
    return min(1.0, settings.judged_customers / of_day.customers)


def day_of(context: Context, settings: Learning, then: Known) -> Day:
    """What was known of the customers who are judged, and what they bought in the period after it."""
    share = judged_share(settings, then.knowledge)
    customer_id, found = collected_candidates(sampled(then.pairs, share), then.knowledge)
    later = between(purchases(context.read(ORDER_LINES)), then.as_of, settings.period_days)
    # Collected: what the judged customers bought in one period.
    bought = sampled(bought_in(later, then.pairs), share).toPandas()
    after = evaluation.period(bought, customer_id, then.knowledge.catalogue)
    labels = evaluation.labels(found, customer_id, after)
    return Day(then.as_of, then.knowledge, customer_id, found, after, labels)


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


def fitted(day: Day, settings: Learning) -> OfPeriod:
    """What the period after a day teaches.

    Raises:
        InputError: there is nothing to learn from.
    """
    try:
        return fit(day.candidates, day.bought, settings.ranker)
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: in the {settings.period_days} days from {day.as_of}: {error}.",
            "Load more days with ingest_sources, or choose a later run date.",
        ) from None


def report(context: Context, judged: Judged, decision: Decision, model: Model, factors: ALSModel) -> None:
    """The run in MLflow with the models and all that a reviewer decides by; a row in ops.model_versions."""
    day, result = judged.day, judged.result
    settings, known_until = model.settings, day.as_of - timedelta(days=1)
    table, others = result.table(), review.beyond(result, day.after, day.knowledge)
    leads = review.leads(result)
    title = f"Recommender known up to {known_until}, judged on the {settings.period_days} days after it"
    with context.tracker.run(context, parameters(settings) | {"own_frequency_half_life": judged.half_life}) as run_of:
        run_of.metrics(review.metrics(table))
        run_of.figure(figures.methods(table, title, winner=BLEND), "methods")
        run_of.figure(figures.depths(table, title, [BLEND, decision.baseline, "ALS", "popularity"]), "depths")
        run_of.figure(
            figures.calibration(judged.probability, day.bought, "Candidates by the blend's probability"), "calibration"
        )
        run_of.table(table, "evaluation")
        run_of.table(leads, "leads")
        run_of.table(others, "beyond_accuracy")
        run_of.table(judged.of_groups, "groups")
        run_of.card(review.card(judged, decision, table, leads, others, days=settings.period_days))
        shared = context.spark.conf.get("spark.checkpoint.dir", context.lake.root)
        run_of.spark_model(factors, "als", shared_folder=str(shared))
        version = run_of.model(Service(model), MODEL, example=example(), requirements=REQUIREMENTS)
        run_id = run_of.run_id
    recipe = settings.model_dump_json()
    context.registry.register(MODEL, version, context.run_date, promoted=decision.is_promoted, settings=recipe)
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
