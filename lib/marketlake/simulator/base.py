"""The base: a retailer who is made up from the first customer to the last line."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketlake.simulator import catalogue, customers, media, orders
from marketlake.simulator.consents import may_send
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import Simulation
from marketlake.simulator.world import AFTER, BEFORE, Keep, Sales, World

PEOPLE_A_PARTITION = 25_000


def base(
    spark: SparkSession, count: int, settings: Simulation, draws: Draws, *, first: date, last: date, keep: Keep
) -> tuple[World, Sales]:
    """The base: `count` customers of a made-up retailer, and what they bought."""
    start, end = first - timedelta(days=BEFORE), last + timedelta(days=AFTER)
    plan = keep("media", media.plan(spark, settings, draws, start, end))
    days = keep("media by day", media.by_day(plan, list(settings.channels)))
    people = keep("people", customers.customers(spark, count, settings, draws, -(-count // PEOPLE_A_PARTITION)))
    added = np.array([row.added for row in days.select("day", "added").orderBy("day").collect()])
    candidates = media.caused(
        orders.orders(people, added, settings, draws, start), days, list(settings.channels), draws
    )
    # An order that a message would have caused does not happen where no message may be sent.
    reached = F.col("cause").isNull() | may_send(draws, settings, F.col("cause"), F.col("order_date"))
    sold = catalogue.products(settings, draws)
    priced = catalogue.prices(sold, settings, draws, start, end)
    lines = orders.lines(candidates.where(reached), catalogue.choices(spark, sold, priced, settings), settings, draws)
    lines = keep("lines", lines)
    named = sold[["product_id", "category", "list_price"]].reset_index(names="number")
    world = World(
        settings,
        draws,
        first,
        last,
        people=people,
        person_count=count,
        orders=keep("orders", orders.with_totals(lines)),
        lines=lines.select("order_id", F.col("line_no").cast("string").alias("line_id"), "product_id"),
        products=spark.createDataFrame(named).coalesce(1),
        product_count=len(named),
        stores=catalogue.stores(spark, settings).where(F.col("store_id") != catalogue.WEB).select("store_id"),
        plan=plan,
        days=days,
        keep=keep,
    )
    return world, Sales(
        lines=lines,
        products=catalogue.raw_products(spark, sold, settings),
        stores=catalogue.stores(spark, settings),
        prices=catalogue.raw_prices(spark, priced),
        elasticities=spark.createDataFrame(catalogue.elasticities(sold)).coalesce(1),
    )
