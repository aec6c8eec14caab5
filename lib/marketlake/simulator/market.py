"""Competitors' prices, stock levels and footfall."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.world import World


def simulate_competitor_prices(world: World) -> DataFrame:
    """Raw competitors' prices, observed every Monday: competitor, product_id, observed_on, price, is_promotion."""
    draws = world.draws
    watched = world.products.where(F.col("number") < world.settings.market.watched_products)
    names = [f"Competitor {n + 1}" for n in range(world.settings.market.competitors)]
    each = (
        watched.withColumn("competitor", F.explode(F.array(*map(F.lit, names))))
        .withColumn("observed_on", F.explode(F.sequence(F.lit(world.earliest), F.lit(world.last))))
        .where(F.weekday("observed_on") == 0)
    )
    key = ("competitor", "product_id", "observed_on")
    promoted = draws.bernoulli(0.15, "promotion", *key)
    usual = F.col("list_price") * (0.9 + 0.2 * draws.uniform("usual price", "competitor", "product_id"))
    price = F.round(usual * F.when(promoted, 0.8).otherwise(1.0), 2).cast("decimal(18,2)")
    return each.select(*key, price.alias("price"), promoted.alias("is_promotion"))


def simulate_stock(world: World) -> DataFrame:
    """Raw stock at closing time: product_id, store_id, stock_date, units; stock falls over a week and is refilled."""
    draws, settings = world.draws, world.settings.market
    watched = world.products.where(F.col("number") < settings.watched_products).select("product_id")
    stores = world.stores.orderBy("store_id").limit(settings.watched_stores).select("store_id")
    days = F.explode(F.sequence(F.lit(world.earliest), F.lit(world.last))).alias("stock_date")
    each = watched.crossJoin(F.broadcast(stores)).select("product_id", "store_id", days)
    key = ("product_id", "store_id", "stock_date")
    phase = F.pmod(F.unix_date("stock_date") + draws.integer(7, "delivery day", "product_id", "store_id"), F.lit(7))
    full = 10 + draws.integer(50, "shelf", "product_id", "store_id")
    left = F.round(full * (1 - phase / 8) * (0.8 + 0.4 * draws.uniform("left", *key))).cast("int")
    out = draws.bernoulli(settings.stock_out_share, "stock-out", *key)
    return each.select(*key, F.when(out, 0).otherwise(left).alias("units"))


def simulate_footfall(world: World) -> DataFrame:
    """Raw counts of the door sensors: store_id, counted_at (start of the hour), visitors.

    Visitors are the buyers and, for each of them, 1 / conversion rate - 1 others, with noise. Hours without a sale are
    not reported.
    """
    draws, conversion = world.draws, world.settings.market.conversion_rate
    at_store = world.orders.where(~F.col("is_online") & (F.col("order_date") >= F.lit(world.earliest)))
    hour = F.date_trunc("hour", "ordered_at").alias("counted_at")
    buyers = at_store.where(F.col("order_date") <= F.lit(world.last)).groupBy("store_id", hour)
    noise = F.sqrt("buyers") * draws.normal("visitors", "store_id", "counted_at")
    others = F.greatest(F.lit(0.0), F.round(F.col("buyers") * (1 / conversion - 1) + noise))
    counted = buyers.agg(F.count(F.lit(1)).alias("buyers"))
    return counted.select("store_id", "counted_at", (F.col("buyers") + others).cast("int").alias("visitors"))
