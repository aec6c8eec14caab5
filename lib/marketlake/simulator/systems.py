"""Systems that send raw files: format, key, and fields that can go wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class System:
    """A system that sends one kind of raw file.

    Attributes:
        name: of its folder and of its mapping in conf/sources.
        format: csv (with a header, nothing quoted) or json (one object a line).
        key: columns that identify a row.
        day: column with the time at which the system has the row.
        needed: numbers and times; a word instead of one is rejected by the contract.
        optional: columns whose value can be missing.
        typed_in: columns that people type, with typos.
        is_standing: rows from before the retailer's first day are sent on that day.
    """

    name: str
    format: Literal["csv", "json"]
    key: tuple[str, ...]
    day: str
    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    typed_in: tuple[str, ...] = ()
    is_standing: bool = False


def _person_system(name: str, format: Literal["csv", "json"], record_id: str) -> System:
    """A system with records of people."""
    return System(
        name,
        format,
        (record_id, "updated_at"),
        "updated_at",
        needed=("created_at",),
        optional=("birth_date", "email", "phone", "street", "postcode", "city"),
        typed_in=("given_name", "family_name", "email", "street", "city"),
        is_standing=True,
    )


# fmt: off
OVERLAY_SYSTEMS = (
    _person_system("crm", "csv", "crm_id"),
    _person_system("loyalty", "csv", "card_id"),
    _person_system("shop_accounts", "json", "account_id"),
    System("events", "json", ("event_id",), "received_at", ("event_at",), optional=("referrer", "utm_campaign")),
    System("messages", "json", ("message_id", "event"), "event_at", ("event_at",)),
    System("ad_reports", "csv", ("report_date", "channel"), "updated_at", ("impressions", "clicks", "spend")),
    System("social_posts", "json", ("post_id",), "updated_at", ("views", "posted_at"), ("product_id",), ("text",)),
    System("campaigns", "csv", ("campaign_id",), "updated_at", ("start_date", "budget"), is_standing=True),
    System("assignments", "csv", ("experiment_id", "unit_id"), "assigned_at", ("assigned_at",)),
    System("coupons_issued", "csv", ("coupon_id",), "issued_at", ("issued_at", "value")),
    System("coupons_redeemed", "csv", ("coupon_id",), "redeemed_at", ("redeemed_at",)),
    System("competitor_prices", "csv", ("competitor", "product_id", "observed_on"), "observed_on", ("price",)),
    System("stock", "csv", ("product_id", "store_id", "stock_date"), "stock_date", ("units",)),
    System("surveys", "json", ("response_id",), "answered_at", ("answered_at", "csat"), ("nps",), ("comment",)),
    System("tickets", "json", ("ticket_id",), "opened_at", ("opened_at",), typed_in=("text",)),
    System("consents", "csv", ("customer_id", "purpose", "channel", "is_granted"), "changed_at",
           ("is_granted", "changed_at"), is_standing=True),
    System("privacy_requests", "csv", ("request_id",), "requested_at", ("requested_at",)),
    System("points", "csv", ("entry_id",), "booked_at", ("points", "booked_at")),
    System("footfall", "csv", ("store_id", "counted_at"), "counted_at", ("visitors",)),
)
SHOP_SYSTEMS = (
    System("shop_orders", "json", ("order_id",), "ordered_at", ("ordered_at",)),
    System("till_receipts", "csv", ("receipt_id", "line_no"), "sold_at", ("quantity", "net_amount")),
    System("returns", "csv", ("return_id", "line_no"), "returned_at", ("quantity", "refund_amount")),
    System("products", "csv", ("product_id",), "updated_at", ("list_price",), ("package_size",), is_standing=True),
    System("stores", "csv", ("store_id",), "updated_at", is_standing=True),
    System("prices", "csv", ("product_id", "price_zone", "valid_from"), "valid_from", ("price",)),
)
# fmt: on
SYSTEMS = {system.name: system for system in (*OVERLAY_SYSTEMS, *SHOP_SYSTEMS)}
