"""Everything that the systems of the retailer would send, by system, before anything goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import consents, experiments, identity, market, marketing_exports, service, visits
from marketlake.simulator.touches import touches
from marketlake.simulator.world import Sales, World

ITEM = ("line_no", "product_id", "quantity", "list_amount", "discount_amount", "net_amount")
RECORD_IDS = {"crm": "crm_id", "loyalty": "card_id", "shop": "account_id"}


def overlay(world: World) -> Iterator[tuple[str, DataFrame]]:
    """What lies over customers and orders, whoever made those, by system; the systems are `systems.OVERLAY`.

    The largest come first, and each as soon as it is planned, which takes as long as to write a small one.
    """
    made = {"touches": touches, "campaigns": experiments.campaigns, "coupons": experiments.coupons}
    with ThreadPoolExecutor(2) as pool:
        touched, sent, drawn = pool.map(lambda name: world.keep(name, made[name](world)), made)
    settings, draws, customers, orders = world.settings, world.draws, world.customers, world.orders
    yield "events", visits.events(world, touched)
    yield "messages", marketing_exports.messages(world, touched, sent)
    yield "stock", market.stock(world)
    yield "points", service.points(draws, orders)
    yield "footfall", market.footfall(world)
    yield "crm", records(world, "crm")
    yield "loyalty", records(world, "loyalty")
    yield "shop_accounts", records(world, "shop")
    yield "ad_reports", marketing_exports.ad_reports(world, touched)
    yield "social_posts", marketing_exports.social_posts(world)
    yield "campaigns", marketing_exports.campaigns(world)
    yield "assignments", marketing_exports.assignments(world, sent)
    yield "coupons_issued", marketing_exports.coupons_issued(world, drawn)
    yield "coupons_redeemed", marketing_exports.coupons_redeemed(world, drawn)
    yield "competitor_prices", market.competitor_prices(world)
    yield "surveys", service.surveys(world, orders)
    yield "tickets", service.tickets(world, orders).drop("category")
    yield "consents", consents.consents(customers, settings, draws)
    yield "privacy_requests", consents.privacy_requests(customers, settings, draws)


def shop(world: World, sales: Sales) -> dict[str, DataFrame]:
    """What only the base sends: its own sales, products, stores and prices; the systems are `systems.SHOP`."""
    lines, draws = sales.lines, world.draws
    items = F.array_sort(F.collect_list(F.struct(*ITEM)))
    online = lines.where("is_online").groupBy("order_id", "person_id", "ordered_at").agg(items.alias("items"))
    shows_card = draws.chance(world.settings.purchases.card_share, "card", "order_id")
    receipts = lines.where("not is_online").select(
        F.col("order_id").alias("receipt_id"),
        "line_no",
        F.when(shows_card, F.col("customer_id")).alias("card_id"),
        "store_id",
        F.col("ordered_at").alias("sold_at"),
        *ITEM[1:],
    )
    return {
        "shop_orders": online.select("order_id", identity.account_id(draws).alias("account_id"), "ordered_at", "items"),
        "till_receipts": receipts,
        "products": sales.products,
        "stores": sales.stores,
        "prices": sales.prices,
    }


def records(world: World, system: str) -> DataFrame:
    """What crm, loyalty or shop says of people, under its own name for a record."""
    rows = identity.records(world, system).select(*identity.RECORD)
    return rows.withColumnRenamed("record_id", RECORD_IDS[system])
