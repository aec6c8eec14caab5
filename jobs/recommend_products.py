"""Recommends products to every customer with the champion, by everything known at the end of the run date.

    spark-submit jobs/recommend_products.py --config conf/demo.yaml --run-date 2018-01-01

The champion brings its ranker and its factors; the statistics of products and the neighbours of customers are of the
run date. Customers without purchases get their segment's best sellers, or the overall ones. Each campaign of the
settings has lists of its own beside the everyday ones: length, places for new products, exclusions, and a channel.
"""

from pyspark.sql import functions as F

from marketlake.definitions.returned_lines import without_returned_products
from marketlake.definitions.sales import booked
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.scoring import ScoringInputs, interaction_history, recommend_campaigns
from marketlake.recommend.serving.list_metrics import describe_lists, list_metrics, named_metrics
from marketlake.recommend.settings import RecommendSettings
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.identity import CONSENTS, PRIVACY_REQUESTS
from marketlake.tables.market import STOCK_LEVELS
from marketlake.tables.orders import ORDER_LINES, ORDERS, RETURNS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.recommend import RECOMMENDATIONS
from marketlake.tables.touchpoints import EVENTS

INPUTS = {
    "customers": CUSTOMERS,
    "order_lines": ORDER_LINES,
    "orders": ORDERS,
    "events": EVENTS,
    "products": PRODUCTS,
    "stock_levels": STOCK_LEVELS,
    "consents": CONSENTS,
    "privacy_requests": PRIVACY_REQUESTS,
}


def run(context: Context) -> None:
    """Scores all customers in one pass a campaign, and writes their lists."""
    settings = context.settings(RecommendSettings)
    tables = {name: context.read(table) for name, table in INPUTS.items()}
    returns = context.read(RETURNS)
    if not returns.isEmpty():
        sold = booked(tables["order_lines"], as_of=context.as_of)
        tables["order_lines"] = without_returned_products(sold, returns, as_of=context.as_of)
    version, service = context.models.champion(settings.model)
    log.info("%s version %d, trained for %s", settings.model, version, service.model.run_date)
    context.writer.create(RECOMMENDATIONS)  # or says how one of before differs
    inputs = ScoringInputs(
        as_of=context.as_of,
        champion=service.model,
        model=f"{settings.model}/{version}",
        earlier=context.lake.read(RECOMMENDATIONS.name) if settings.incremental else None,
        **tables,
    )
    history = interaction_history(inputs).persist()
    try:
        lists = recommend_campaigns(inputs, history, settings.lists())
        context.replace_day(RECOMMENDATIONS, lists.withColumn("run_date", F.lit(context.run_date)))
    except NothingToLearnError as error:
        raise InputError(f"silver.order_lines: up to {context.run_date}: {error}.") from None
    finally:
        history.unpersist()
    log_run(context, settings, version)


def log_run(context: Context, settings: RecommendSettings, version: int) -> None:
    """Logs the customers, products and list types of each campaign as a run in MLflow."""
    written = context.lake.read(RECOMMENDATIONS.name).where(F.col("run_date") == F.lit(context.run_date))
    metrics = list_metrics(written, settings.lists())
    for campaign, of_campaign in metrics.items():
        log.info("%s: %s", campaign, describe_lists(of_campaign))
    with context.tracker.run(context, settings.model_dump() | {"model_version": version}) as mlflow_run:
        mlflow_run.metrics(named_metrics(metrics))


JOB = Job(
    name="recommend_products",
    summary="Recommends products to every customer with the champion, each with its reason.",
    run=run,
    reads=(*INPUTS.values(), RETURNS),
    writes=(RECOMMENDATIONS,),
    uses=("marketlake_recommender",),
    settings=RecommendSettings,
)

if __name__ == "__main__":
    main(JOB)
