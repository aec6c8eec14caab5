"""Orders and order lines of the base."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.catalogue import WEB, WEB_ZONE
from marketlake.simulator.customers import PERSON_COLUMNS, expand_days
from marketlake.simulator.keyed_random import Draws, find_interval
from marketlake.simulator.settings import SeasonSettings, SimulatorSettings

ORDER_COLUMNS = (*PERSON_COLUMNS, "order_id", "store_id", "ordered_at", "order_date", "is_online")
MONEY = "decimal(18,2)"


def compute_season(settings: SeasonSettings, day: date, first_day: date) -> float:
    """Factor of a customer's order rate on a day: year, weekday and trend, each around 1."""
    year = 1 + settings.amplitude * math.cos(2 * math.pi * (day.timetuple().tm_yday - settings.peak_day) / 365.25)
    weekday = settings.weekdays[day.weekday()] * 7 / sum(settings.weekdays)
    return year * weekday * (1 + settings.growth_per_year) ** ((day - first_day).days / 365.25)


def simulate_orders(
    people: DataFrame, added: np.ndarray, settings: SimulatorSettings, draws: Draws, first: date
) -> DataFrame:
    """At most one order a customer and day, with probability 1 - exp(-rate x season x (1 + added)).

    A customer's first order is on the day of joining.

    Args:
        people: `customers.simulate_customers`.
        added: share that media add to the rate, one value a day from `first`.
        settings: of the retailer.
        draws: the seed.
        first: first day; the last follows from `added`.

    Returns:
        `ORDER_COLUMNS`; store_id is `web` for an online order.
    """
    days = [first + timedelta(days=n) for n in range(len(added))]
    factors = np.array([compute_season(settings.season, day, settings.first_day) for day in days]) * (1 + added)
    factor = F.split(F.lit(",".join(map(repr, factors.tolist()))), ",").cast("array<double>")
    day = F.col("order_date")
    order_days = expand_days(
        F.greatest("member_from", F.lit(first)), F.least(F.date_sub("left_on", 1), F.lit(days[-1]))
    )
    each = people.withColumn("order_date", F.explode(order_days))
    expected = F.col("rate") * F.get(factor, F.date_diff(day, F.lit(first)))
    happens = draws.bernoulli(1 - F.exp(-expected), "order", "person_id", day) | (day == F.col("member_from"))
    order_id = F.lower(F.hex(draws.hash("order id", "person_id", day)))
    online = draws.bernoulli(settings.people.account_share, "account", "person_id") & draws.bernoulli(
        settings.purchases.online_share, "online", "order_id"
    )
    stores = settings.catalogue.stores
    home = draws.bernoulli(0.8, "home store", "order_id")
    store = F.when(home, draws.integer(stores, "store", "person_id")).otherwise(
        draws.integer(stores, "store", "order_id")
    )
    return (
        each.where(happens)
        .withColumn("order_id", order_id)
        .withColumn("is_online", online)
        .withColumn("store_id", F.when(F.col("is_online"), F.lit(WEB)).otherwise(F.format_string("s%d", store)))
        .withColumn("ordered_at", draw_time_of_day(day, draws, "order_id"))
        .select(*ORDER_COLUMNS)
    )


def draw_time_of_day(day: Column, draws: Draws, key: str) -> Column:
    """Time on a day between 8:00 and 21:00, with the peak at 14:30."""
    hours = 8 + 6.5 * (draws.uniform("first half", key) + draws.uniform("second half", key))
    return F.timestamp_seconds(F.unix_seconds(day.cast("timestamp")) + F.floor(hours * 3600))


def simulate_lines(orders: DataFrame, choices: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Lines of orders: a category by its weight, and a product of it by logit at the prices of the zone and week.

    Args:
        orders: with order_id, store_id, order_date and any other columns.
        choices: `catalogue.build_choice_table`; small, it is broadcast.
        settings: of the retailer.
        draws: the seed.

    Returns:
        the orders' columns, and line_no, product_id, quantity, list_amount, discount_amount, net_amount (currency).
    """
    shape = settings.catalogue
    count = 1 + draws.geometric(settings.purchases.lines_per_order - 1, "lines", "order_id")
    key = ("order_id", "line_no")
    category = F.floor(F.pow(draws.uniform("category", *key), 1.5) * shape.categories).cast("int")
    each = orders.withColumn("line_no", F.explode(F.sequence(F.lit(1), count))).withColumns(
        {
            "category": category,
            "zone": get_price_zone(F.col("store_id"), settings),
            "week": F.floor(F.date_diff("order_date", F.lit(settings.first_day)) / 7).cast("int"),
        }
    )
    place = find_interval(draws.uniform("product", *key), F.col("bounds"), shape.products_per_category - 1)
    chosen = each.join(F.broadcast(choices), ["category", "zone", "week"], "inner").withColumn("place", place)
    quantity = 1 + draws.geometric(0.3, "quantity", *key)
    listed, paid = (_round_money(F.get(name, F.col("place")) * F.col("quantity")) for name in ("list_price", "price"))
    return (
        chosen.withColumn("quantity", quantity)
        .withColumns({"list_amount": listed, "net_amount": paid})
        .withColumn("discount_amount", (F.col("list_amount") - F.col("net_amount")).cast(MONEY))
        .withColumn("product_id", F.format_string("%03d-%03d", "category", "place"))
        .select(*orders.columns, "line_no", "product_id", "quantity", "list_amount", "discount_amount", "net_amount")
    )


def get_price_zone(store: Column, settings: SimulatorSettings) -> Column:
    """Price zone of a store; the web shop is in the first."""
    number = F.substring(store, 2, 9).try_cast("int")
    return F.coalesce(number % settings.catalogue.price_zones, F.lit(WEB_ZONE))


def aggregate_orders(lines: DataFrame) -> DataFrame:
    """Orders with the `net_amount` of their lines."""
    keys = [name for name in lines.columns if name not in LINE_COLUMNS]
    return lines.groupBy(*keys).agg(F.sum("net_amount").cast(MONEY).alias("net_amount"))


LINE_COLUMNS = ("line_no", "product_id", "quantity", "list_amount", "discount_amount", "net_amount")


def _round_money(value: Column) -> Column:
    return F.round(value, 2).cast(MONEY)
