"""Contract tables of every touch between a customer and the retailer other than a purchase."""

from marketlake.tables.lineage import SOURCE, UPDATED_AT
from marketlake.tables.rules import at_least, between, one_of
from marketlake.tables.table import MONEY, Column, Table

EVENTS = Table(
    name="silver.events",
    summary="Something that a visitor did in the web shop or in the app.",
    write="merge",
    # As in silver.orders: the date in the key bounds a merge to the files of the days it brings.
    key=("event_date", "event_id"),
    cluster_by=("event_date",),
    date_column="event_date",
    updated_at="updated_at",
    columns=(
        Column("event_id", "string", "Identity of the event.", required=True),
        Column(
            "event_type",
            "string",
            "view, search, add_to_cart, add_to_wishlist, share, review or purchase.",
            required=True,
        ),
        Column("event_at", "timestamp", "When it happened on the device (UTC).", required=True),
        Column("event_date", "date", "Day of `event_at` (UTC).", required=True),
        Column("received_at", "timestamp", "When it reached the server (UTC)."),
        Column("session_id", "string", "The visit it was part of."),
        Column("platform", "string", "web, android or ios."),
        Column("cookie_id", "string", "Cookie of the browser; missing in the app.", personal=True),
        Column("device_id", "string", "Identity of the app's device; missing on the web.", personal=True),
        Column("account_id", "string", "Account of the shop; missing for a visitor who was not signed in."),
        Column("product_id", "string", "The product that it was about."),
        Column("search_text", "string", "What was searched for.", personal=True),
        Column("rating", "int", "Stars of a review, 1 to 5."),
        Column("referrer", "string", "Site that the visitor came from."),
        Column("utm_source", "string", "Source of the campaign's link (UTM parameter)."),
        Column("utm_medium", "string", "Medium of the campaign's link (UTM parameter)."),
        Column("utm_campaign", "string", "Campaign of the campaign's link (UTM parameter)."),
        Column("order_id", "string", "The order, of a purchase."),
        Column("amount", MONEY, "Value of the order, of a purchase, currency."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(
        one_of("event_type", "view", "search", "add_to_cart", "add_to_wishlist", "share", "review", "purchase"),
        between("rating", 1, 5),
        at_least("amount", 0),
    ),
    references={"product_id": "silver.products", "order_id": "silver.orders"},
)

MESSAGE_EVENTS = Table(
    name="silver.message_events",
    summary="What became of a message to a customer: that it was sent, opened or clicked; a row for each.",
    write="merge",
    key=("event_date", "message_id", "event"),
    cluster_by=("event_date",),
    date_column="event_date",
    updated_at="updated_at",
    columns=(
        Column("message_id", "string", "The message; one for each customer that it was sent to.", required=True),
        Column("event", "string", "sent, opened or clicked.", required=True),
        Column("event_at", "timestamp", "When it happened (UTC).", required=True),
        Column("event_date", "date", "Day of `event_at` (UTC).", required=True),
        Column("channel", "string", "email, sms or push."),
        Column("campaign_id", "string", "The campaign that sent it; missing for a message of no campaign."),
        Column("customer_id", "string", "Who received it.", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(one_of("event", "sent", "opened", "clicked"),),
    references={"campaign_id": "silver.campaigns", "customer_id": "silver.customers"},
)

AD_REPORTS = Table(
    name="silver.ad_reports",
    summary="What an advertising channel reports of a campaign on a day.",
    write="merge",
    key=("report_date", "channel", "campaign_id"),
    date_column="report_date",
    updated_at="updated_at",
    columns=(
        Column("report_date", "date", "Day that is reported.", required=True),
        Column("channel", "string", "Where it was advertised, such as search.", required=True),
        Column("campaign_id", "string", "The campaign.", required=True),
        Column("impressions", "bigint", "Times that an advertisement was shown."),
        Column("clicks", "bigint", "Times that one was clicked; the impression may be of a day before."),
        Column("spend", MONEY, "What the channel charges for the day, currency."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=tuple(at_least(column, 0) for column in ("impressions", "clicks", "spend")),
    references={"campaign_id": "silver.campaigns"},
)

SOCIAL_POSTS = Table(
    name="silver.social_posts",
    summary="A post on a social platform about the retailer or a product, with what it had gathered when last counted.",
    write="merge",
    key=("platform", "post_id"),
    updated_at="updated_at",
    columns=(
        Column("post_id", "string", "Identity of the post on its platform.", required=True),
        Column("platform", "string", "The social platform.", required=True),
        Column("author_id", "string", "Who wrote it, by her name on the platform.", personal=True),
        Column("author_type", "string", "brand (the retailer), kol (key opinion leader) or customer."),
        Column("posted_at", "timestamp", "When (UTC).", required=True),
        Column("product_id", "string", "The product it is about."),
        Column("views", "bigint", "Times that it was seen."),
        Column("likes", "bigint", "Likes."),
        Column("comments", "bigint", "Comments."),
        Column("shares", "bigint", "Times that it was shared."),
        Column("cost", MONEY, "What the retailer paid for it, currency."),
        Column("text", "string", "What it says.", personal=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(
        one_of("author_type", "brand", "kol", "customer"),
        *(at_least(column, 0) for column in ("views", "likes", "comments", "shares", "cost")),
    ),
    references={"product_id": "silver.products"},
)

FOOTFALL = Table(
    name="silver.footfall",
    summary="Visitors whom the door sensor of a store counted in an hour.",
    write="merge",
    key=("store_id", "counted_at"),
    updated_at="updated_at",
    columns=(
        Column("store_id", "string", "The store.", required=True),
        Column("counted_at", "timestamp", "When the hour begins (UTC).", required=True),
        Column("visitors", "bigint", "Visitors that came in."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(at_least("visitors", 0),),
    references={"store_id": "silver.stores"},
)
