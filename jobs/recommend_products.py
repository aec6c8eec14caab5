"""Recommends products to every customer with the champion, by all that is known at the end of the run date.

    spark-submit jobs/recommend_products.py --config conf/demo.yaml --run-date 2018-01-01

The champion brings its ranker and its factors; how products sell and what customers like her bought is of the run date.
For a day before the champion's own, the newest version that had passed the gate by then is used.
"""

from datetime import datetime, time, timezone

import pandas as pd
from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.learning import known_pairs, recommended, refreshed
from marketlake.recommend.model import Model
from marketlake.runtime.command import main
from marketlake.runtime.config import Settings
from marketlake.runtime.errors import ConfigurationError, InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.gold import RECOMMENDATIONS
from marketlake.tables.identity import PRIVACY_REQUESTS
from marketlake.tables.market import STOCK
from marketlake.tables.ops import MODEL_VERSIONS
from marketlake.tables.silver import ORDER_LINES, ORDERS, PRODUCTS
from marketlake.tables.touchpoints import EVENTS


class RecommendSettings(Settings):
    """What is recommended, to whom."""

    model: str = "marketlake_recommender"
    length: int = Field(10, ge=1)
    explore_places: int = Field(3, ge=0)
    excluded_products: tuple[str, ...] = ()


def run(context: Context) -> None:
    """Scores all customers in one pass, and writes their lists."""
    settings = context.settings(RecommendSettings)
    if settings.explore_places > settings.length:
        raise ConfigurationError(
            f"jobs.recommend_products.explore_places: found {settings.explore_places}; expected at most the length of "
            f"a list, {settings.length}."
        )
    version, service = context.tracker.champion(settings.model, context.run_date)
    trained: Model = service.model
    known = touched(context, trained).persist()
    try:
        sold = sold_products(context, settings)
        try:
            model = refreshed(trained, known, sold, as_of=context.as_of)
        except NothingToLearnError as error:
            raise InputError(f"silver.order_lines: up to {context.run_date}: {error}.") from None
        log.info("%s version %d, trained for %s", settings.model, version, trained.run_date)
        lists = recommended(known, model, length=settings.length, explore_places=settings.explore_places)
        context.replace_day(RECOMMENDATIONS, lists.withColumn("run_date", F.lit(context.run_date)))
    finally:
        known.unpersist()
    report(context, settings, version)


def touched(context: Context, trained: Model) -> DataFrame:
    """`pairs.pairs` of the run date, made as the model's were; without customers who objected or asked for erasure."""
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    now = known_pairs(lines, events, orders, as_of=context.as_of, settings=trained.settings)
    end = datetime.combine(context.as_of, time(), tzinfo=timezone.utc)
    refused = context.read(PRIVACY_REQUESTS).where(
        F.col("kind").isin("objection", "erasure") & (F.col("requested_at") < F.lit(end))
    )
    return now.join(refused.select("customer_id").distinct(), "customer_id", "left_anti")


def sold_products(context: Context, settings: RecommendSettings) -> DataFrame:
    """silver.products without those that are excluded, or are out of stock wherever they were last counted."""
    stock = context.read(STOCK)
    newest = stock.groupBy("product_id").agg(F.max("stock_date").alias("stock_date"))
    counted = stock.join(newest, ["product_id", "stock_date"], "left_semi")
    gone = counted.groupBy("product_id").agg(F.sum("units").alias("units")).where("units = 0")
    kept = ~F.col("product_id").isin(list(settings.excluded_products))
    return context.read(PRODUCTS).where(kept).join(gone, "product_id", "left_anti")


def report(context: Context, settings: RecommendSettings, version: int) -> None:
    """How many customers and products, and the share of each head, as a run in MLflow."""
    written = context.lake.read(RECOMMENDATIONS.name).where(F.col("run_date") == F.lit(context.run_date))
    heads: pd.DataFrame = written.groupBy("head").count().toPandas()  # three rows
    customers, products = written.agg(F.count_distinct("customer_id"), F.count_distinct("product_id")).collect()[0]
    shares = dict(zip(heads["head"], heads["count"] / max(heads["count"].sum(), 1), strict=True))
    log.info("%d customers, %d products; %s", customers, products, ", ".join(f"{k} {v:.1%}" for k, v in shares.items()))
    with context.tracker.run(context, settings.model_dump() | {"model_version": version}) as run_of:
        run_of.metrics({"customers": customers, "products": products})
        run_of.metrics({f"share_{head}": share for head, share in shares.items()})


JOB = Job(
    name="recommend_products",
    summary="Recommends products to every customer with the champion, each with its reason.",
    run=run,
    reads=(ORDER_LINES, ORDERS, EVENTS, PRODUCTS, STOCK, PRIVACY_REQUESTS, MODEL_VERSIONS),
    writes=(RECOMMENDATIONS,),
    settings=RecommendSettings,
)

if __name__ == "__main__":
    main(JOB)
