"""Who may be written to: consents by purpose and channel over time, and what people ask of their data."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import People, Simulation

PURPOSES = ("marketing", "profiling")
FOREVER = date(2999, 1, 1)


def held_until(draws: Draws, people: People, channel: str, purpose: str = "marketing") -> Column:
    """The day on which a customer withdraws a consent that she gave when she became one; missing if she never gave it.

    Needs the columns customer_id and member_from.
    """
    name = f"consent {purpose} {channel}"
    given = draws.chance(people.consent[channel], name, "customer_id")
    if not people.withdrawn_per_year:
        return F.when(given, F.lit(FOREVER))
    days = draws.exponential(365.25 / people.withdrawn_per_year, f"{name} withdrawn", "customer_id")
    return F.when(given, F.date_add("member_from", F.least(days + 1, F.lit(200_000.0)).cast("int")))


def may_send(draws: Draws, settings: Simulation, channel: Column, on: Column) -> Column:
    """Whether a customer may be written to on a channel on a day; channels without consent need none."""
    allowed = F.lit(True)
    for name in settings.people.consent:
        held = held_until(draws, settings.people, name)
        allowed = F.when(
            channel == name, F.coalesce((F.col("member_from") <= on) & (on < held), F.lit(False))
        ).otherwise(allowed)
    return allowed


def consents(customers: DataFrame, settings: Simulation, draws: Draws) -> DataFrame:
    """Raw changes of consent: customer_id, purpose, channel, is_granted, changed_at, day; a row a change."""
    changes = []
    for purpose in PURPOSES:
        for channel in settings.people.consent:
            until = held_until(draws, settings.people, channel, purpose)
            common = {"purpose": F.lit(purpose), "channel": F.lit(channel)}
            first = _change(common, until.isNotNull(), F.col("member_from"))
            withdrawn = _change(common, F.lit(False), until)
            changes.append(F.when(until < F.lit(FOREVER), F.array(first, withdrawn)).otherwise(F.array(first)))
    rows = customers.select("customer_id", F.explode(F.flatten(F.array(*changes))).alias("change"))
    moment = draws.below(86_400, "consent second", "customer_id", "change.purpose", "change.channel")
    at = F.timestamp_seconds(F.unix_seconds(F.col("change.day").cast("timestamp")) + moment)
    return rows.select("customer_id", "change.purpose", "change.channel", "change.is_granted", at.alias("changed_at"))


def privacy_requests(customers: DataFrame, settings: Simulation, draws: Draws) -> DataFrame:
    """Raw requests: request_id, customer_id, kind, requested_at; each of few customers asks once, within two years."""
    asking = customers.where(draws.chance(settings.people.privacy_request, "privacy request", "customer_id"))
    days = draws.below(730, "privacy day", "customer_id")
    seconds = draws.below(86_400, "privacy second", "customer_id")
    start = F.unix_seconds(F.greatest("member_from", F.lit(settings.first_day)).cast("timestamp"))
    kinds = {"access": 0.5, "erasure": 0.3, "objection": 0.2}
    return asking.select(
        F.hex(draws.number("privacy id", "customer_id")).alias("request_id"),
        "customer_id",
        draws.choice(kinds, "privacy kind", "customer_id").alias("kind"),
        F.timestamp_seconds(start + days * 86_400 + seconds).alias("requested_at"),
    )


def _change(common: dict[str, Column], granted: Column, day: Column) -> Column:
    named = {**common, "is_granted": granted, "day": day}
    return F.struct(*(column.alias(name) for name, column in named.items()))
