"""Consents by purpose and channel over time, and privacy requests."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import PeopleSettings, SimulatorSettings

PURPOSES = ("marketing", "profiling")
NEVER = date(2999, 1, 1)


def draw_withdrawal_day(draws: Draws, people: PeopleSettings, channel: str, purpose: str = "marketing") -> Column:
    """Day on which a customer withdraws the consent given on joining; null for a consent that was never given.

    Needs the columns customer_id and member_from.
    """
    name = f"consent {purpose} {channel}"
    given = draws.bernoulli(people.consent_shares[channel], name, "customer_id")
    if not people.withdrawals_per_year:
        return F.when(given, F.lit(NEVER))
    days = draws.exponential(365.25 / people.withdrawals_per_year, f"{name} withdrawn", "customer_id")
    return F.when(given, F.date_add("member_from", F.least(days + 1, F.lit(200_000.0)).cast("int")))


def is_contactable(draws: Draws, settings: SimulatorSettings, channel: Column, on: Column) -> Column:
    """True when a customer may be contacted on a channel on a day; other channels need no consent."""
    is_allowed = F.lit(True)
    for name in settings.people.consent_shares:
        until = draw_withdrawal_day(draws, settings.people, name)
        is_allowed = F.when(
            channel == name, F.coalesce((F.col("member_from") <= on) & (on < until), F.lit(False))
        ).otherwise(is_allowed)
    return is_allowed


def simulate_consents(customers: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Raw changes of consent, one row each: customer_id, purpose, channel, is_granted, changed_at."""
    changes = []
    for purpose in PURPOSES:
        for channel in settings.people.consent_shares:
            until = draw_withdrawal_day(draws, settings.people, channel, purpose)
            common = {"purpose": F.lit(purpose), "channel": F.lit(channel)}
            first = _build_change(common, until.isNotNull(), F.col("member_from"))
            withdrawn = _build_change(common, F.lit(False), until)
            changes.append(F.when(until < F.lit(NEVER), F.array(first, withdrawn)).otherwise(F.array(first)))
    rows = customers.select("customer_id", F.explode(F.flatten(F.array(*changes))).alias("change"))
    moment = draws.integer(86_400, "consent second", "customer_id", "change.purpose", "change.channel")
    at = F.timestamp_seconds(F.unix_seconds(F.col("change.day").cast("timestamp")) + moment)
    return rows.select("customer_id", "change.purpose", "change.channel", "change.is_granted", at.alias("changed_at"))


def simulate_privacy_requests(customers: DataFrame, settings: SimulatorSettings, draws: Draws) -> DataFrame:
    """Raw requests: request_id, customer_id, kind, requested_at; at most one per customer, within two years."""
    asking = customers.where(draws.bernoulli(settings.people.privacy_request_share, "privacy request", "customer_id"))
    days = draws.integer(730, "privacy day", "customer_id")
    seconds = draws.integer(86_400, "privacy second", "customer_id")
    start = F.unix_seconds(F.greatest("member_from", F.lit(settings.first_day)).cast("timestamp"))
    kinds = {"access": 0.5, "erasure": 0.3, "objection": 0.2}
    return asking.select(
        F.hex(draws.hash("privacy id", "customer_id")).alias("request_id"),
        "customer_id",
        draws.choice(kinds, "privacy kind", "customer_id").alias("kind"),
        F.timestamp_seconds(start + days * 86_400 + seconds).alias("requested_at"),
    )


def _build_change(common: dict[str, Column], granted: Column, day: Column) -> Column:
    named = {**common, "is_granted": granted, "day": day}
    return F.struct(*(column.alias(name) for name, column in named.items()))
