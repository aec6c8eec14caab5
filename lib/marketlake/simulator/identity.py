"""Imperfect records of people in CRM, loyalty and shop; devices and cookies."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import words
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import PeopleSettings
from marketlake.simulator.world import World

SYSTEMS = ("crm", "loyalty", "shop")
RECORD_COLUMNS = (
    "record_id", "given_name", "family_name", "birth_date", "email", "phone", "street", "postcode", "city",
    "created_at", "updated_at",
)  # fmt: skip
PLATFORMS = {"web": 0.5, "android": 0.3, "ios": 0.2}
COOKIE_DAYS, MAX_DEVICES = 90, 3
MAIL_DOMAINS = ("example.com", "example.org", "example.net")


def build_records(world: World, system: str) -> DataFrame:
    """Raw records of one system: `RECORD_COLUMNS`, and person_id, household_id, customer_id for the truth.

    A person who moved has two rows with one record_id, the newer with the new address. A duplicate record has an id of
    its own.
    """
    draws, people = world.draws, world.settings.people
    duplicate_share = 0 if system == "loyalty" else people.duplicate_record_share
    second = draws.bernoulli(duplicate_share, f"{system} second", "person_id")
    is_reported = draws.bernoulli(0.6, f"{system} told", "person_id")
    moved = draws.bernoulli(people.move_share, "moved", "person_id") & is_reported
    versions = F.array_compact(F.array(F.lit("first"), F.when(moved, "moved"), F.when(second, "second")))
    versioned = world.people.where(_is_in_system(system, people, draws)).withColumn("version", F.explode(versions))
    return versioned.select(
        _draw_record_id(system, draws).alias("record_id"),
        *(column.alias(name) for name, column in _draw_person(world, system).items()),
        *(column.alias(name) for name, column in _draw_times(world, system).items()),
        "person_id",
        "household_id",
        "customer_id",
    )


def draw_account_id(draws: Draws) -> Column:
    """Shop account of a person; see `has_account`."""
    return F.concat(F.lit("a"), F.lower(F.hex(draws.hash("account id", "person_id"))))


def has_account(people: PeopleSettings, draws: Draws) -> Column:
    """True when a person has a shop account."""
    return draws.bernoulli(people.account_share, "account", "person_id")


def build_devices(world: World) -> DataFrame:
    """person_id, household_id, customer_id, slot, device_key: one row per person and device."""
    slots = F.sequence(F.lit(0), draw_device_count(world.draws) - 1)
    each = world.people.select("person_id", "household_id", "customer_id", F.explode(slots).alias("slot"))
    return each.withColumn("device_key", draw_device_key(world.settings.people, world.draws))


def draw_device_count(draws: Draws) -> Column:
    """Devices of a person: 1 to `MAX_DEVICES`."""
    return 1 + draws.integer(MAX_DEVICES, "devices", "person_id")


def draw_device_key(people: PeopleSettings, draws: Draws) -> Column:
    """Internal key of a device; the first device of a person may be shared by the household."""
    shared = (F.col("slot") == 0) & draws.bernoulli(people.shared_device_share, "shared device", "household_id")
    return F.when(shared, F.col("household_id")).otherwise(F.concat_ws("/", "person_id", "slot"))


def draw_platform(draws: Draws) -> Column:
    """Platform of a device: web, android or ios; needs device_key."""
    return draws.choice(PLATFORMS, "platform", "device_key")


def draw_device_id(draws: Draws) -> Column:
    """Device id that an app sends; needs device_key."""
    return F.lower(F.hex(draws.hash("device id", "device_key")))


def draw_cookie_id(draws: Draws, age: Column) -> Column:
    """Cookie of a browser, a new one every `COOKIE_DAYS`; needs device_key and platform.

    Args:
        draws: the seed.
        age: days since the retailer's first day.
    """
    return F.lower(F.hex(draws.hash("cookie", "device_key", F.floor(age / COOKIE_DAYS))))


def build_cookies(world: World) -> DataFrame:
    """person_id, household_id, customer_id, cookie_id, set_on: the cookies set on the days of the batch."""
    draws, start = world.draws, F.lit(world.settings.first_day)
    low = (world.first - world.settings.first_day).days // COOKIE_DAYS
    high = (world.last - world.settings.first_day).days // COOKIE_DAYS
    ages = F.sequence(F.lit(low * COOKIE_DAYS), F.lit(high * COOKIE_DAYS), F.lit(COOKIE_DAYS))
    return (
        build_devices(world)
        .where(draw_platform(draws) == "web")
        .withColumn("age", F.explode(ages))
        .select(
            "person_id", "household_id", "customer_id",
            draw_cookie_id(draws, F.col("age")).alias("cookie_id"), F.date_add(start, F.col("age")).alias("set_on"),
        )
    )  # fmt: skip


def build_identity_truth(world: World) -> DataFrame:
    """Owners of records, devices and cookies: system, record_id, person_id, household_id, customer_id.

    A shared device has one row per person.
    """
    owner = ("person_id", "household_id", "customer_id")
    parts = [
        build_records(world, system).select(F.lit(system).alias("system"), "record_id", *owner).distinct()
        for system in SYSTEMS
    ]
    apps = build_devices(world).where(draw_platform(world.draws) != "web")
    parts.append(apps.select(F.lit("device").alias("system"), draw_device_id(world.draws).alias("record_id"), *owner))
    parts.append(
        build_cookies(world).select(F.lit("cookie").alias("system"), F.col("cookie_id").alias("record_id"), *owner)
    )
    return reduce(DataFrame.unionByName, parts)


def _is_in_system(system: str, people: PeopleSettings, draws: Draws) -> Column:
    if system == "loyalty":
        return F.col("is_holder")
    return draws.bernoulli(people.crm_share, "crm", "person_id") if system == "crm" else has_account(people, draws)


def _draw_record_id(system: str, draws: Draws) -> Column:
    if system == "loyalty":
        return F.col("customer_id")
    own = draw_account_id(draws) if system == "shop" else F.hex(draws.hash("crm id", "person_id"))
    return F.when(F.col("version") == "second", F.concat(own, F.lit("2"))).otherwise(own)


def _draw_person(world: World, system: str) -> dict[str, Column]:
    """Personal fields of a record; a household shares its address, and mostly its name."""
    draws, people = world.draws, world.settings.people
    given = draws.word(words.load_given_names(), "given name", "person_id")
    short = draws.bernoulli(people.nickname_share, f"{system} nickname", "person_id", "version")
    nickname = draws.word(words.load_nicknames(), "given name", "person_id")
    family_of = F.when(draws.bernoulli(0.15, "own name", "person_id"), F.col("person_id")).otherwise(
        F.col("household_id")
    )
    family = draws.word(words.load_family_names(), "family name", family_of)
    birth = F.date_sub(F.lit(world.settings.first_day), 18 * 365 + draws.integer(62 * 365, "age", "person_id"))
    mailbox = F.concat_ws(".", given, family, draws.integer(1000, "mailbox", "person_id"))
    recycled = draws.bernoulli(people.recycled_phone_share, "recycled phone", "person_id")
    pool = max(1, round(world.person_count * people.recycled_phone_share / 2))
    owner = F.when(recycled, draws.integer(pool, "recycled", "person_id").cast("string")).otherwise(F.col("person_id"))
    home = F.concat_ws(" ", "household_id", F.when(F.col("version") == "moved", F.lit("moved")))
    number = 1 + draws.integer(150, "house number", home)
    return {
        "given_name": F.when(short, nickname).otherwise(given),
        "family_name": family,
        "birth_date": birth,
        "email": F.concat(F.lower(mailbox), F.lit("@"), draws.word(MAIL_DOMAINS, "mail", "person_id")),
        "phone": F.format_string("555-%07d", draws.integer(10_000_000, "phone", owner)),
        "street": F.concat_ws(" ", number, draws.word(words.load_street_names(), "street", home)),
        "postcode": F.format_string("%05d", 10_000 + draws.integer(5_000, "postcode", home)),
        "city": draws.word(words.load_city_names(), "city", home),
    }


def _draw_times(world: World, system: str) -> dict[str, Column]:
    """Creation and last change of a record."""
    draws = world.draws
    later = F.when(F.col("version") == "second", draws.integer(300, f"{system} second day", "person_id")).otherwise(0)
    first = F.unix_seconds(F.date_add("member_from", later).cast("timestamp"))
    created = first + draws.integer(86_400, f"{system} second", "person_id")
    moved_on = F.date_add(F.lit(world.settings.first_day), draws.integer(365, "moved on", "household_id"))
    moved = F.greatest(F.unix_seconds(moved_on.cast("timestamp")) + draws.integer(86_400, "told", "person_id"), created)
    changed = F.when(F.col("version") == "moved", moved).otherwise(created)
    return {"created_at": F.timestamp_seconds(created), "updated_at": F.timestamp_seconds(changed)}
