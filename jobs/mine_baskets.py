"""Finds products that sell together in the baskets up to the run date, and tests the rules on the last weeks.

    spark-submit jobs/mine_baskets.py --config conf/demo.yaml --run-date 2018-01-01

Rules are mined from the window without its last `holdout_days`; every rule, and the scorer made of them, is tested on
the baskets of these days.
"""

from datetime import timedelta

import pandas as pd
from pyspark.sql import functions as F

from marketlake.baskets import report
from marketlake.baskets.build_baskets import build_baskets
from marketlake.baskets.cross_sell_products import cross_sell_products
from marketlake.baskets.holdout import evaluate_scorer
from marketlake.baskets.mine_scopes import mine_scopes
from marketlake.baskets.plots import rule_figures
from marketlake.baskets.pyfunc import CrossSellModel, example
from marketlake.baskets.report import MiningResult
from marketlake.baskets.scopes import ALL, by_scope, scope_sizes, without_repeats
from marketlake.baskets.scorer import CrossSellScorer
from marketlake.baskets.settings import MiningSettings
from marketlake.definitions.returned_lines import without_returned_quantities
from marketlake.runtime.command import main
from marketlake.runtime.errors import InputError
from marketlake.runtime.job import Context, Job
from marketlake.runtime.logs import log
from marketlake.tables.baskets import ASSOCIATION_RULES
from marketlake.tables.market import STOCK_LEVELS
from marketlake.tables.orders import ORDER_LINES, RETURNS
from marketlake.tables.products import PRODUCTS
from marketlake.tables.segments import CUSTOMER_SEGMENTS
from marketlake.tables.touchpoints import EVENTS

MODEL = "marketlake_cross_sell"
REQUIREMENTS = ("numpy", "scipy", "pandas", "mlflow")
READS = (ORDER_LINES, RETURNS, PRODUCTS, CUSTOMER_SEGMENTS, EVENTS, STOCK_LEVELS)


def run(context: Context) -> None:
    """Mines every scope that has enough baskets, writes the rules, and evaluates the scorer."""
    settings = context.settings(MiningSettings)
    lines, returns, products, segments, events, stock_levels = (context.read(table) for table in READS)
    if not returns.isEmpty():
        lines = without_returned_quantities(lines, returns, as_of=context.as_of)
    holdout_start = context.as_of - timedelta(days=settings.holdout_days)
    log.info("rules from baskets before %s, tested on those of the %d days after", holdout_start, settings.holdout_days)
    baskets = build_baskets(
        lines,
        products,
        levels=list(settings.min_support),
        start=context.as_of - timedelta(days=settings.window_days),
        holdout_start=holdout_start,
        as_of=context.as_of,
        max_size=settings.max_basket_size,
    ).persist()
    try:
        segments_of_scheme = segments.where(F.col("scheme") == settings.segment_scheme)
        baskets_by_scope = by_scope(baskets, segments_of_scheme, events, settings.scope_types)
        scopes = select_scopes(context, scope_sizes(baskets_by_scope, settings.max_basket_size).toPandas(), settings)
        mined = mine_scopes(baskets_by_scope, scopes, settings)
        context.replace_day(ASSOCIATION_RULES, mined.withColumn("run_date", F.lit(context.run_date)))
        written = context.lake.read(ASSOCIATION_RULES.name).where(F.col("run_date") == F.lit(context.run_date))
        rules = written.toPandas()  # some thousands a scope
        sellable = cross_sell_products(
            baskets, products, stock_levels, as_of=context.as_of, min_count=settings.min_count
        )
        scorer = CrossSellScorer.from_rules(rules, sellable.toPandas())  # a row a product that is sold often enough
        holdout = evaluate_scorer(baskets, scorer, suggestions=settings.suggestions)
    finally:
        baskets.unpersist()
    log_run(context, settings, MiningResult(scopes, rules, scorer, holdout))


def select_scopes(context: Context, sizes: pd.DataFrame, settings: MiningSettings) -> pd.DataFrame:
    """The scopes with enough baskets; logs how many baskets were truncated, and which scopes MLlib has to mine.

    Raises:
        InputError: no scope has enough baskets.
    """
    enough = sizes[sizes["baskets"] >= settings.min_baskets]
    scopes = without_repeats(enough)
    if len(scopes) < len(enough):
        log.info("%d scopes have the same baskets as another one, and are not mined again", len(enough) - len(scopes))
    if scopes.empty:
        raise InputError(
            f"silver.order_lines: no scope has {settings.min_baskets:,} baskets in the {settings.window_days} "
            f"days up to {context.run_date}, the last {settings.holdout_days} of them not counted.",
            "Load more days with ingest_sources, choose another run date, or set a lower min_baskets.",
        )
    for row in scopes[(scopes["scope_type"] == ALL) & (scopes["truncated"] > 0)].itertuples():
        log.warning(
            "%d baskets of more than %d items (%s) were truncated to their most common items",
            row.truncated, settings.max_basket_size, row.level,
        )  # fmt: skip
    for row in scopes[scopes["items"] > settings.max_items_in_memory].itertuples():
        name = f"{row.level} {row.scope_type} {row.scope_value}"
        log.info("%s: %s baskets with %s items, mined by MLlib", name, f"{row.baskets:,}", f"{row.items:,}")
    return scopes


def log_run(context: Context, settings: MiningSettings, result: MiningResult) -> None:
    """Logs scopes, rules, plots and the scorer as a run in MLflow; registers the scorer if it was evaluated."""
    summary, holdout = report.summarize_scopes(result), result.holdout
    log.info("%s", "; ".join(report.summary_sentences(summary)))
    log.info("%s", holdout.sentence() if holdout else "no holdout baskets to test the scorer on")
    title = f"Rules up to {context.run_date}"
    with context.tracker.run(context, settings.model_dump()) as run_of:
        run_of.metrics(report.collect_metrics(summary, holdout))
        run_of.figures(lambda: rule_figures(result.overall_rules, title, result.product_labels))
        run_of.table(summary, "scopes")
        run_of.description(report.describe_run(result, summary, settings, run_date=context.run_date))
        if holdout is None:
            return
        model = CrossSellModel(result.scorer, settings.suggestions)
        params = {"length": settings.suggestions}
        version = run_of.model(model, MODEL, example=example(), params=params, requirements=REQUIREMENTS)
        decision = holdout.decide_promotion()
        recipe = settings.model_dump_json()
        context.models.register(MODEL, version, decision, mlflow_run_id=run_of.run_id, recipe=recipe)


JOB = Job(
    name="mine_baskets",
    summary="Finds products that sell together, overall and by segment, store and channel, and tests the rules.",
    run=run,
    reads=READS,
    writes=(ASSOCIATION_RULES,),
    trains=(MODEL,),
    settings=MiningSettings,
)

if __name__ == "__main__":
    main(JOB)
