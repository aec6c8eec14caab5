"""After the sale: surveys with satisfaction drivers, tickets with a hidden category, and loyalty points."""

from __future__ import annotations

from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws, make_word_array
from marketlake.simulator.world import World

# Ticket texts by category: none contains the name of its category, and some fit two.
COMPLAINTS = {
    "late_delivery": (
        "My parcel was promised for Tuesday and is still not here",
        "Waited all week, nobody came to the door",
        "The courier says it is on its way, for six days now",
        "When does it arrive? The party is over",
    ),
    "damaged": (
        "The box was open and half of it spilled",
        "It came with a crack across the lid",
        "Everything was crushed, I want a new one",
        "It stopped working on the second day",
    ),
    "wrong_price": (
        "The shelf said less than what I was charged",
        "My coupon was not taken off at the till",
        "The receipt is higher than the offer in the mailer",
        "You charged me twice for one item",
    ),
    "staff": (
        "Nobody helped me although three people stood there",
        "The lady at the till was rude to my mother",
        "I was sent from desk to desk",
        "He laughed when I asked for a refund",
    ),
    "app_fault": (
        "The checkout freezes when I tap pay",
        "I can not sign in since the update",
        "My cart is empty each time I come back",
        "It says error and the money is gone",
    ),
}
COMMENTS = {
    "speed": "It took too long",
    "range": "You did not have what I came for",
    "price": "Others are cheaper",
    "staff": "People could be kinder",
}
MAX_SCORE = 5


def simulate_surveys(world: World, orders: DataFrame) -> DataFrame:
    """Raw answers: response_id, customer_id, order_id, asked_at, answered_at, csat, nps, one score a driver, comment.

    Driver scores from 1 to 5 are random. Satisfaction (csat) is their weighted mean with noise, rounded and clipped to
    1 to 5; the likelihood to recommend (nps) is the same, scaled to 0 to 10.
    """
    draws, drivers = world.draws, world.settings.feedback.drivers
    asked = orders.where(draws.bernoulli(world.settings.feedback.survey_share, "surveyed", "order_id"))
    by_score = {"5": 0.35, "4": 0.3, "3": 0.2, "2": 0.1, "1": 0.05}
    scores = {name: draws.choice(by_score, f"score {name}", "order_id").cast("int") for name in drivers}
    scored = asked.withColumns(scores).withColumns(
        {"felt": compute_satisfaction(drivers) + 0.5 * draws.normal("felt", "order_id"), "worst": F.least(*drivers)}
    )
    comment = F.lit(None).cast("string")
    for name in drivers:
        comment = F.when((F.col(name) == F.col("worst")) & (F.col("worst") <= 2), COMMENTS.get(name, name)).otherwise(
            comment
        )
    second = F.unix_seconds("ordered_at")
    return scored.select(
        F.hex(draws.hash("response id", "order_id")).alias("response_id"),
        "customer_id",
        "order_id",
        F.timestamp_seconds(second + 86_400).alias("asked_at"),
        F.timestamp_seconds(second + 86_400 + draws.integer(86_400, "answered", "order_id")).alias("answered_at"),
        F.greatest(F.lit(1), F.least(F.lit(MAX_SCORE), F.round("felt"))).cast("int").alias("csat"),
        F.greatest(F.lit(0), F.least(F.lit(10), F.round((F.col("felt") - 1) * 2.5))).cast("int").alias("nps"),
        *drivers,
        comment.alias("comment"),
    )


def compute_satisfaction(drivers: dict[str, float]) -> Column:
    """Weighted mean of the drivers' scores."""
    total = sum(drivers.values())
    parts = [F.col(name) * (weight / total) for name, weight in drivers.items()]
    return reduce(add, parts)


def simulate_tickets(world: World, orders: DataFrame) -> DataFrame:
    """Raw tickets, and `category` for the truth; in the files only the text shows it."""
    draws = world.draws
    complaining = orders.where(draws.bernoulli(world.settings.feedback.complaint_share, "complaint", "order_id"))
    opened = F.unix_seconds("ordered_at") + 3600 + draws.integer(86_400, "opened", "order_id")
    closed = opened + F.floor(draws.exponential(86_400 * 1.5, "closed", "order_id")) + 600
    sentence = draws.uniform("sentence", "order_id")
    text = F.lit(None).cast("string")
    for name, sentences in COMPLAINTS.items():
        chosen = F.get(make_word_array(sentences), F.floor(sentence * len(sentences)).cast("int"))
        text = F.when(F.col("category") == name, chosen).otherwise(text)
    category = draws.choice(world.settings.feedback.complaint_categories, "category", "order_id")
    return complaining.withColumn("category", category).select(
        F.hex(draws.hash("ticket id", "order_id")).alias("ticket_id"),
        "customer_id",
        "order_id",
        F.timestamp_seconds(opened).alias("opened_at"),
        F.timestamp_seconds(closed).alias("closed_at"),
        draws.choice({"email": 0.4, "phone": 0.35, "chat": 0.25}, "ticket channel", "order_id").alias("channel"),
        F.concat_ws(". ", text, F.format_string("Order %s", "order_id")).alias("text"),
        "category",
    )


def simulate_points(draws: Draws, orders: DataFrame) -> DataFrame:
    """Raw entries of loyalty accounts: entry_id, customer_id, order_id, kind, points, booked_at.

    One point per whole unit of currency; one order in twenty spends a hundred points, if it earned as many.
    """
    earned = F.floor("net_amount").cast("int")
    spends = draws.bernoulli(0.05, "spends points", "order_id") & (earned >= 100)
    entries = F.array_compact(
        F.array(
            F.struct(F.lit("earned").alias("kind"), earned.alias("points")),
            F.when(spends, F.struct(F.lit("spent").alias("kind"), F.lit(-100).alias("points"))),
        )
    )
    each = orders.where(earned > 0).withColumn("entry", F.explode(entries))
    return each.select(
        F.concat_ws("-", "entry.kind", "order_id").alias("entry_id"),
        "customer_id",
        "order_id",
        "entry.kind",
        "entry.points",
        F.col("ordered_at").alias("booked_at"),
    )
