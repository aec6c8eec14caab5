"""Recommends products to every customer with the champion, by all that is known at the end of the run date.

    spark-submit jobs/recommend_products.py --config conf/demo.yaml --run-date 2018-01-01

The champion brings its ranker and its factors; how products sell and what customers like her bought is of the run date.
For a day before the champion's own, the newest version that had passed the gate by then is used. Who bought nothing
gets the list of her segment, or of everybody. Each campaign of the settings has lists of its own beside the everyday
ones: how long they are, how many places are for what is new to the customer, what is left out, and for whom they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.recommend.data.audience import opted_out, reusable_lists, with_consent
from marketlake.recommend.data.demographics import demographic_segments
from marketlake.recommend.data.interactions import interactions
from marketlake.recommend.errors import NothingToLearnError
from marketlake.recommend.scoring import fit_fallback, recommend_fallback, recommend_known
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.serving.popularity_fallback import CONTENT, POPULAR, SEGMENT, PopularityFallback
from marketlake.recommend.settings import EVERYDAY, ListSettings, RecommendSettings
from marketlake.recommend.training import daily_interactions, pairs_before, refresh_model
from marketlake.runtime.command import main
from marketlake.runtime.errors import ConfigurationError, InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.customers import CUSTOMERS
from marketlake.tables.identity import CONSENTS, PRIVACY_REQUESTS
from marketlake.tables.market import STOCK_LEVELS
from marketlake.tables.orders import ORDER_LINES, ORDERS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.recommend import RECOMMENDATIONS
from marketlake.tables.touchpoints import EVENTS

HEADS = ("repeat", "explore", SEGMENT, CONTENT, POPULAR)


@dataclass(frozen=True)
class Ground:
    """What the lists of all campaigns are made from.

    Attributes:
        trained: the champion, as it was trained.
        maker: its name and version.
        known: `pairs.pairs` of the run date, of all who may be recommended to.
        people: customer_id and segment of all of them, those too of whom nothing is known.
    """

    trained: Recommender
    maker: str
    known: DataFrame
    people: DataFrame


@dataclass(frozen=True)
class Offer:
    """What there is to recommend.

    Attributes:
        model: the champion, of the run date and the products that are offered.
        steps: for who is not known, of the same products.
    """

    model: Recommender
    steps: PopularityFallback


def run(context: Context) -> None:
    """Scores all customers in one pass a campaign, and writes their lists."""
    settings = checked(context.settings(RecommendSettings))
    version, service = context.models.champion(settings.model)
    trained: Recommender = service.model
    log.info("%s version %d, trained for %s", settings.model, version, trained.run_date)
    context.writer.create(RECOMMENDATIONS)  # or says how one of before differs
    refused = opted_out(context.read(PRIVACY_REQUESTS), as_of=context.as_of)
    known = touched(context, trained).join(refused, "customer_id", "left_anti").persist()
    people = everybody(context, trained, known).join(refused, "customer_id", "left_anti")
    ground = Ground(trained, f"{settings.model}/{version}", known, people)
    wanted = settings.lists()
    try:
        offers = {
            excluded: offer(context, ground, excluded) for excluded in {of.excluded_products for of in wanted.values()}
        }
        made = [
            lists(context, ground, asked, offers[asked.excluded_products], campaign=name, carry=settings.incremental)
            for name, asked in wanted.items()
        ]
        rows = reduce(DataFrame.unionByName, made)
        context.replace_day(RECOMMENDATIONS, rows.withColumn("run_date", F.lit(context.run_date)))
    finally:
        known.unpersist()
    log_run(context, settings, version)


def checked(settings: RecommendSettings) -> RecommendSettings:
    """The settings, whose lists have places enough.

    Raises:
        ConfigurationError: more places for what is new than a list has, or a campaign of a name that is taken.
    """
    section = "jobs.recommend_products"
    if EVERYDAY in settings.campaigns:
        raise ConfigurationError(f"{section}.campaigns.{EVERYDAY}: the everyday lists are those of {section} itself.")
    for name, asked in settings.lists().items():
        if asked.explore_slots > asked.length:
            where = section if name == EVERYDAY else f"{section}.campaigns.{name}"
            raise ConfigurationError(
                f"{where}.explore_slots: found {asked.explore_slots}; expected at most the length of a list, "
                f"{asked.length}."
            )
    return settings


def offer(context: Context, ground: Ground, excluded: Sequence[str]) -> Offer:
    """What there is to recommend when some products are left out.

    Raises:
        InputError: no product is sold.
    """
    offered = sold_products(context, excluded)
    try:
        model = refresh_model(ground.trained, ground.known, context.read(PRODUCTS), offered, as_of=context.as_of)
    except NothingToLearnError as error:
        raise InputError(f"silver.order_lines: up to {context.run_date}: {error}.") from None
    return Offer(model, fit_fallback(ground.known, ground.people, model.state, model.settings))


def lists(
    context: Context, ground: Ground, asked: ListSettings, offered: Offer, *, campaign: str, carry: bool
) -> DataFrame:
    """The lists of a campaign for all who get one: made now, or carried over from an earlier day."""
    wanted = ground.people
    if asked.channel is not None:
        allowed = with_consent(context.read(CONSENTS), channel=asked.channel, as_of=context.as_of)
        wanted = wanted.join(allowed, "customer_id", "left_semi")
    kept = carried(context, offered.model, asked.length, campaign=campaign, maker=ground.maker) if carry else None
    if kept is not None:
        kept = kept.join(wanted, "customer_id", "left_semi").drop("run_date")
        wanted = wanted.join(kept.select("customer_id").distinct(), "customer_id", "left_anti")
    of_known = recommend_known(
        ground.known.join(wanted, "customer_id", "left_semi"),
        offered.model,
        length=asked.length,
        explore_slots=asked.explore_slots,
        diversity=asked.diversity,
    )
    unknown = wanted.join(ground.known.select("customer_id").distinct(), "customer_id", "left_anti")
    made = of_known.unionByName(recommend_fallback(unknown, offered.steps, length=asked.length))
    made = made.withColumns({"campaign": F.lit(campaign), "model": F.lit(ground.maker)})
    return made if kept is None else made.unionByName(kept)


def carried(context: Context, model: Recommender, length: int, *, campaign: str, maker: str) -> DataFrame | None:
    """A campaign's lists that may stay, of the newest earlier day that has any by the same model; None without one."""
    earlier = context.lake.read(RECOMMENDATIONS.name).where(
        (F.col("run_date") < F.lit(context.run_date)) & (F.col("campaign") == campaign) & (F.col("model") == maker)
    )
    day = earlier.agg(F.max("run_date")).collect()[0][0]
    if day is None:
        log.info("no earlier %s lists by %s: all customers are scored", campaign, maker)
        return None
    log.info("%s lists of %s stay where nothing has happened since", campaign, day)
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    happened = interactions(lines, events, orders, model.settings.weights)
    sold = pd.DataFrame({"product_id": model.state.catalogue.product_id})
    return reusable_lists(
        earlier.where(F.col("run_date") == F.lit(day)),
        happened.where(F.col("happened_on") < F.lit(context.as_of)),
        context.spark.createDataFrame(sold),
        since=day + timedelta(days=1),
        length=length,
    )


def touched(context: Context, trained: Recommender) -> DataFrame:
    """`pairs.pairs` of the run date, made as the model's were."""
    lines, events, orders = (context.read(table) for table in (ORDER_LINES, EVENTS, ORDERS))
    by_day = daily_interactions(lines, events, orders, trained.settings)
    return pairs_before(by_day, as_of=context.as_of, settings=trained.settings)


def everybody(context: Context, trained: Recommender, known: DataFrame) -> DataFrame:
    """customer_id and segment of all customers, those too who are known by their purchases alone."""
    described = demographic_segments(context.read(CUSTOMERS), trained.settings.segments.columns)
    return known.select("customer_id").distinct().join(described, "customer_id", "full")


def sold_products(context: Context, excluded: Sequence[str]) -> DataFrame:
    """product_id of silver.products, but for the excluded, and those out of stock wherever they were last counted."""
    stock = context.read(STOCK_LEVELS)
    newest = stock.groupBy("product_id").agg(F.max("stock_date").alias("stock_date"))
    counted = stock.join(newest, ["product_id", "stock_date"], "left_semi")
    gone = counted.groupBy("product_id").agg(F.sum("units").alias("units")).where("units = 0")
    kept = ~F.col("product_id").isin(list(excluded))
    return context.read(PRODUCTS).where(kept).select("product_id").join(gone, "product_id", "left_anti")


def log_run(context: Context, settings: RecommendSettings, version: int) -> None:
    """How many customers and products, and the share of each head in places and in first places, as a run in MLflow.

    Of a campaign under its name; the everyday lists' metrics have no name before them.
    """
    written = context.lake.read(RECOMMENDATIONS.name).where(F.col("run_date") == F.lit(context.run_date))
    places, firsts = F.count(F.lit(1)).alias("places"), F.count_if(F.col("rank") == 1).alias("lists")
    counts: pd.DataFrame = (
        written.groupBy("campaign", "list_type").agg(places, firsts).toPandas()
    )  # five rows a campaign
    offered = {  # a row a campaign; a product may be of two heads, so that theirs do not add up
        row.campaign: row.products
        for row in written.groupBy("campaign").agg(F.count_distinct("product_id").alias("products")).collect()
    }
    metrics: dict[str, float] = {}
    for campaign in settings.lists():
        of_heads = counts[counts["campaign"] == campaign].set_index("list_type")[["places", "lists"]]
        of_heads = of_heads.reindex(HEADS, fill_value=0)
        shares = of_heads / of_heads.sum().clip(lower=1)
        customers, products = int(of_heads["lists"].sum()), offered.get(campaign, 0)
        told = ", ".join(f"{head} {share:.1%}" for head, share in shares["places"].items())
        log.info("%s: %d customers, %d products; of all places %s", campaign, customers, products, told)
        prefix = "" if campaign == EVERYDAY else f"{campaign}/"
        metrics |= {f"{prefix}customers": customers, f"{prefix}products": products}
        metrics |= {f"{prefix}share_{head}": share for head, share in shares["places"].items()}
        metrics |= {f"{prefix}share_of_lists_{head}": share for head, share in shares["lists"].items()}
    with context.tracker.run(context, settings.model_dump() | {"model_version": version}) as run_of:
        run_of.metrics(metrics)


JOB = Job(
    name="recommend_products",
    summary="Recommends products to every customer with the champion, each with its reason.",
    run=run,
    reads=(CUSTOMERS, ORDER_LINES, ORDERS, EVENTS, PRODUCTS, STOCK_LEVELS, CONSENTS, PRIVACY_REQUESTS),
    writes=(RECOMMENDATIONS,),
    uses=("marketlake_recommender",),
    settings=RecommendSettings,
)

if __name__ == "__main__":
    main(JOB)
