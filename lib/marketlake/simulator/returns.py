"""After the purchase: payment and cancellation of web orders, and goods that are returned or refunded."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from marketlake.simulator import identity
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.orders import MONEY, draw_time_of_day
from marketlake.simulator.settings import SimulatorSettings

# A return follows its order within 45 days: `world.DAYS_BEFORE`, less the days of a late row, must be more.
MAX_INVOICE_DAYS, MAX_RETURN_DAYS = 14, 30
MAX_CANCEL_HOURS, MAX_REFUND_HOURS = 12, 48
MAX_RATE = 0.9  # highest probability that a line is returned
WHOLE_SHARE = 0.7  # share of returned lines of several units that are returned whole
REASONS = {"changed_mind": 0.4, "damaged": 0.2, "wrong_item": 0.15, "quality": 0.25}
CANCELLED = "order_cancelled"  # the reason of a refund of a paid web order
RAW_COLUMNS = (
    "return_id", "line_no", "order_id", "order_line_no", "customer_id", "store_id", "product_id", "quantity",
    "refund_amount", "reason", "returned_at",
)  # fmt: skip


def draw_payment(settings: SimulatorSettings, draws: Draws) -> dict[str, Column]:
    """Payment of a web order; needs order_id and ordered_at.

    Returns:
        paid_at: at the time of the order, of an invoice days later; null for a cancelled order.
        cancelled_at: hours after the order; null for a paid order.
        refunded_at: time of the refund of a paid order that was cancelled afterwards, else null.
    """
    rates, ordered = settings.returns, F.unix_seconds("ordered_at")
    is_cancelled = draws.bernoulli(rates.cancelled_share, "cancelled", "order_id")
    is_invoice = draws.bernoulli(rates.invoice_share, "invoice", "order_id")
    is_refunded = draws.bernoulli(rates.refunded_share, "refunded", "order_id")
    wait = 86_400 + draws.integer((MAX_INVOICE_DAYS - 1) * 86_400, "invoice paid", "order_id")
    paid = ordered + F.when(is_invoice, wait).otherwise(0)
    cancelled = ordered + 3600 + draws.integer((MAX_CANCEL_HOURS - 1) * 3600, "cancelled after", "order_id")
    refunded = paid + 3600 + draws.integer((MAX_REFUND_HOURS - 1) * 3600, "refunded after", "order_id")
    return {
        "paid_at": F.when(~is_cancelled, F.timestamp_seconds(paid)),
        "cancelled_at": F.when(is_cancelled, F.timestamp_seconds(cancelled)),
        "refunded_at": F.when(~is_cancelled & is_refunded, F.timestamp_seconds(refunded)),
    }


def simulate_payments(lines: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Web orders of lines: order_id, ordered_at, order_date and `draw_payment`."""
    orders = lines.where("is_online").select("order_id", "ordered_at", "order_date").distinct()
    return orders.withColumns(draw_payment(settings, draws))


def compute_category_factors(settings: SimulatorSettings, draws: Draws) -> np.ndarray:
    """Return rate of each category over that of all: uniform over categories, with a mean of 1 over order lines."""
    count = settings.catalogue.categories
    factors = draws.generator("return rates of categories").uniform(0.2, 1.8, count)
    # Lines take a category by `floor(u ** 1.5 * count)`.
    weights = np.diff((np.arange(count + 1) / count) ** (1 / 1.5))
    return factors / (factors * weights).sum()


def draw_customer_factor(draws: Draws) -> Column:
    """Return rate of a person over that of all: exponential with a mean of 1, so that some return much."""
    return draws.exponential(1.0, "return rate", "person_id")


def simulate_returns(lines: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Returned order lines, each at most once, of orders from the retailer's first day on.

    A line is returned with probability share x factor of the category x factor of the person. All returned lines of an
    order come back together, to its store. A paid web order that is cancelled comes back whole.

    Args:
        lines: `orders.simulate_lines`.
        settings: of the retailer.
        draws: the seed.

    Returns:
        return_id, line_no (within the return), order_id, order_line_no, person_id, customer_id, is_online, store_id,
        product_id, bought (units), quantity (units returned), refund_amount (currency), reason, returned_at,
        return_date, and has_receipt: False for a return to a till that does not say of which order it is.
    """
    rates, key = settings.returns, ("order_id", "line_no")
    factors = ",".join(map(repr, compute_category_factors(settings, draws).tolist()))
    category = F.substring_index("product_id", "-", 1).cast("int")
    factor = F.get(F.split(F.lit(factors), ",").cast("array<double>"), category)
    rate = F.least(F.lit(MAX_RATE), rates.line_share * factor * draw_customer_factor(draws))
    lines = lines.where(F.col("order_date") >= F.lit(settings.first_day)).withColumns(draw_payment(settings, draws))
    is_refund = F.col("is_online") & F.col("refunded_at").isNotNull()
    is_cancelled = F.col("is_online") & F.col("cancelled_at").isNotNull()
    is_returned = draws.bernoulli(rate, "returned", *key) & ~is_cancelled
    is_whole = is_refund | (F.col("quantity") == 1) | draws.bernoulli(WHOLE_SHARE, "returned whole", *key)
    some = 1 + draws.integer(F.greatest(F.col("quantity") - 1, F.lit(1)), "returned units", *key)
    units = F.when(is_whole, F.col("quantity")).otherwise(some)
    amount = F.when(is_whole, F.col("net_amount")).otherwise(
        F.round(F.col("net_amount") * F.col("units") / F.col("quantity"), 2)
    )
    # An exponential delay within the days that the retailer grants.
    within = 1 - math.exp(-MAX_RETURN_DAYS / rates.mean_days)
    delay = -F.log(1 - draws.uniform("days until return", "order_id") * within) * rates.mean_days
    received = F.when(F.col("is_online"), F.col("paid_at").cast("date")).otherwise(F.col("order_date"))
    brought_on = F.date_add(received, F.least(1 + F.floor(delay), F.lit(MAX_RETURN_DAYS)).cast("int"))
    at = F.when(is_refund, F.col("refunded_at")).otherwise(draw_time_of_day(brought_on, draws, "return_id"))
    reason = draws.choice(REASONS, "return reason", *key)
    has_receipt = F.col("is_online") | ~draws.bernoulli(rates.without_receipt_share, "without receipt", "order_id")
    number = F.row_number().over(Window.partitionBy("order_id").orderBy("line_no"))
    return (
        lines.where(is_returned | is_refund)
        .withColumn("return_id", F.concat(F.lit("r"), F.lower(F.hex(draws.hash("return id", "order_id")))))
        .withColumns({"units": units, "returned_at": at, "number": number})
        .select(
            "return_id",
            F.col("number").alias("line_no"),
            "order_id",
            F.col("line_no").alias("order_line_no"),
            "person_id",
            "customer_id",
            "is_online",
            "store_id",
            "product_id",
            F.col("quantity").alias("bought"),
            F.col("units").alias("quantity"),
            amount.cast(MONEY).alias("refund_amount"),
            F.when(is_refund, CANCELLED).otherwise(reason).alias("reason"),
            "returned_at",
            F.col("returned_at").cast("date").alias("return_date"),
            has_receipt.alias("has_receipt"),
        )
    )


def export_returns(returned: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Raw returns: `RAW_COLUMNS`; customer_id is the shop's account, or the card of the receipt.

    Args:
        returned: `simulate_returns`.
        settings: of the retailer.
        draws: the seed.
    """
    card = F.when(draw_shows_card(settings, draws), F.col("customer_id"))
    customer = F.when(F.col("is_online"), identity.draw_account_id(draws)).otherwise(card)
    known = {"customer_id": customer, "order_id": F.col("order_id"), "order_line_no": F.col("order_line_no")}
    named = {name: F.when(F.col("has_receipt"), column) for name, column in known.items()}
    return returned.withColumns(named).select(*RAW_COLUMNS)


def draw_shows_card(settings: SimulatorSettings, draws: Draws) -> Column:
    """True when the loyalty card is shown at a sale in a store."""
    return draws.bernoulli(settings.purchases.card_share, "card", "order_id")


def build_return_rates(people: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Expected share of lines returned: kind (category or customer), id, return_rate.

    Of a category over all customers, and of a customer over all categories; refunds of cancelled orders are not in it.
    """
    share = settings.returns.line_share
    factors = compute_category_factors(settings, draws)
    rows = pd.DataFrame(
        {"kind": "category", "id": [f"Category {n}" for n in range(len(factors))], "return_rate": share * factors}
    )
    of_people = people.select(
        F.lit("customer").alias("kind"),
        F.col("customer_id").alias("id"),
        (share * draw_customer_factor(draws)).alias("return_rate"),
    )
    return people.sparkSession.createDataFrame(rows).coalesce(1).unionByName(of_people)
