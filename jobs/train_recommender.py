"""Trains the recommender on all days up to the run date, evaluates it on the last weeks of them, and registers it.

    spark-submit jobs/train_recommender.py --config conf/demo.yaml --run-date 2018-01-01

With periods of `period_days`, the last of them ending on the run date: a ranker trained on the periods before the last
is evaluated on the last, beside every simple method on the same customers. The registered model is then trained on the
last period too. It becomes the champion when the evaluated one beat the best trivial baseline and, if the champion has
other settings, what these make of the same weeks.
"""

import numpy as np
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.evaluation.promotion import PromotionDecision
from marketlake.recommend.data.integer_ids import new_integer_ids
from marketlake.recommend.data.interactions import purchases
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.evaluation import report
from marketlake.recommend.evaluation.backtest import backtest, extend_to_last_period, fitted
from marketlake.recommend.evaluation.backtest_result import BacktestResult
from marketlake.recommend.evaluation.promotion import decide_blend_promotion
from marketlake.recommend.evaluation.recipe import flatten_settings, other_recipe
from marketlake.recommend.evaluation.training_data import TrainingData, TrainingInputs, prepare_training_data
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.serving.pyfunc import PARAMS, RecommenderModel, input_example
from marketlake.recommend.settings import EVERYDAY, RecommendSettings, TrainingSettings
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
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
    """Evaluates the recipe on the last period, beside the champion's; trains on all days; registers the model."""
    settings = context.settings(TrainingSettings)
    everyday = context.config.section("recommend_products", RecommendSettings).lists()[EVERYDAY]
    order_lines = context.read(ORDER_LINES)
    inputs = TrainingInputs(
        order_lines=order_lines,
        orders=context.read(ORDERS),
        events=context.read(EVENTS),
        products=context.read(PRODUCTS),
        customers=context.read(CUSTOMERS),
        integer_ids=number_ids(context, order_lines),
    )
    try:
        with prepare_training_data(inputs, settings, everyday, as_of=context.as_of) as data:
            result = backtest(data)
            decision = decide_blend_promotion(
                result.evaluation,
                min_improvement=settings.min_improvement,
                over_champion=improvement_over_champion(context, result, data),
            )
            log.info("%s", decision.reason)
            ranker = extend_to_last_period(result, settings)
            log.info("training on all days up to %s", context.run_date)
            with fitted(data, context.as_of, result.day.state) as last:
                model = Recommender(context.run_date, settings, last.state, ranker)
                log_run(context, result, decision, model, last.als)
    except NothingToLearnError as error:
        raise InputError(
            f"silver.order_lines: {error}.",
            f"A recommender for {context.run_date} needs more than {2 * settings.period_days} days before it: load "
            "them with ingest_sources, choose a later run date or a shorter period_days.",
        ) from None


def improvement_over_champion(context: Context, result: BacktestResult, data: TrainingData) -> np.ndarray | None:
    """nDCG@10 of each customer less that by the champion's settings; None where it has no others."""
    text = context.models.champion_recipe(MODEL)
    if text is None:
        return None
    try:
        recipe = other_recipe(text, data.settings)
    except ValueError as error:
        log.warning("the champion's recipe cannot be backtested (%s): only trivial baselines are compared", error)
        return None
    if recipe is None:
        return None
    with prepare_training_data(data.inputs, recipe, data.everyday, as_of=data.as_of) as champions:
        return result.improvement_over(backtest(champions))


def number_ids(context: Context, order_lines: DataFrame) -> DataFrame:
    """ops.integer_ids, after it has got an integer for every known customer and product."""
    context.writer.create(INTEGER_IDS)
    new = new_integer_ids(context.lake.read(INTEGER_IDS.name), purchases(order_lines)).persist()
    try:
        if not new.isEmpty():
            context.merge(INTEGER_IDS, new.withColumn("updated_at", F.lit(context.run_date).cast("timestamp")))
    finally:
        new.unpersist()
    return context.lake.read(INTEGER_IDS.name)


def log_run(
    context: Context, result: BacktestResult, decision: PromotionDecision, model: Recommender, factors: ALSModel
) -> None:
    """Logs the report and the models to MLflow, and registers the model."""
    settings = model.settings
    found = report.build_report(result, decision, days=settings.period_days)
    parameters = flatten_settings(settings) | {"own_frequency_half_life": result.half_life}
    with context.tracker.run(context, parameters) as run_of:
        run_of.metrics(found.metrics)
        run_of.figures(found.draw_figures)
        for name, table in found.tables.items():
            run_of.table(table, name)
        run_of.description(found.description)
        shared = context.spark.conf.get("spark.checkpoint.dir", context.lake.root)
        run_of.spark_model(factors, "als", shared_folder=str(shared))
        version = run_of.model(
            RecommenderModel(model), MODEL, example=input_example(), params=PARAMS, requirements=REQUIREMENTS
        )
    recipe = settings.model_dump_json()
    context.models.register(MODEL, version, decision, mlflow_run_id=run_of.run_id, recipe=recipe)


JOB = Job(
    name="train_recommender",
    summary="Trains the recommender, evaluates it beside every simple method, and promotes it if it is better.",
    run=run,
    reads=(CUSTOMERS, ORDER_LINES, ORDERS, EVENTS, PRODUCTS),
    writes=(INTEGER_IDS,),
    trains=(MODEL,),
    settings=TrainingSettings,
    uses_settings_of=("recommend_products",),
)

if __name__ == "__main__":
    main(JOB)
