"""What the overlay lies upon: people, orders and products, of the base or of public data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import DataFrame

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import Simulation

LATEST_DELIVERY = 3  # days by which a row may come late
PERIOD_DAYS = 28  # of coupons and campaigns
BEFORE, AFTER = 2 * PERIOD_DAYS + 4, PERIOD_DAYS  # days whose orders decide what happens on a day
# Computes a frame once, under a name, and gives it back without its plan: what is built upon it is then planned in
# no time. How it is kept (a file, memory) is the caller's to say.
Keep = Callable[[str, DataFrame], DataFrame]


@dataclass(frozen=True)
class Sales:
    """What only the base has.

    Attributes:
        lines: every line with its order's columns, product_id, quantity and amounts.
        products: the raw product list.
        stores: the raw list of stores.
        prices: the raw price list: product_id, price_zone, valid_from, valid_until, price.
        elasticities: `catalogue.elasticities`, and `sensitivity`.
    """

    lines: DataFrame
    products: DataFrame
    stores: DataFrame
    prices: DataFrame
    elasticities: DataFrame


@dataclass(frozen=True)
class World:
    """What is there on the days of one batch.

    Attributes:
        settings: of the retailer.
        draws: the seed.
        first: first day of the batch.
        last: last day of the batch.
        people: `customers.PERSON` and the customer's first_order_date (missing when she never orders), a row a person.
        person_count: how many they are.
        orders: `orders.ORDER`, net_amount, cause and lag_days; of the days from `BEFORE` the batch to `AFTER` it.
        lines: order_id, line_id and product_id of those orders.
        products: number (from 0), product_id, category, list_price (currency).
        product_count: how many they are.
        stores: store_id of places with doors.
        plan: `media.plan`.
        days: `media.by_day` of it.
        keep: computes a frame once.
    """

    settings: Simulation
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
    plan: DataFrame
    days: DataFrame
    keep: Keep

    @property
    def earliest(self) -> date:
        """First day whose rows may be delivered within the batch: rows may come late."""
        return self.first - timedelta(days=LATEST_DELIVERY)

    @property
    def customers(self) -> DataFrame:
        """One person a customer: who holds the card."""
        return self.people.where("is_holder")

    @property
    def channels(self) -> list[str]:
        """The channels in the order of the plan's arrays."""
        return list(self.settings.channels)
