"""Visits of the web site and the apps, and their events."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import identity
from marketlake.simulator.keyed_random import look_up
from marketlake.simulator.settings import VisitSettings
from marketlake.simulator.touches import name_always_on_campaign
from marketlake.simulator.world import World

SITE_TEST = "sim-site-test"
MAX_STEPS = 8  # of a visit with an order
UTM = {
    "search": ("google", "cpc"),
    "social_ads": ("facebook", "paid_social"),
    "display": ("adnetwork", "display"),
    "email": ("newsletter", "email"),
    "sms": ("sms", "sms"),
    "push": ("app", "push"),
}
EVENT_COLUMNS = (
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
VISIT_COLUMNS = ("person_id", "household_id", "visit_id", "channel", "started_at", "order_id", "kind", "slot")


def simulate_visits(world: World, touches: DataFrame) -> DataFrame:
    """Visits: one per click, and one per online order.

    Args:
        world: the batch.
        touches: `touches.simulate_touches`.

    Returns:
        `VISIT_COLUMNS`; `kind` is browse (no order), lead (caused an order) or buy (places the order).
    """
    draws = world.draws
    slot = F.floor(draws.uniform("slot", "visit_id") * identity.draw_device_count(draws)).cast("int").alias("slot")
    kind = F.when(F.col("order_id").isNull(), "browse").otherwise("lead").alias("kind")
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
    browsing = clicked.select(*columns, kind, slot)
    return browsing.unionByName(bought.select(*columns, F.lit("buy").alias("kind"), slot))


def simulate_events(world: World, touches: DataFrame) -> DataFrame:
    """Raw events of the web site and the apps: `EVENT_COLUMNS`."""
    placed = _add_device(world, simulate_visits(world, touches))
    steps = _build_browsing_steps(world, placed).unionByName(_build_order_steps(world, placed))
    return _describe_events(world, steps)


def _add_device(world: World, visits: DataFrame) -> DataFrame:
    draws, people = world.draws, world.settings.people
    keyed = visits.withColumn("device_key", identity.draw_device_key(people, draws))
    age = F.date_diff(F.col("started_at").cast("date"), F.lit(world.settings.first_day))
    return keyed.withColumn("platform", identity.draw_platform(draws)).withColumn(
        "cookie_id", identity.draw_cookie_id(draws, age)
    )


def _build_browsing_steps(world: World, visits: DataFrame) -> DataFrame:
    """Product views of visits without an order, popular products more often."""
    draws, rates = world.draws, world.settings.visits
    count = (
        1 + draws.geometric(rates.views_per_visit - 1, "views", "visit_id") if rates.views_per_visit > 1 else F.lit(1)
    )
    views = visits.where("kind = 'browse'").withColumn("step", F.explode(F.sequence(F.lit(1), count)))
    place = F.floor(F.pow(draws.uniform("product viewed", "visit_id", "step"), 3.0) * world.product_count).cast("int")
    shown = views.withColumn("number", place).join(F.broadcast(world.products), "number", "inner")
    types = F.array_compact(F.array(*_list_event_types(world, rates)))
    return shown.select(
        *visits.columns,
        _null("string").alias("line_id"),
        "step",
        F.explode(types).alias("event_type"),
        "product_id",
        "category",
        _null("decimal(18,2)").alias("amount"),
    )


def _list_event_types(world: World, rates: VisitSettings) -> list[Column]:
    """Event types of a step: a visit may begin with a search, and each view may be followed by other events.

    These are the shop's own words; the mapping of the source translates them.
    """
    draws, key = world.draws, ("visit_id", "step")
    searched = (F.col("step") == 1) & draws.bernoulli(rates.search_rate, "search", "visit_id")
    lift = F.when(is_variant_b(world), 1 + world.settings.experiments.site_test_lift).otherwise(1.0)
    others: dict[str, float | Column] = {
        "cart": rates.add_to_cart_rate * lift,
        "favourite": rates.add_to_wishlist_rate,
        "share": rates.share_rate,
        "review": rates.review_rate,
    }
    follow = [F.when(draws.bernoulli(chance, name, *key), name) for name, chance in others.items()]
    return [F.when(searched, "search"), F.lit("view"), *follow]


def is_variant_b(world: World) -> Column:
    """True when a browser is in variant B of the site test; needs platform and cookie_id."""
    return (F.col("platform") == "web") & world.draws.bernoulli(0.5, SITE_TEST, "cookie_id")


def _build_order_steps(world: World, visits: DataFrame) -> DataFrame:
    """Products of orders: viewed in the visit that led to the order, added to the cart in the visit that places it."""
    draws, incident = world.draws, world.settings.incident
    with_order = visits.where("kind in ('lead', 'buy')")
    step = 1 + draws.integer(MAX_STEPS, "step", "order_id", "line_id")
    lines = world.lines.select("order_id", "line_id", "product_id", step.alias("step"))
    shown = with_order.join(lines, "order_id", "inner").select(
        *visits.columns,
        "line_id",
        "step",
        F.when(F.col("kind") == "buy", "cart").otherwise("view").alias("event_type"),
        "product_id",
        _null("string").alias("category"),
        _null("decimal(18,2)").alias("amount"),
    )
    started = F.date_add(F.lit(world.settings.first_day), incident.start_day)
    during = F.col("started_at").cast("date").between(started, F.date_add(started, incident.days - 1))
    fails = (
        during
        & (F.col("platform") == incident.platform)
        & draws.bernoulli(incident.failure_share, "incident", "visit_id")
    )
    paid = (
        with_order.where(F.col("kind") == "buy")
        .where(~fails)
        .join(world.orders.select("order_id", F.col("net_amount").alias("amount")), "order_id", "inner")
    )
    bought = paid.select(
        *visits.columns,
        _null("string").alias("line_id"),
        F.lit(MAX_STEPS + 1).alias("step"),
        F.lit("purchase").alias("event_type"),
        _null("string").alias("product_id"),
        _null("string").alias("category"),
        "amount",
    )
    return shown.unionByName(bought)


def _describe_events(world: World, steps: DataFrame) -> DataFrame:
    draws, people, errors = world.draws, world.settings.people, world.settings.data_errors
    is_web, is_buy = F.col("platform") == "web", F.col("kind") == "buy"
    happened = F.unix_seconds("started_at") + F.col("step") * 45 + draws.integer(30, "pause", "visit_id", "step")
    skew = F.when(
        draws.bernoulli(errors.skewed_clock_share, "skewed clock", "device_key"),
        draws.integer(20_000, "skew", "device_key") - 10_000,
    ).otherwise(0)
    signed_in = identity.has_account(people, draws) & (
        draws.bernoulli(people.signed_in_share, "signed in", "visit_id") | is_buy
    )
    is_type = F.col("event_type")
    channel = F.col("channel")
    source, medium = (look_up(channel, {name: pair[place] for name, pair in UTM.items()}) for place in (0, 1))
    columns = {
        "event_id": F.lower(F.hex(draws.hash("event id", "visit_id", "step", "line_id", "event_type"))),
        "event_at": F.timestamp_seconds(happened + skew),
        "received_at": F.timestamp_seconds(happened + 1),
        "session_id": F.lower(F.hex(draws.hash("session id", "visit_id"))),
        "cookie_id": F.when(is_web, F.col("cookie_id")),
        "device_id": F.when(~is_web, identity.draw_device_id(draws)),
        "account_id": F.when(signed_in, identity.draw_account_id(draws)),
        "search_text": F.when(is_type == "search", F.lower("category")),
        "product_id": F.when(is_type != "search", F.col("product_id")),
        "rating": F.when(is_type == "review", 5 - draws.integer(5, "rating", "visit_id", "step") % 4),
        "referrer": F.when(F.col("channel") == "organic_search", "https://search.example.com/"),
        "utm_source": source,
        "utm_medium": medium,
        "utm_campaign": F.when(source.isNotNull(), name_always_on_campaign(channel, F.col("started_at"))),
        "order_id": F.when(is_type == "purchase", F.col("order_id")),
    }
    return steps.select(*(columns[name].alias(name) if name in columns else F.col(name) for name in EVENT_COLUMNS))


def _null(kind: str) -> Column:
    return F.lit(None).cast(kind)
