"""The overlay: simulated channels around the customers and orders of public data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketlake.simulator import customers, media
from marketlake.simulator.consents import is_contactable
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.world import DAYS_AFTER, DAYS_BEFORE, Cache, World


def simulate_overlay(
    tables: Mapping[str, DataFrame], settings: SimulatorSettings, draws: Draws, *, first: date, last: date, cache: Cache
) -> World:
    """World around the customers (households) and orders of contract tables, such as Complete Journey's.

    Args:
        tables: silver.customers, .orders, .order_lines and .products by name; orders without a customer are left out.
        settings: of the retailer.
        draws: the seed.
        first: first day of the batch.
        last: last day of the batch.
        cache: computes a frame once.
    """
    orders_table, lines_table = tables["silver.orders"], tables["silver.order_lines"]
    spark = orders_table.sparkSession
    start, end = first - timedelta(days=DAYS_BEFORE), last + timedelta(days=DAYS_AFTER)
    plan = cache("media", media.plan_media(spark, settings, draws, start, end))
    days = cache("media by day", media.group_by_day(plan, list(settings.channels)))
    identified = orders_table.where(F.col("customer_id").isNotNull())
    firsts = identified.groupBy("customer_id").agg(F.min("order_date").alias("first_order_date"))
    households = tables["silver.customers"].select("customer_id").distinct().join(firsts, "customer_id", "left")
    persons = customers.simulate_household_members(households, settings, draws).join(households, "customer_id", "inner")
    people = cache("people", persons.select(*customers.PERSON_COLUMNS, "first_order_date"))
    wanted = identified.where(F.col("order_date").between(F.lit(start), F.lit(end)))
    by_order = draws.uniform("who of the household", "order_id")
    each = people.groupBy("customer_id").agg(
        F.array_sort(F.collect_list(F.struct(*customers.PERSON_COLUMNS))).alias("persons")
    )
    bought = (
        wanted.select("order_id", "customer_id", "store_id", "ordered_at", "order_date", "net_amount")
        .join(F.broadcast(each), "customer_id", "inner")
        .withColumn("person", F.get("persons", F.floor(by_order * F.size("persons")).cast("int")))
        .withColumn("is_online", draws.bernoulli(settings.purchases.online_share, "online", "order_id"))
    )
    named = bought.select(
        *(F.col(f"person.{name}").alias(name) for name in customers.PERSON_COLUMNS),
        "order_id",
        "store_id",
        "ordered_at",
        "order_date",
        "is_online",
        "net_amount",
    )
    drawn = media.draw_causes(named, days, list(settings.channels), draws)
    # Observed orders are fixed. If the customer could not have received the message, the order counts as organic.
    is_reached = is_contactable(draws, settings, F.col("cause"), F.col("order_date"))
    caused = drawn.withColumns({name: F.when(is_reached, F.col(name)) for name in ("cause", "lag_days")})
    by_product = lines_table.where("quantity > 0").groupBy("product_id")
    # In these types the quotient has twelve digits, on which the simulated prices rest.
    paid, units = F.sum("list_amount").cast("decimal(28,2)"), F.sum("quantity").cast("decimal(20,0)")
    prices = by_product.agg(F.try_divide(paid, units).cast("double").alias("list_price"))
    sold = prices.where("list_price > 0").join(
        tables["silver.products"].select("product_id", "category"), "product_id", "left"
    )
    numbered = sold.withColumn("number", F.row_number().over(Window.orderBy("product_id")) - 1)
    products = cache("products", numbered.select("number", "product_id", "category", "list_price"))
    bought_lines = lines_table.where(F.col("order_date").between(F.lit(start), F.lit(end)))
    return World(
        settings,
        draws,
        first,
        last,
        people=people,
        person_count=people.count(),
        orders=cache("orders", caused),
        lines=cache("lines", bought_lines.select("order_id", "line_id", "product_id")),
        products=products,
        product_count=products.count(),
        stores=cache("stores", orders_table.select("store_id").distinct()),
        media_plan=plan,
        media_by_day=days,
        cache=cache,
    )
