"""Everything that the systems of the retailer would send, by system, before anything goes wrong."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import consents, contacts, identity, market, service, trials, visits
from marketlake.simulator.touches import touches
from marketlake.simulator.world import Sales, World

ITEM = ("line_no", "product_id", "quantity", "list_amount", "discount_amount", "net_amount")
RECORD_IDS = {"crm": "crm_id", "loyalty": "card_id", "shop": "account_id"}


def overlay(world: World) -> dict[str, DataFrame]:
    """What lies over customers and orders, whoever made those; the systems are `systems.OVERLAY`."""
    touched = world.keep("touches", touches(world))
    sent = world.keep("campaigns", trials.campaigns(world))
    drawn = world.keep("coupons", trials.coupons(world))
    settings, draws, customers, orders = world.settings, world.draws, world.customers, world.orders
    return {
        "crm": records(world, "crm"),
        "loyalty": records(world, "loyalty"),
        "shop_accounts": records(world, "shop"),
        "events": visits.events(world, touched),
        "messages": contacts.messages(world, touched, sent),
        "ad_reports": contacts.ad_reports(world, touched),
        "social_posts": contacts.social_posts(world),
        "campaigns": contacts.campaigns(world),
        "assignments": contacts.assignments(world, sent),
        "coupons_issued": contacts.coupons_issued(world, drawn),
        "coupons_redeemed": contacts.coupons_redeemed(world, drawn),
        "competitor_prices": market.competitor_prices(world),
        "stock": market.stock(world),
        "surveys": service.surveys(world, orders),
        "tickets": service.tickets(world, orders).drop("category"),
        "consents": consents.consents(customers, settings, draws),
        "privacy_requests": consents.privacy_requests(customers, settings, draws),
        "points": service.points(draws, orders),
        "footfall": market.footfall(world),
    }


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
