"""Recommends products to every customer with the champion, by all that is known at the end of the run date.

    spark-submit jobs/recommend_products.py --config conf/demo.yaml --run-date 2018-01-01

The champion brings its ranker and its factors; how products sell and what customers like her bought is of the run date.
For a day before the champion's own, the newest version that had passed the gate by then is used. Who bought nothing
gets the list of her segment, or of everybody.
"""

from datetime import timedelta

import pandas as pd
from pydantic import Field
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.audience import carried_over, consenting, refusing
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.interactions import interactions
from marketlake.recommend.ladder import CONTENT, POPULAR, SEGMENT
from marketlake.recommend.learning import known_pairs, refreshed
from marketlake.recommend.model import Model
from marketlake.recommend.segments import segments
from marketlake.recommend.serving import from_ladder, ladder, recommended
from marketlake.runtime.command import main
from marketlake.runtime.config import Settings
from marketlake.runtime.errors import ConfigurationError, InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.gold import RECOMMENDATIONS
from marketlake.tables.identity import CONSENTS, PRIVACY_REQUESTS
from marketlake.tables.market import STOCK
from marketlake.tables.ops import MODEL_VERSIONS
from marketlake.tables.silver import CUSTOMERS, ORDER_LINES, ORDERS, PRODUCTS
from marketlake.tables.touchpoints import EVENTS

HEADS = ("repeat", "explore", SEGMENT, CONTENT, POPULAR)


class RecommendSettings(Settings):
    """What is recommended, to whom."""

    model: str = "marketlake_recommender"
    length: int = Field(10, ge=1)
    explore_places: int = Field(3, ge=0)
    diversity: float = Field(0.1, ge=0, le=1)
    excluded_products: tuple[str, ...] = ()
    channel: str | None = None
    only_changed: bool = False


def run(context: Context) -> None:
    """Scores all customers in one pass, and writes their lists."""
    settings = context.settings(RecommendSettings)
    if settings.explore_places > settings.length:
        raise ConfigurationError(
            f"jobs.recommend_products.explore_places: found {settings.explore_places}; expected at most the length of "
            f"a list, {settings.length}."
        )
    version, service = context.registry.champion(settings.model, context.run_date)
    trained: Model = service.model
    log.info("%s version %d, trained for %s", settings.model, version, trained.run_date)
    refused = refusing(context.read(PRIVACY_REQUESTS), as_of=context.as_of)
    known = touched(context, trained).join(refused, "customer_id", "left_anti").persist()
    try:
        offered = sold_products(context, settings)
        try:
            model = refreshed(trained, known, context.read(PRODUCTS), offered, as_of=context.as_of)
        except NothingToLearnError as error:
            raise InputError(f"silver.order_lines: up to {context.run_date}: {error}.") from None
        people = everybody(context, trained, known).join(refused, "customer_id", "left_anti")
        lists = of_day(context, settings, model, known, people=people, maker=f"{settings.model}/{version}")
        context.replace_day(RECOMMENDATIONS, lists.withColumn("run_date", F.lit(context.run_date)))
    finally:
        known.unpersist()
    report(context, settings, version)


def of_day(
    context: Context, settings: RecommendSettings, model: Model, known: DataFrame, *, people: DataFrame, maker: str
) -> DataFrame:
    """The lists of all who get one: made now, or carried over from an earlier day."""
    wanted = people
    if settings.channel is not None:
        allowed = consenting(context.read(CONSENTS), channel=settings.channel, as_of=context.as_of)
        wanted = wanted.join(allowed, "customer_id", "left_semi")
    kept = carried(context, settings, model, maker) if settings.only_changed else None
    if kept is not None:
        kept = kept.join(wanted, "customer_id", "left_semi").drop("run_date")
        wanted = wanted.join(kept.select("customer_id").distinct(), "customer_id", "left_anti")
    of_known = recommended(
        known.join(wanted, "customer_id", "left_semi"),
        model,
        length=settings.length,
        explore_places=settings.explore_places,
        diversity=settings.diversity,
    )
    unknown = wanted.join(known.select("customer_id").distinct(), "customer_id", "left_anti")
    steps = ladder(known, people, model.knowledge, model.settings)
    made = of_known.unionByName(from_ladder(unknown, steps, length=settings.length))
    made = made.withColumn("model", F.lit(maker))
    return made if kept is None else made.unionByName(kept)


def carried(context: Context, settings: RecommendSettings, model: Model, maker: str) -> DataFrame | None:
    """Lists that may stay, of the newest earlier day for which the same model made any; none without such a day."""
    if not context.lake.exists(RECOMMENDATIONS.name):
        return None
    earlier = context.lake.read(RECOMMENDATIONS.name).where(
        (F.col("run_date") < F.lit(context.run_date)) & (F.col("model") == maker)
    )
    day = earlier.agg(F.max("run_date")).collect()[0][0]
    if day is None:
        log.info("no earlier lists by %s: all customers are scored", maker)
        return None
    log.info("lists of %s stay where nothing has happened since", day)
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    happened = interactions(lines, events, orders, model.settings.weights)
    sold = pd.DataFrame({"product_id": model.knowledge.catalogue.product_id})
    return carried_over(
        earlier.where(F.col("run_date") == F.lit(day)),
        happened.where(F.col("happened_on") < F.lit(context.as_of)),
        context.spark.createDataFrame(sold),
        since=day + timedelta(days=1),
        length=settings.length,
    )


def touched(context: Context, trained: Model) -> DataFrame:
    """`pairs.pairs` of the run date, made as the model's were."""
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    return known_pairs(lines, events, orders, as_of=context.as_of, settings=trained.settings)


def everybody(context: Context, trained: Model, known: DataFrame) -> DataFrame:
    """customer_id and segment of all customers, those too who are known by their purchases alone."""
    described = segments(context.read(CUSTOMERS), trained.settings.segments.columns)
    return known.select("customer_id").distinct().join(described, "customer_id", "full")


def sold_products(context: Context, settings: RecommendSettings) -> DataFrame:
    """product_id of silver.products, but for the excluded, and those out of stock wherever they were last counted."""
    stock = context.read(STOCK)
    newest = stock.groupBy("product_id").agg(F.max("stock_date").alias("stock_date"))
    counted = stock.join(newest, ["product_id", "stock_date"], "left_semi")
    gone = counted.groupBy("product_id").agg(F.sum("units").alias("units")).where("units = 0")
    kept = ~F.col("product_id").isin(list(settings.excluded_products))
    return context.read(PRODUCTS).where(kept).select("product_id").join(gone, "product_id", "left_anti")


def report(context: Context, settings: RecommendSettings, version: int) -> None:
    """How many customers and products, and the share of each head in places and in first places, as a run in MLflow."""
    written = context.lake.read(RECOMMENDATIONS.name).where(F.col("run_date") == F.lit(context.run_date))
    counts: pd.DataFrame = (  # five rows at most
        written.groupBy("head").agg(F.count(F.lit(1)).alias("places"), F.count_if(F.col("rank") == 1).alias("lists"))
    ).toPandas()
    places = counts.set_index("head").reindex(HEADS, fill_value=0)
    shares = places / places.sum().clip(lower=1)
    customers, products = int(places["lists"].sum()), written.select("product_id").distinct().count()
    told = ", ".join(f"{head} {share:.1%}" for head, share in shares["places"].items())
    log.info("%d customers, %d products; of all places %s", customers, products, told)
    with context.tracker.run(context, settings.model_dump() | {"model_version": version}) as run_of:
        run_of.metrics({"customers": customers, "products": products})
        run_of.metrics({f"share_{head}": share for head, share in shares["places"].items()})
        run_of.metrics({f"share_of_lists_{head}": share for head, share in shares["lists"].items()})


JOB = Job(
    name="recommend_products",
    summary="Recommends products to every customer with the champion, each with its reason.",
    run=run,
    reads=(CUSTOMERS, ORDER_LINES, ORDERS, EVENTS, PRODUCTS, STOCK, CONSENTS, PRIVACY_REQUESTS, MODEL_VERSIONS),
    writes=(RECOMMENDATIONS,),
    settings=RecommendSettings,
)

if __name__ == "__main__":
    main(JOB)
