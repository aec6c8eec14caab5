"""The overlay on public data: customers and orders that are there, and all else made up around them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from marketlake.simulator import customers, media
from marketlake.simulator.consents import may_send
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import Simulation
from marketlake.simulator.world import AFTER, BEFORE, Keep, World


def over_tables(
    tables: Mapping[str, DataFrame], settings: Simulation, draws: Draws, *, first: date, last: date, keep: Keep
) -> World:
    """The customers and orders of contract tables, such as Complete Journey's: a customer there is a household.

    Args:
        tables: silver.customers, .orders, .order_lines and .products by name; orders without a customer are left out.
        settings: of the retailer.
        draws: the seed.
        first: first day of the batch.
        last: last day of the batch.
        keep: computes a frame once.
    """
    orders_table, lines_table = tables["silver.orders"], tables["silver.order_lines"]
    spark = orders_table.sparkSession
    start, end = first - timedelta(days=BEFORE), last + timedelta(days=AFTER)
    plan = keep("media", media.plan(spark, settings, draws, start, end))
    days = keep("media by day", media.by_day(plan, list(settings.channels)))
    known = orders_table.where(F.col("customer_id").isNotNull())
    firsts = known.groupBy("customer_id").agg(F.min("order_date").alias("first_order_date"))
    households = tables["silver.customers"].select("customer_id").distinct().join(firsts, "customer_id", "left")
    persons = customers.persons(households, settings, draws).join(households, "customer_id", "inner")
    people = keep("people", persons.select(*customers.PERSON, "first_order_date"))
    wanted = known.where(F.col("order_date").between(F.lit(start), F.lit(end)))
    by_order = draws.uniform("who of the household", "order_id")
    each = people.groupBy("customer_id").agg(F.array_sort(F.collect_list(F.struct(*customers.PERSON))).alias("persons"))
    bought = (
        wanted.select("order_id", "customer_id", "store_id", "ordered_at", "order_date", "net_amount")
        .join(F.broadcast(each), "customer_id", "inner")
        .withColumn("person", F.get("persons", F.floor(by_order * F.size("persons")).cast("int")))
        .withColumn("is_online", draws.chance(settings.purchases.online_share, "online", "order_id"))
    )
    named = bought.select(
        *(F.col(f"person.{name}").alias(name) for name in customers.PERSON),
        "order_id",
        "store_id",
        "ordered_at",
        "order_date",
        "is_online",
        "net_amount",
    )
    drawn = media.caused(named, days, list(settings.channels), draws)
    # The basket is there whatever we draw, so that what no message can have caused came by itself.
    reached = may_send(draws, settings, F.col("cause"), F.col("order_date"))
    kept = drawn.withColumns({name: F.when(reached, F.col(name)) for name in ("cause", "lag_days")})
    by_product = lines_table.where("quantity > 0").groupBy("product_id")
    prices = by_product.agg((F.sum("list_amount") / F.sum("quantity")).cast("double").alias("list_price"))
    sold = prices.where("list_price > 0").join(
        tables["silver.products"].select("product_id", "category"), "product_id", "left"
    )
    numbered = sold.withColumn("number", F.row_number().over(Window.orderBy("product_id")) - 1)
    products = keep("products", numbered.select("number", "product_id", "category", "list_price"))
    bought_lines = lines_table.where(F.col("order_date").between(F.lit(start), F.lit(end)))
    return World(
        settings,
        draws,
        first,
        last,
        people=people,
        person_count=people.count(),
        orders=keep("orders", kept),
        lines=keep("lines", bought_lines.select("order_id", "line_id", "product_id")),
        products=products,
        product_count=products.count(),
        stores=keep("stores", orders_table.select("store_id").distinct()),
        plan=plan,
        days=days,
        keep=keep,
    )
