"""Raw rows of each system of the retailer, before errors are added."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import consents, experiments, feedback, identity, market, marketing_exports, returns, visits
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.touches import simulate_touches
from marketlake.simulator.world import Sales, World

ITEM_COLUMNS = ("line_no", "product_id", "quantity", "list_amount", "discount_amount", "net_amount")
RECORD_IDS = {"crm": "crm_id", "loyalty": "card_id", "shop": "account_id"}


def build_overlay_rows(world: World) -> Iterator[tuple[str, DataFrame]]:
    """Rows by system around given customers and orders; the systems are `systems.OVERLAY_SYSTEMS`.

    The largest come first, each as soon as it is planned: planning takes as long as writing a small one.
    """
    steps = {
        "touches": simulate_touches,
        "campaigns": experiments.simulate_campaigns,
        "coupons": experiments.simulate_coupons,
    }
    with ThreadPoolExecutor(2) as pool:
        touches, campaigns, coupons = pool.map(lambda name: world.cache(name, steps[name](world)), steps)
    settings, draws, customers, orders = world.settings, world.draws, world.customers, world.orders
    yield "events", visits.simulate_events(world, touches)
    yield "messages", marketing_exports.export_messages(world, touches, campaigns)
    yield "stock", market.simulate_stock(world)
    yield "points", feedback.simulate_points(draws, orders)
    yield "footfall", market.simulate_footfall(world)
    yield "crm", build_records(world, "crm")
    yield "loyalty", build_records(world, "loyalty")
    yield "shop_accounts", build_records(world, "shop")
    yield "ad_reports", marketing_exports.export_ad_reports(world, touches)
    yield "social_posts", marketing_exports.export_social_posts(world)
    yield "campaigns", marketing_exports.export_campaigns(world)
    yield "assignments", marketing_exports.export_assignments(world, campaigns)
    yield "coupons_issued", marketing_exports.export_issued_coupons(world, coupons)
    yield "coupons_redeemed", marketing_exports.export_redeemed_coupons(world, coupons)
    yield "competitor_prices", market.simulate_competitor_prices(world)
    yield "surveys", feedback.simulate_surveys(world, orders)
    yield "tickets", feedback.simulate_tickets(world, orders).drop("category")
    yield "consents", consents.simulate_consents(customers, settings, draws)
    yield "privacy_requests", consents.simulate_privacy_requests(customers, settings, draws)


def build_shop_rows(world: World, sales: Sales) -> dict[str, DataFrame]:
    """Rows of the systems that only the base has (`systems.SHOP_SYSTEMS`): sales, returns, products, stores, prices."""
    lines, shop = sales.lines, (world.settings, world.draws)
    return {
        "shop_orders": export_web_orders(lines, *shop),
        "till_receipts": export_receipts(lines, *shop),
        "returns": returns.export_returns(world.cache("returns", returns.simulate_returns(lines, *shop)), *shop),
        "products": sales.products,
        "stores": sales.stores,
        "prices": sales.prices,
    }


def export_web_orders(lines: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Raw web orders with their items: order_id, account_id, ordered_at, items, paid_at, cancelled_at.

    Payment and cancellation may be later than the delivery of the row.
    """
    items = F.array_sort(F.collect_list(F.struct(*ITEM_COLUMNS)))
    online = lines.where("is_online").groupBy("order_id", "person_id", "ordered_at").agg(items.alias("items"))
    payment = returns.draw_payment(settings, draws)
    return online.select(
        "order_id",
        identity.draw_account_id(draws).alias("account_id"),
        "ordered_at",
        "items",
        *(payment[name].alias(name) for name in ("paid_at", "cancelled_at")),
    )


def export_receipts(lines: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Raw lines of till receipts: receipt_id, line_no, card_id, store_id, sold_at and the rest of `ITEM_COLUMNS`."""
    return lines.where("not is_online").select(
        F.col("order_id").alias("receipt_id"),
        "line_no",
        F.when(returns.draw_shows_card(settings, draws), F.col("customer_id")).alias("card_id"),
        "store_id",
        F.col("ordered_at").alias("sold_at"),
        *ITEM_COLUMNS[1:],
    )


def build_records(world: World, system: str) -> DataFrame:
    """Records of crm, loyalty or shop, with the system's own name of the record id."""
    rows = identity.build_records(world, system).select(*identity.RECORD_COLUMNS)
    return rows.withColumnRenamed("record_id", RECORD_IDS[system])
