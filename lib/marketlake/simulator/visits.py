"""Visits of the web site and the apps, and the events of each."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import identity
from marketlake.simulator.keyed_random import by_name
from marketlake.simulator.settings import Visits
from marketlake.simulator.touches import always_on
from marketlake.simulator.world import World

SITE_TEST = "sim-site-test"
MOST_STEPS = 8  # of a visit that shows what is then bought
UTM = {
    "search": ("google", "cpc"),
    "social_ads": ("facebook", "paid_social"),
    "display": ("adnetwork", "display"),
    "email": ("newsletter", "email"),
    "sms": ("sms", "sms"),
    "push": ("app", "push"),
}
EVENT = (
    "event_id",
    "event_type",
    "event_at",
    "received_at",
    "session_id",
    "platform",
    "cookie_id",
    "device_id",
    "account_id",
    "product_id",
    "search_text",
    "rating",
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "order_id",
    "amount",
)
VISIT = ("person_id", "household_id", "visit_id", "channel", "started_at", "order_id", "kind", "slot")


def visits(world: World, touches: DataFrame) -> DataFrame:
    """Every visit: one for each click, and one for each online order.

    Args:
        world: the batch.
        touches: `touches.touches`.

    Returns:
        the columns `VISIT`; `kind` is look (caused nothing), lead (caused the order) or buy (makes the order).
    """
    draws = world.draws
    slot = F.floor(draws.uniform("slot", "visit_id") * identity.device_count(draws)).cast("int").alias("slot")
    kind = F.when(F.col("order_id").isNull(), "look").otherwise("lead").alias("kind")
    clicked = touches.where("is_click").withColumn("visit_id", F.col("touch_id"))
    in_days = F.col("order_date").between(F.lit(world.earliest), F.lit(world.last))
    online = world.orders.where(F.col("is_online") & in_days)
    bought = online.withColumns(
        {
            "visit_id": F.concat(F.lit("b"), "order_id"),
            "channel": F.lit("direct"),
            "touched_at": F.timestamp_seconds(F.unix_seconds("ordered_at") - 600),
        }
    )
    columns = ("person_id", "household_id", "visit_id", "channel", F.col("touched_at").alias("started_at"), "order_id")
    looks = clicked.select(*columns, kind, slot)
    return looks.unionByName(bought.select(*columns, F.lit("buy").alias("kind"), slot))


def events(world: World, touches: DataFrame) -> DataFrame:
    """Raw events of the web site and the apps: the columns `EVENT`."""
    known = _on_devices(world, visits(world, touches))
    steps = _of_looks(world, known).unionByName(_of_orders(world, known))
    return _described(world, steps)


def _on_devices(world: World, visits: DataFrame) -> DataFrame:
    draws, people = world.draws, world.settings.people
    keyed = visits.withColumn("device_key", identity.device_key(people, draws))
    age = F.date_diff(F.col("started_at").cast("date"), F.lit(world.settings.first_day))
    return keyed.withColumn("platform", identity.platform(draws)).withColumn(
        "cookie_id", identity.cookie_id(draws, age)
    )


def _of_looks(world: World, visits: DataFrame) -> DataFrame:
    """Products that are looked at for nothing, the popular ones more often."""
    draws, rates = world.draws, world.settings.visits
    count = 1 + draws.count(rates.views - 1, "views", "visit_id") if rates.views > 1 else F.lit(1)
    views = visits.where("kind = 'look'").withColumn("step", F.explode(F.sequence(F.lit(1), count)))
    place = F.floor(F.pow(draws.uniform("product viewed", "visit_id", "step"), 3.0) * world.product_count).cast("int")
    shown = views.withColumn("number", place).join(F.broadcast(world.products), "number", "inner")
    types = F.array_compact(F.array(*_types_of_a_look(world, rates)))
    return shown.select(
        *visits.columns,
        _none("string").alias("line_id"),
        "step",
        F.explode(types).alias("event_type"),
        "product_id",
        "category",
        _none("decimal(18,2)").alias("amount"),
    )


def _types_of_a_look(world: World, rates: Visits) -> list[Column]:
    """A search comes first in a visit; every view may be followed by something."""
    draws, key = world.draws, ("visit_id", "step")
    searched = (F.col("step") == 1) & draws.chance(rates.search, "search", "visit_id")
    cart = F.when(is_variant_b(world), rates.cart * (1 + world.settings.trials.site_test_lift)).otherwise(rates.cart)
    others: dict[str, float | Column] = {
        "cart": cart,
        "favourite": rates.favourite,
        "share": rates.share,
        "review": rates.review,
    }
    follow = [F.when(draws.chance(chance, name, *key), name) for name, chance in others.items()]
    return [F.when(searched, "search"), F.lit("view"), *follow]


def is_variant_b(world: World) -> Column:
    """Whether a browser is in variant B of the test on the site; needs platform and cookie_id."""
    return (F.col("platform") == "web") & world.draws.chance(0.5, SITE_TEST, "cookie_id")


def _of_orders(world: World, visits: DataFrame) -> DataFrame:
    """Products that are bought: viewed in the visit that led to the order, put in the cart in the one that makes it."""
    draws, incident = world.draws, world.settings.incident
    with_order = visits.where("kind in ('lead', 'buy')")
    step = 1 + draws.below(MOST_STEPS, "step", "order_id", "line_id")
    lines = world.lines.select("order_id", "line_id", "product_id", step.alias("step"))
    shown = with_order.join(lines, "order_id", "inner").select(
        *visits.columns,
        "line_id",
        "step",
        F.when(F.col("kind") == "buy", "cart").otherwise("view").alias("event_type"),
        "product_id",
        _none("string").alias("category"),
        _none("decimal(18,2)").alias("amount"),
    )
    started = F.date_add(F.lit(world.settings.first_day), incident.first_day)
    during = F.col("started_at").cast("date").between(started, F.date_add(started, incident.days - 1))
    fails = during & (F.col("platform") == incident.platform) & draws.chance(incident.failing, "incident", "visit_id")
    paid = (
        with_order.where(F.col("kind") == "buy")
        .where(~fails)
        .join(world.orders.select("order_id", F.col("net_amount").alias("amount")), "order_id", "inner")
    )
    bought = paid.select(
        *visits.columns,
        _none("string").alias("line_id"),
        F.lit(MOST_STEPS + 1).alias("step"),
        F.lit("purchase").alias("event_type"),
        _none("string").alias("product_id"),
        _none("string").alias("category"),
        "amount",
    )
    return shown.unionByName(bought)


def _described(world: World, steps: DataFrame) -> DataFrame:
    draws, people, dirt = world.draws, world.settings.people, world.settings.dirt
    is_web, is_buy = F.col("platform") == "web", F.col("kind") == "buy"
    happened = F.unix_seconds("started_at") + F.col("step") * 45 + draws.below(30, "pause", "visit_id", "step")
    skew = F.when(
        draws.chance(dirt.skewed_clock, "skewed clock", "device_key"),
        draws.below(20_000, "skew", "device_key") - 10_000,
    ).otherwise(0)
    signed_in = identity.has_account(people, draws) & (draws.chance(people.signed_in, "signed in", "visit_id") | is_buy)
    is_type = F.col("event_type")
    channel = F.col("channel")
    source, medium = (by_name(channel, {name: pair[place] for name, pair in UTM.items()}) for place in (0, 1))
    columns = {
        "event_id": F.lower(F.hex(draws.number("event id", "visit_id", "step", "line_id", "event_type"))),
        "event_at": F.timestamp_seconds(happened + skew),
        "received_at": F.timestamp_seconds(happened + 1),
        "session_id": F.lower(F.hex(draws.number("session id", "visit_id"))),
        "cookie_id": F.when(is_web, F.col("cookie_id")),
        "device_id": F.when(~is_web, identity.device_id(draws)),
        "account_id": F.when(signed_in, identity.account_id(draws)),
        "search_text": F.when(is_type == "search", F.lower("category")),
        "product_id": F.when(is_type != "search", F.col("product_id")),
        "rating": F.when(is_type == "review", 5 - draws.below(5, "rating", "visit_id", "step") % 4),
        "referrer": F.when(F.col("channel") == "organic_search", "https://search.example.com/"),
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": F.when(source.isNotNull(), always_on(channel, F.col("started_at"))),
        "order_id": F.when(is_type == "purchase", F.col("order_id")),
    }
    return steps.select(*(columns[name].alias(name) if name in columns else F.col(name) for name in EVENT))


def _none(kind: str) -> Column:
    return F.lit(None).cast(kind)
