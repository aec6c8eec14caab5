"""Finds what sells together in the baskets up to the run date, and whether it still did in the last weeks of them.

    spark-submit jobs/mine_baskets.py --config conf/demo.yaml --run-date 2018-01-01

Rules come from the window without its last `holdout_days`; these are the next period, in which every rule is tried.
"""

from datetime import timedelta

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.baskets import plots, report
from marketlake.baskets.by_level import baskets
from marketlake.baskets.holdout import Trial, hide_one
from marketlake.baskets.members import ALL, by_member, sizes
from marketlake.baskets.mining import SCOPE
from marketlake.baskets.offered import offered
from marketlake.baskets.pyfunc import Service, example
from marketlake.baskets.scopes import by_mllib, in_processes, schema
from marketlake.baskets.scorer import Scorer
from marketlake.baskets.settings import Mining
from marketlake.evaluation.promotion import PromotionDecision
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.baskets import ASSOCIATION_RULES
from marketlake.tables.market import STOCK_LEVELS
from marketlake.tables.orders import ORDER_LINES
from marketlake.tables.products import PRODUCTS
from marketlake.tables.segments import CUSTOMER_SEGMENTS
from marketlake.tables.touchpoints import EVENTS

MODEL = "marketlake_cross_sell"
REQUIREMENTS = ("numpy", "scipy", "pandas", "mlflow")
TRIED = 5000  # baskets on which the scorer is tried


def run(context: Context) -> None:
    """Lays out the baskets once, mines every scope that has enough of them, writes the rules, and tries them."""
    settings = context.settings(Mining)
    every = laid_out(context, settings).persist()
    try:
        known = by_member(every, context.read(CUSTOMER_SEGMENTS), context.read(EVENTS), settings.dimensions)
        found = sizes(known, settings.max_basket_size).toPandas()  # a row a scope: segments, stores, channels
        chosen = found[found["baskets"] >= settings.min_baskets]
        if chosen.empty:
            raise InputError(
                f"silver.order_lines: no scope has {settings.min_baskets:,} baskets in the {settings.window_days} "
                f"days up to {context.run_date}, the last {settings.holdout_days} of them not counted.",
                "Load more days with ingest_sources, choose another run date, or set a lower min_baskets.",
            )
        say_cut(chosen, settings)
        context.replace_day(ASSOCIATION_RULES, rules(context, known, chosen, settings))
        log_run(context, every, chosen, settings)
    finally:
        every.unpersist()


def laid_out(context: Context, settings: Mining) -> DataFrame:
    """The baskets of the window at every level."""
    next_from = context.as_of - timedelta(days=settings.holdout_days)
    log.info("rules of the baskets before %s, tried on those of the %d days after", next_from, settings.holdout_days)
    return baskets(
        context.read(ORDER_LINES),
        context.read(PRODUCTS),
        levels=list(settings.support),
        start=context.as_of - timedelta(days=settings.window_days),
        next_from=next_from,
        as_of=context.as_of,
        largest=settings.max_basket_size,
    )


def say_cut(chosen: pd.DataFrame, settings: Mining) -> None:
    """Giant baskets are cut, and it is said."""
    for row in chosen[(chosen["dimension"] == "all") & (chosen["cut"] > 0)].itertuples():
        log.warning(
            "%d baskets of more than %d items (%s) were cut to their most common ones",
            row.cut, settings.max_basket_size, row.level,
        )  # fmt: skip


def rules(context: Context, known: DataFrame, chosen: pd.DataFrame, settings: Mining) -> DataFrame:
    """The rules of the chosen scopes; those with more items than one process takes are mined by MLlib."""
    is_small = chosen["items"] <= settings.max_items_in_memory
    parts = []
    if is_small.any():
        named = context.spark.createDataFrame(chosen.loc[is_small, list(SCOPE)])
        parts.append(in_processes(known.join(F.broadcast(named), list(SCOPE), "left_semi"), settings))
    for row in chosen[~is_small].itertuples():
        scope = (row.level, row.dimension, row.member)
        log.info("%s: %s baskets with %s items, by MLlib", " ".join(scope), f"{row.baskets:,}", f"{row.items:,}")
        of_scope = known
        for name, value in zip(SCOPE, scope, strict=True):
            of_scope = of_scope.where(F.col(name) == F.lit(value))
        found = by_mllib(of_scope, scope, (int(row.baskets), int(row.next_baskets)), settings)
        parts.append(context.spark.createDataFrame(found[schema().names], schema()))
    every = parts[0]
    for part in parts[1:]:
        every = every.unionByName(part)
    return every.withColumn("run_date", F.lit(context.run_date))


def log_run(context: Context, every: DataFrame, chosen: pd.DataFrame, settings: Mining) -> None:
    """Scopes, rules and how many of them hold, as a run in MLflow with the pictures and the scorer."""
    # Rules: some thousands a scope.
    found = context.lake.read(ASSOCIATION_RULES.name).where(F.col("run_date") == F.lit(context.run_date)).toPandas()
    summary = report.summary(chosen, found)
    log.info("%s", "; ".join(report.sentences(summary)))
    of_all = found[found["dimension"] == ALL]
    scorer, trial = tried(context, every, of_all, settings)
    sold = zip(scorer.products["product_id"], scorer.products["name"], strict=True)
    names = {product_id: f"{name} ({product_id})" for product_id, name in sold}
    title = f"Rules up to {context.run_date}"
    with context.tracker.run(context, settings.model_dump()) as run_of:
        run_of.metrics(report.metrics(summary, trial))
        for level, of_level in of_all.groupby("level"):
            run_of.figure(plots.lift_against_support(of_level, f"{title}, {level}"), f"lift_{level}")
            run_of.figure(plots.graph(of_level, f"{title}, {level}", names), f"graph_{level}")
        run_of.table(summary, "scopes")
        run_of.description(report.description(summary, of_all, trial, settings, run_date=context.run_date, names=names))
        if trial:
            version = run_of.model(
                Service(scorer, settings.offered),
                MODEL,
                example=example(),
                params={"length": settings.offered},
                requirements=REQUIREMENTS,
            )
            context.models.register(
                MODEL, version, decision(trial), mlflow_run_id=run_of.run_id, recipe=settings.model_dump_json()
            )


def decision(trial: Trial) -> PromotionDecision:
    """Promotes rules that beat the best sellers on the baskets of the next period."""
    return PromotionDecision(
        trial.is_better, "hit_rate", trial.hit_rate, "best sellers", trial.best_sellers, trial.sentence()
    )


def tried(context: Context, every: DataFrame, of_all: pd.DataFrame, settings: Mining) -> tuple[Scorer, Trial | None]:
    """The scorer by the rules between products, and what it was worth on baskets of the next period."""
    sold = offered(
        every, context.read(PRODUCTS), context.read(STOCK_LEVELS), as_of=context.as_of, min_count=settings.min_count
    )
    between_products = of_all[of_all["level"] == "product"]
    products = sold.toPandas().sort_values("product_id")  # a row a product that is sold often enough
    scorer = Scorer(between_products[["antecedent", "consequent", "confidence", "lift"]], products)
    # Drawn by the hash of the order: the same baskets in every run.
    sample = every.where("level = 'product' and is_next").orderBy(F.xxhash64("order_id"), "order_id").limit(TRIED)
    trial = hide_one(sample.select("items").toPandas()["items"].tolist(), scorer, length=settings.offered)
    log.info("%s", trial.sentence() if trial else "no baskets in the next period to try the rules on")
    return scorer, trial


JOB = Job(
    name="mine_baskets",
    summary="Finds what sells together, for all customers and by segment, store and channel, and whether it holds.",
    run=run,
    reads=(ORDER_LINES, PRODUCTS, CUSTOMER_SEGMENTS, EVENTS, STOCK_LEVELS),
    writes=(ASSOCIATION_RULES,),
    trains=(MODEL,),
    settings=Mining,
)

if __name__ == "__main__":
    main(JOB)
