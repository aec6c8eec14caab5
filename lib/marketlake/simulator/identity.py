"""What the systems know of people, badly: records of CRM, loyalty and shop; devices and cookies."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import words
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import People
from marketlake.simulator.world import World

SYSTEMS = ("crm", "loyalty", "shop")
RECORD = (
    "record_id", "given_name", "family_name", "birth_date", "email", "phone", "street", "postcode", "city",
    "created_at", "updated_at",
)  # fmt: skip
PLATFORMS = {"web": 0.5, "android": 0.3, "ios": 0.2}
COOKIE_DAYS, DEVICES = 90, 3
MAIL = ("example.com", "example.org", "example.net")


def records(world: World, system: str) -> DataFrame:
    """Raw records of one system: the columns `RECORD`, and person_id, household_id, customer_id for the truth.

    A person who moved is in a system twice under one record_id, the newer row with the new address. A second record
    of a person is made as if nobody had looked for the first.
    """
    draws, people = world.draws, world.settings.people
    second = draws.chance(0 if system == "loyalty" else people.second_record, f"{system} second", "person_id")
    moved = draws.chance(people.moved, "moved", "person_id") & draws.chance(0.6, f"{system} told", "person_id")
    versions = F.array_compact(F.array(F.lit("first"), F.when(moved, "moved"), F.when(second, "second")))
    known = world.people.where(_is_in(system, people, draws)).withColumn("version", F.explode(versions))
    return known.select(
        _record_id(system, draws).alias("record_id"),
        *(column.alias(name) for name, column in _person(world, system).items()),
        *(column.alias(name) for name, column in _times(world, system).items()),
        "person_id",
        "household_id",
        "customer_id",
    )


def account_id(draws: Draws) -> Column:
    """The shop account of a person; see `has_account`."""
    return F.concat(F.lit("a"), F.lower(F.hex(draws.number("account id", "person_id"))))


def has_account(people: People, draws: Draws) -> Column:
    """Whether a person has a shop account."""
    return draws.chance(people.has_account, "account", "person_id")


def devices(world: World) -> DataFrame:
    """person_id, household_id, customer_id, slot, device_key: every device that a person uses."""
    slots = F.sequence(F.lit(0), device_count(world.draws) - 1)
    each = world.people.select("person_id", "household_id", "customer_id", F.explode(slots).alias("slot"))
    return each.withColumn("device_key", device_key(world.settings.people, world.draws))


def device_count(draws: Draws) -> Column:
    """One to `DEVICES` a person."""
    return 1 + draws.below(DEVICES, "devices", "person_id")


def device_key(people: People, draws: Draws) -> Column:
    """What a device is known by here; the first device of a person may be her household's."""
    shared = (F.col("slot") == 0) & draws.chance(people.shared_device, "shared device", "household_id")
    return F.when(shared, F.col("household_id")).otherwise(F.concat_ws("/", "person_id", "slot"))


def platform(draws: Draws) -> Column:
    """web, android or ios; needs device_key."""
    return draws.choice(PLATFORMS, "platform", "device_key")


def device_id(draws: Draws) -> Column:
    """What an app says of its device; needs device_key."""
    return F.lower(F.hex(draws.number("device id", "device_key")))


def cookie_id(draws: Draws, age: Column) -> Column:
    """What a browser says: another one every `COOKIE_DAYS`; needs device_key and platform.

    Args:
        draws: the seed.
        age: days since the retailer's first day.
    """
    return F.lower(F.hex(draws.number("cookie", "device_key", F.floor(age / COOKIE_DAYS))))


def cookies(world: World) -> DataFrame:
    """person_id, household_id, customer_id, cookie_id, set_on: every cookie of a browser that the batch's days set."""
    draws, start = world.draws, F.lit(world.settings.first_day)
    low = (world.first - world.settings.first_day).days // COOKIE_DAYS
    high = (world.last - world.settings.first_day).days // COOKIE_DAYS
    ages = F.sequence(F.lit(low * COOKIE_DAYS), F.lit(high * COOKIE_DAYS), F.lit(COOKIE_DAYS))
    return (
        devices(world)
        .where(platform(draws) == "web")
        .withColumn("age", F.explode(ages))
        .select(
            "person_id", "household_id", "customer_id",
            cookie_id(draws, F.col("age")).alias("cookie_id"), F.date_add(start, F.col("age")).alias("set_on"),
        )
    )  # fmt: skip


def truth(world: World) -> DataFrame:
    """Who is who: system, record_id, person_id, household_id, customer_id; a shared device has a row a person."""
    owner = ("person_id", "household_id", "customer_id")
    known = [
        records(world, system).select(F.lit(system).alias("system"), "record_id", *owner).distinct()
        for system in SYSTEMS
    ]
    apps = devices(world).where(platform(world.draws) != "web")
    known.append(apps.select(F.lit("device").alias("system"), device_id(world.draws).alias("record_id"), *owner))
    known.append(cookies(world).select(F.lit("cookie").alias("system"), F.col("cookie_id").alias("record_id"), *owner))
    return reduce(DataFrame.unionByName, known)


def _is_in(system: str, people: People, draws: Draws) -> Column:
    if system == "loyalty":
        return F.col("is_holder")
    return draws.chance(people.in_crm, "crm", "person_id") if system == "crm" else has_account(people, draws)


def _record_id(system: str, draws: Draws) -> Column:
    if system == "loyalty":
        return F.col("customer_id")
    own = account_id(draws) if system == "shop" else F.hex(draws.number("crm id", "person_id"))
    return F.when(F.col("version") == "second", F.concat(own, F.lit("2"))).otherwise(own)


def _person(world: World, system: str) -> dict[str, Column]:
    """What is said of a person; a household shares its address, and mostly its name."""
    draws, people = world.draws, world.settings.people
    given = draws.word(words.given_names(), "given name", "person_id")
    short = draws.chance(people.nickname, f"{system} nickname", "person_id", "version")
    nickname = draws.word(words.nicknames(), "given name", "person_id")
    family_of = F.when(draws.chance(0.15, "own name", "person_id"), F.col("person_id")).otherwise(F.col("household_id"))
    family = draws.word(words.family_names(), "family name", family_of)
    birth = F.date_sub(F.lit(world.settings.first_day), 18 * 365 + draws.below(62 * 365, "age", "person_id"))
    mailbox = F.concat_ws(".", given, family, draws.below(1000, "mailbox", "person_id"))
    recycled = draws.chance(people.recycled_phone, "recycled phone", "person_id")
    pool = max(1, round(world.person_count * people.recycled_phone / 2))
    owner = F.when(recycled, draws.below(pool, "recycled", "person_id").cast("string")).otherwise(F.col("person_id"))
    home = F.concat_ws(" ", "household_id", F.when(F.col("version") == "moved", F.lit("moved")))
    number = 1 + draws.below(150, "house number", home)
    return {
        "given_name": F.when(short, nickname).otherwise(given),
        "family_name": family,
        "birth_date": birth,
        "email": F.concat(F.lower(mailbox), F.lit("@"), draws.word(MAIL, "mail", "person_id")),
        "phone": F.format_string("555-%07d", draws.below(10_000_000, "phone", owner)),
        "street": F.concat_ws(" ", number, draws.word(words.streets(), "street", home)),
        "postcode": F.format_string("%05d", 10_000 + draws.below(5_000, "postcode", home)),
        "city": draws.word(words.cities(), "city", home),
    }


def _times(world: World, system: str) -> dict[str, Column]:
    """When a record was made, and when it last changed."""
    draws = world.draws
    later = F.when(F.col("version") == "second", draws.below(300, f"{system} second day", "person_id")).otherwise(0)
    first = F.unix_seconds(F.date_add("member_from", later).cast("timestamp"))
    created = first + draws.below(86_400, f"{system} second", "person_id")
    moved_on = F.date_add(F.lit(world.settings.first_day), draws.below(365, "moved on", "household_id"))
    moved = F.greatest(F.unix_seconds(moved_on.cast("timestamp")) + draws.below(86_400, "told", "person_id"), created)
    changed = F.when(F.col("version") == "moved", moved).otherwise(created)
    return {"created_at": F.timestamp_seconds(created), "updated_at": F.timestamp_seconds(changed)}
