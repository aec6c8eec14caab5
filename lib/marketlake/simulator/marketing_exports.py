"""Exports of the marketing systems: messages, ad reports, social posts, campaigns, assignments and coupons."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import experiments, identity
from marketlake.simulator.keyed_random import Draws, look_up
from marketlake.simulator.touches import OPEN_SHARE, is_opened, name_always_on_campaign
from marketlake.simulator.visits import SITE_TEST
from marketlake.simulator.world import World

CLICK_RATES = {"search": 0.04, "social_ads": 0.012, "display": 0.003}


def export_messages(world: World, touches: DataFrame, sent: DataFrame) -> DataFrame:
    """Raw log of e-mail, SMS and push: message_id, event, event_at, channel, campaign_id, customer_id.

    Args:
        world: the batch.
        touches: `touches.simulate_touches`; those of owned channels are messages.
        sent: `experiments.simulate_campaigns`; each treated customer gets a message on the first day.
    """
    draws = world.draws
    owned = [name for name, channel in world.settings.channels.items() if channel.kind == "owned"]
    of_touches = touches.where(F.col("channel").isin(owned)).select(
        F.col("touch_id").alias("message_id"),
        "channel",
        name_always_on_campaign(F.col("channel"), F.col("touch_date")).alias("campaign_id"),
        "customer_id",
        F.unix_seconds("touched_at").alias("second"),
        is_opened(draws).alias("is_opened"),
        "is_click",
    )
    of_campaigns = sent.where("is_treated").select(
        F.concat_ws("-", "experiment_id", "customer_id").alias("message_id"),
        F.col("kind").alias("channel"),
        F.col("experiment_id").alias("campaign_id"),
        "customer_id",
        (F.unix_seconds(F.col("start_date").cast("timestamp")) + 8 * 3600).alias("second"),
        draws.bernoulli(OPEN_SHARE, "campaign opened", "experiment_id", "customer_id").alias("is_opened"),
        F.lit(False).alias("is_click"),
    )
    # A message is sent half an hour before the click and opened seconds before it.
    log = F.array_compact(
        F.array(
            _build_entry("sent", -1800),
            F.when(F.col("is_opened"), _build_entry("opened", -20)),
            F.when(F.col("is_click"), _build_entry("clicked", 0)),
        )
    )
    each = of_touches.unionByName(of_campaigns).withColumn("entry", F.explode(log))
    return each.select(
        F.lower(F.hex(draws.hash("message id", "message_id"))).alias("message_id"),
        "entry.event",
        F.timestamp_seconds("entry.second").alias("event_at"),
        "channel",
        "campaign_id",
        "customer_id",
    )


def export_ad_reports(world: World, touches: DataFrame) -> DataFrame:
    """Raw daily reports of ad platforms: report_date, channel, campaign_id, impressions, clicks, spend, updated_at."""
    paid = [name for name, channel in world.settings.channels.items() if channel.kind == "paid"]
    clicks = touches.where(F.col("channel").isin(paid)).groupBy(F.col("touch_date").alias("day"), "channel")
    rate = look_up(F.col("channel"), CLICK_RATES)
    in_days = F.col("day").between(F.lit(world.earliest), F.lit(world.last))
    spent = world.media_plan.where(F.col("channel").isin(paid) & in_days).select("day", "channel", "spend")
    noise = F.exp(0.1 * world.draws.normal("impressions", "day", "channel"))
    return (
        spent.join(clicks.agg(F.count(F.lit(1)).alias("clicks")), ["day", "channel"], "left")
        .withColumn("clicks", F.coalesce("clicks", F.lit(0)))
        .select(
            F.col("day").alias("report_date"),
            "channel",
            name_always_on_campaign(F.col("channel"), F.col("day")).alias("campaign_id"),
            F.round(F.col("clicks") / rate * noise).cast("bigint").alias("impressions"),
            "clicks",
            F.round(F.col("spend") * world.person_count, 2).cast("decimal(18,2)").alias("spend"),
            (F.col("day") + F.expr("interval 30 hours")).alias("updated_at"),
        )
    )


def export_social_posts(world: World) -> DataFrame:
    """Raw posts with their engagement a day later; they cause no orders, and posts of key opinion leaders are paid."""
    draws = world.draws
    days = world.people.sparkSession.range(1).select(
        F.explode(F.sequence(F.lit(world.earliest), F.lit(world.last))).alias("day")
    )
    each = days.withColumn("platform", F.explode(F.array(*map(F.lit, ("instagram", "tiktok", "youtube"))))).withColumn(
        "post", F.explode(F.sequence(F.lit(1), 1 + draws.integer(3, "posts", "day", "platform")))
    )
    key = ("day", "platform", "post")
    kind = draws.choice({"brand": 0.4, "kol": 0.25, "customer": 0.35}, "author type", *key)
    posted = F.timestamp_seconds(F.unix_seconds(F.col("day").cast("timestamp")) + draws.integer(86_400, "posted", *key))
    views = F.exp(7 + F.when(F.col("author_type") == "kol", 2.0).otherwise(0.0) + 0.8 * draws.normal("views", *key))
    shares = {"likes": 0.05, "comments": 0.006, "shares": 0.004}
    number = F.floor(F.pow(draws.uniform("product posted", *key), 2.0) * world.product_count).cast("int")
    posts = each.withColumns({"author_type": kind, "number": number}).withColumn("views", F.floor(views).cast("bigint"))
    joined = posts.join(F.broadcast(world.products), "number", "inner")
    texts = {"brand": "New in our stores", "kol": "My find of the week, ad", "customer": "Just bought this"}
    text = look_up(F.col("author_type"), texts)
    cost = F.when(F.col("author_type") == "kol", F.round(F.col("views") * 0.01, 2)).otherwise(0).cast("decimal(18,2)")
    return joined.select(
        F.lower(F.hex(draws.hash("post id", *key))).alias("post_id"),
        "platform",
        F.format_string("%s-%d", "author_type", draws.integer(40, "author", *key)).alias("author_id"),
        "author_type",
        posted.alias("posted_at"),
        "product_id",
        "views",
        *(
            F.floor(F.col("views") * share * draws.uniform(name, *key) * 2).alias(name)
            for name, share in shares.items()
        ),
        cost.alias("cost"),
        text.alias("text"),
        F.expr("posted_at + interval 1 day").alias("updated_at"),
    )


def export_campaigns(world: World) -> DataFrame:
    """Raw campaigns of the batch's days: campaign_id, name, channel, start_date, end_date, budget, updated_at."""
    rows: list[tuple[str, str, str, date, date, float]] = []
    for number, start, end in experiments.list_periods(world):
        channel = experiments.get_campaign_channel(number)
        rows.append((f"sim-campaign-{number:02d}", "Promotion with holdout", channel, start, end, 500.0))
    month = world.settings.first_day.replace(day=1)
    while month <= world.last:
        following = (month + timedelta(days=32)).replace(day=1)
        for name, settings in world.settings.channels.items():
            if settings.kind != "organic":
                budget = round(settings.spend * world.person_count * 30, 2)
                end = following - timedelta(days=1)
                rows.append((f"sim-{name}-{month:%Y%m}", "Always on", name, month, end, budget))
        month = following
    current = [row for row in rows if row[4] >= world.earliest]
    schema = "campaign_id string, name string, channel string, start_date date, end_date date, budget decimal(18,2)"
    frame = world.people.sparkSession.createDataFrame(current, schema.replace("decimal(18,2)", "double")).coalesce(1)
    return frame.select(
        *(F.col(name) for name in frame.columns[:-1]),
        F.col("budget").cast("decimal(18,2)"),
        F.date_sub("start_date", 7).cast("timestamp").alias("updated_at"),
    )


def export_assignments(world: World, sent: DataFrame) -> DataFrame:
    """Raw assignments to experiments: experiment_id, unit_id, variant, assigned_at."""
    of_campaigns = sent.select(
        F.col("experiment_id").alias("experiment_id"),
        F.col("customer_id").alias("unit_id"),
        F.when(F.col("is_treated"), "treatment").otherwise("holdout").alias("variant"),
        F.col("start_date").cast("timestamp").alias("assigned_at"),
    )
    variant = F.when(world.draws.bernoulli(0.5, SITE_TEST, "cookie_id"), "B").otherwise("A")
    of_site = identity.build_cookies(world).select(
        F.lit(SITE_TEST).alias("experiment_id"),
        F.col("cookie_id").alias("unit_id"),
        variant.alias("variant"),
        F.col("set_on").cast("timestamp").alias("assigned_at"),
    )
    return of_campaigns.unionByName(of_site.distinct())


def export_issued_coupons(world: World, drawn: DataFrame) -> DataFrame:
    """Raw coupons: coupon_id, coupon_type, customer_id, issued_at, valid_until, value, minimum_amount.

    Args:
        world: the batch.
        drawn: `experiments.simulate_coupons`.
    """
    settings = world.settings.experiments
    minimum = F.when(F.col("kind") == "threshold", settings.threshold_amount).otherwise(0.0).cast("decimal(18,2)")
    return drawn.where("is_treated").select(
        _draw_coupon_id(world.draws),
        F.col("kind").alias("coupon_type"),
        "customer_id",
        (F.col("start_date").cast("timestamp") + F.expr("interval 6 hours")).alias("issued_at"),
        F.col("end_date").alias("valid_until"),
        F.lit(settings.coupon_value).cast("decimal(18,2)").alias("value"),
        minimum.alias("minimum_amount"),
    )


def export_redeemed_coupons(world: World, drawn: DataFrame) -> DataFrame:
    """Raw redemptions: coupon_id, customer_id, order_id, redeemed_at.

    A customer who would not have ordered without the coupon always redeems it.
    """
    is_redeemed = ~F.col("ordered_without") | world.draws.bernoulli(
        world.settings.experiments.redemption_share, "redeemed", "experiment_id", "customer_id"
    )
    return drawn.where(F.col("is_treated") & F.col("ordered") & is_redeemed).select(
        _draw_coupon_id(world.draws), "customer_id", "order_id", F.col("ordered_at").alias("redeemed_at")
    )


def _build_entry(event: str, seconds: int) -> Column:
    return F.struct(F.lit(event).alias("event"), (F.col("second") + seconds).alias("second"))


def _draw_coupon_id(draws: Draws) -> Column:
    return F.hex(draws.hash("coupon id", "experiment_id", "customer_id")).alias("coupon_id")
