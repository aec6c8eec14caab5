"""Trains the recommender on what is known at the end of the run date, judges it on the weeks before, and registers it.

    spark-submit jobs/train_recommender.py --config conf/demo.yaml --run-date 2018-01-01

With periods of `period_days`, the last of them ending on the run date: a ranker that learnt from those before the last
is judged on the last, beside every simple method on the same customers. Then one learns from the last too, and that one
is registered, as challenger; it becomes the champion when the judged one beat the best trivial baseline and, where the
champion learnt by other settings, what these would have made of the same weeks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from pydantic import ValidationError
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.evaluation.promotion import PromotionDecision
from marketlake.recommend.data.integer_ids import new_integer_ids
from marketlake.recommend.data.interactions import purchases
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import plots, report
from marketlake.recommend.evaluation.backtest import Ground, Learnt, judged_on_last, known, learnt_from, with_last
from marketlake.recommend.evaluation.baselines import BLEND
from marketlake.recommend.evaluation.gate import decide
from marketlake.recommend.evaluation.holdout import Judged, lead
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.serving.pyfunc import PARAMS, RecommenderModel, input_example
from marketlake.recommend.settings import TrainingSettings
from marketlake.recommend.training import daily_interactions
from marketlake.runtime.command import main
from marketlake.runtime.errors import ConfigurationError, InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.ops import INTEGER_IDS
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.touchpoints import EVENTS

MODEL = "marketlake_recommender"
REQUIREMENTS = ("numpy", "scipy", "scikit-learn", "pandas", "pyarrow", "pydantic", "mlflow")


def run(context: Context) -> None:
    """Judges the recipe on the last period, and the champion's beside it; learns from all days, and registers that."""
    settings = checked(context.settings(TrainingSettings))
    numbers = number_names(context)
    with advised(context, settings), ground(context, settings, numbers) as ours:
        judged = judged_by(ours)
        over_champion = lead_over_champion(context, judged, ours)
        decision = decide(judged.result, min_improvement=settings.min_improvement, over_champion=over_champion)
        log.info("%s", decision.reason)
        ranker = with_last(judged, settings)
        log.info("learning from all days up to %s", context.run_date)
        with known(ours, context.as_of, judged.day.state) as now:
            model = Recommender(context.run_date, settings, now.state, ranker)
            log_run(context, judged, decision, model, now.als)


@contextmanager
def ground(context: Context, settings: TrainingSettings, numbers: DataFrame) -> Iterator[Ground]:
    """What a run learns from by some settings; what was bought on each day stays in memory while it is used."""
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    products, customers = context.read(PRODUCTS), context.read(CUSTOMERS)
    by_day = daily_interactions(lines, events, orders, settings).persist()
    try:
        yield Ground(settings, context.as_of, lines, products, customers, numbers, by_day)
    finally:
        by_day.unpersist()


@contextmanager
def advised(context: Context, settings: TrainingSettings) -> Iterator[None]:
    """Says what to do where too few days are known."""
    try:
        yield
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: {error}.",
            f"A recommender for {context.run_date} needs more than {2 * settings.period_days} days before it: load "
            "them with ingest_sources, choose a later run date or a shorter period_days.",
        ) from None


def judged_by(ground: Ground) -> Judged:
    """What became of the lists of a ranker that learnt from the periods before, in the period up to the run date.

    The oldest comes first, so that ALS can begin each period with the factors of the one before.

    Raises:
        NothingToLearnError: the newest of those has nothing to learn from; older ones are left out then.
    """
    learnt: list[Learnt] = []
    before: FittedState | None = None
    days, (newest, *older) = ground.settings.period_days, ground.days_to_learn_from()
    for day in (*reversed(older), newest):
        log.info("learning from the %d days from %s", days, day)
        try:
            of_period, before = learnt_from(ground, day, before)
        except NothingToLearnError as error:
            if day == newest:
                raise
            log.warning("the %d days from %s are left out: %s", days, day, error)
        else:
            learnt.insert(0, of_period)
    log.info("judging on the %d days from %s", days, ground.first_of(1))
    return judged_on_last(ground, learnt, before)


def lead_over_champion(context: Context, judged: Judged, ours: Ground) -> np.ndarray | None:
    """How much better than the champion's settings, of each customer; None where it has no others."""
    recipe = champions_recipe(context, ours.settings)
    if recipe is None:
        return None
    with ground(context, recipe, ours.numbers) as theirs:
        return lead(judged, judged_by(theirs))


def champions_recipe(context: Context, settings: TrainingSettings) -> TrainingSettings | None:
    """The settings that the champion learnt by, for the weeks that judge this run; None where it has no others."""
    text = context.models.champion_recipe(MODEL)
    if text is None:
        return None
    try:
        recipe = TrainingSettings.model_validate_json(text)
    except ValidationError:
        log.warning("the champion's settings are not of this code: the gate compares with trivial methods alone")
        return None
    recipe = recipe.model_copy(update=settings.model_dump(include={"period_days", "min_improvement"}))
    return None if recipe == settings else recipe


def number_names(context: Context) -> DataFrame:
    """ops.integer_ids with a number for every customer and product that is known."""
    context.writer.create(INTEGER_IDS)
    new = new_integer_ids(context.lake.read(INTEGER_IDS.name), purchases(context.read(ORDER_LINES))).persist()
    try:
        if not new.isEmpty():
            context.merge(INTEGER_IDS, new.withColumn("updated_at", F.lit(context.run_date).cast("timestamp")))
    finally:
        new.unpersist()
    return context.lake.read(INTEGER_IDS.name)


def checked(settings: TrainingSettings) -> TrainingSettings:
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


def log_run(
    context: Context, judged: Judged, decision: PromotionDecision, model: Recommender, factors: ALSModel
) -> None:
    """The run in MLflow with the models and all that a reviewer decides by; a row in ops.model_versions."""
    day, result = judged.day, judged.result
    settings, known_until = model.settings, day.as_of - timedelta(days=1)
    table, others = result.table(), report.beyond(result, day.after, day.state)
    leads = report.leads(result)
    title = f"Recommender known up to {known_until}, judged on the {settings.period_days} days after it"
    with context.tracker.run(context, parameters(settings) | {"own_frequency_half_life": judged.half_life}) as run_of:
        run_of.metrics(report.metrics(table))
        run_of.figure(plots.methods(table, title, winner=BLEND), "methods")
        run_of.figure(plots.depths(table, title, [BLEND, decision.baseline, "ALS", "popularity"]), "depths")
        run_of.figure(
            plots.calibration(judged.probability, day.bought, "Candidates by the blend's probability"), "calibration"
        )
        run_of.table(table, "evaluation")
        run_of.table(leads, "leads")
        run_of.table(others, "beyond_accuracy")
        run_of.table(judged.of_groups, "groups")
        run_of.description(report.description(judged, decision, table, leads, others, days=settings.period_days))
        shared = context.spark.conf.get("spark.checkpoint.dir", context.lake.root)
        run_of.spark_model(factors, "als", shared_folder=str(shared))
        version = run_of.model(
            RecommenderModel(model), MODEL, example=input_example(), params=PARAMS, requirements=REQUIREMENTS
        )
        run_id = run_of.run_id
    context.models.register(MODEL, version, decision, mlflow_run_id=run_id, recipe=settings.model_dump_json())


def parameters(settings: TrainingSettings) -> dict[str, object]:
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
    writes=(INTEGER_IDS,),
    trains=(MODEL,),
    settings=TrainingSettings,
)

if __name__ == "__main__":
    main(JOB)
