"""The base: a fully simulated retailer, from the customers to the order lines."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from marketlake.simulator import catalogue, customers, media, orders
from marketlake.simulator.consents import is_contactable
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.world import DAYS_AFTER, DAYS_BEFORE, Cache, Sales, World

PEOPLE_PER_PARTITION = 25_000


def simulate_base(
    spark: SparkSession, count: int, settings: SimulatorSettings, draws: Draws, *, first: date, last: date, cache: Cache
) -> tuple[World, Sales]:
    """A fully simulated retailer with `count` customers, and its sales.

    Orders that only a message would have caused are dropped where the customer has no consent.
    """
    start, end = first - timedelta(days=DAYS_BEFORE), last + timedelta(days=DAYS_AFTER)
    plan = cache("media", media.plan_media(spark, settings, draws, start, end))
    days = cache("media by day", media.group_by_day(plan, list(settings.channels)))
    partitions = -(-count // PEOPLE_PER_PARTITION)
    people = cache("people", customers.simulate_customers(spark, count, settings, draws, partitions))
    added = np.array([row.added for row in days.select("day", "added").orderBy("day").collect()])
    candidates = media.draw_causes(
        orders.simulate_orders(people, added, settings, draws, start), days, list(settings.channels), draws
    )
    # An order that only a message would have caused does not happen without a consent.
    is_reached = F.col("cause").isNull() | is_contactable(draws, settings, F.col("cause"), F.col("order_date"))
    sold = catalogue.build_products(settings, draws)
    priced = catalogue.draw_prices(sold, settings, draws, start, end)
    lines = orders.simulate_lines(
        candidates.where(is_reached), catalogue.build_choice_table(spark, sold, priced, settings), settings, draws
    )
    lines = cache("lines", lines)
    numbered = sold[["product_id", "category", "list_price"]].reset_index(names="number")
    world = World(
        settings,
        draws,
        first,
        last,
        people=people,
        person_count=count,
        orders=cache("orders", orders.aggregate_orders(lines)),
        lines=lines.select("order_id", F.col("line_no").cast("string").alias("line_id"), "product_id"),
        products=spark.createDataFrame(numbered).coalesce(1),
        product_count=len(numbered),
        stores=catalogue.export_stores(spark, settings).where(F.col("store_id") != catalogue.WEB).select("store_id"),
        media_plan=plan,
        media_by_day=days,
        cache=cache,
    )
    return world, Sales(
        lines=lines,
        products=catalogue.export_products(spark, sold, settings),
        stores=catalogue.export_stores(spark, settings),
        prices=catalogue.export_prices(spark, priced),
        elasticities=spark.createDataFrame(catalogue.compute_elasticities(sold)).coalesce(1),
    )
