"""The world of a batch: people, orders and products, of the base or of public data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import DataFrame

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings

MAX_DELAY_DAYS = 3  # a row may be delivered so many days late
PERIOD_DAYS = 28  # of coupons and campaigns
DAYS_BEFORE, DAYS_AFTER = 2 * PERIOD_DAYS + 4, PERIOD_DAYS  # orders of these days around a day affect it
# Computes a frame once, under a name, and returns it without its plan, so that frames built on it are planned fast.
# The caller decides where it is stored (files, memory).
Cache = Callable[[str, DataFrame], DataFrame]


@dataclass(frozen=True)
class Sales:
    """Sales and catalogue of the base.

    Attributes:
        lines: order lines with their order's columns, product_id, quantity and amounts.
        products: the raw product list.
        stores: the raw list of stores.
        prices: the raw price list: product_id, price_zone, valid_from, valid_until, price.
        elasticities: `catalogue.compute_elasticities`.
    """

    lines: DataFrame
    products: DataFrame
    stores: DataFrame
    prices: DataFrame
    elasticities: DataFrame


@dataclass(frozen=True)
class World:
    """The retailer on the days of one batch.

    Attributes:
        settings: of the retailer.
        draws: the seed.
        first: first day of the batch.
        last: last day of the batch.
        people: `customers.PERSON_COLUMNS` and first_order_date of the customer (null without orders); one row a person.
        person_count: number of people.
        orders: `orders.ORDER_COLUMNS`, net_amount, cause and lag_days, from `DAYS_BEFORE` the batch to `DAYS_AFTER` it.
        lines: order_id, line_id and product_id of those orders.
        products: number (from 0), product_id, category, list_price (currency).
        product_count: number of products.
        stores: store_id of physical stores.
        media_plan: `media.plan_media`.
        media_by_day: `media.group_by_day` of it.
        cache: computes a frame once.
    """

    settings: SimulatorSettings
    draws: Draws
    first: date
    last: date
    people: DataFrame
    person_count: int
    orders: DataFrame
    lines: DataFrame
    products: DataFrame
    product_count: int
    stores: DataFrame
    media_plan: DataFrame
    media_by_day: DataFrame
    cache: Cache

    @property
    def earliest(self) -> date:
        """First day whose rows may be delivered within the batch."""
        return self.first - timedelta(days=MAX_DELAY_DAYS)

    @property
    def customers(self) -> DataFrame:
        """The holder of the card of each customer."""
        return self.people.where("is_holder")

    @property
    def channels(self) -> list[str]:
        """Channels in the order of the plan's arrays."""
        return list(self.settings.channels)
