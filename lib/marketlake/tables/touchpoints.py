"""Contract tables of touchpoints other than purchases: events, messages, ads, social posts and store visits."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.orders import NAMED_ORDER_SOURCE
from marketlake.tables.rules import at_least, between, one_of
from marketlake.tables.table import MONEY, Column, Table

EVENTS = Table(
    name="silver.events",
    summary="An action of a visitor in the web shop or the app.",
    write="merge",
    # As in silver.orders: the date in the key limits a merge to the files of the days in the input.
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
        Column("event_at", "timestamp", "Time on the device (UTC).", required=True),
        Column("event_date", "date", "Day of `event_at` (UTC).", required=True),
        Column("received_at", "timestamp", "Time of arrival at the server (UTC)."),
        Column("session_id", "string", "The visit."),
        Column("platform", "string", "web, android or ios."),
        Column("cookie_id", "string", "Cookie of the browser; missing in the app.", personal=True),
        Column("device_id", "string", "Identity of the app's device; missing on the web.", personal=True),
        Column("account_id", "string", "Shop account; missing for a visitor who was not signed in."),
        Column("product_id", "string", "The product concerned."),
        Column("search_text", "string", "Search text.", personal=True),
        Column("rating", "int", "Stars of a review, 1 to 5."),
        Column("referrer", "string", "Site from which the visitor came."),
        Column("utm_source", "string", "Source of the campaign's link (UTM parameter)."),
        Column("utm_medium", "string", "Medium of the campaign's link (UTM parameter)."),
        Column("utm_campaign", "string", "Campaign of the campaign's link (UTM parameter)."),
        Column("order_id", "string", "The order of a purchase."),
        NAMED_ORDER_SOURCE,
        Column("amount", MONEY, "Amount of a purchase, currency."),
        UPDATED_AT,
        LOAD_DATE,
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
    summary="An event of a message to a customer: sent, opened or clicked; one row each.",
    write="merge",
    key=("event_date", "message_id", "event"),
    cluster_by=("event_date",),
    date_column="event_date",
    updated_at="updated_at",
    columns=(
        Column("message_id", "string", "The message; each customer has a message of their own.", required=True),
        Column("event", "string", "sent, opened or clicked.", required=True),
        Column("event_at", "timestamp", "Time of the event (UTC).", required=True),
        Column("event_date", "date", "Day of `event_at` (UTC).", required=True),
        Column("channel", "string", "email, sms or push."),
        Column("campaign_id", "string", "The campaign; missing for a message without a campaign."),
        Column("customer_id", "string", "The recipient.", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(one_of("event", "sent", "opened", "clicked"),),
    references={"campaign_id": "silver.campaigns", "customer_id": "silver.customers"},
)

AD_REPORTS = Table(
    name="silver.ad_reports",
    summary="An advertising channel's report of a campaign on a day.",
    write="merge",
    key=("report_date", "channel", "campaign_id"),
    date_column="report_date",
    updated_at="updated_at",
    columns=(
        Column("report_date", "date", "Day of the report.", required=True),
        Column("channel", "string", "Advertising channel, such as search.", required=True),
        Column("campaign_id", "string", "The campaign.", required=True),
        Column("impressions", "bigint", "Number of ad impressions."),
        Column("clicks", "bigint", "Number of ad clicks; the impression may be of an earlier day."),
        Column("spend", MONEY, "Cost of the day, currency."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=tuple(at_least(column, 0) for column in ("impressions", "clicks", "spend")),
    references={"campaign_id": "silver.campaigns"},
)

SOCIAL_POSTS = Table(
    name="silver.social_posts",
    summary="A post on a social platform about the retailer or a product, with its latest engagement counts.",
    write="merge",
    key=("platform", "post_id"),
    updated_at="updated_at",
    columns=(
        Column("post_id", "string", "Identity of the post on its platform.", required=True),
        Column("platform", "string", "The social platform.", required=True),
        Column("author_id", "string", "Name of the author on the platform.", personal=True),
        Column("author_type", "string", "brand (the retailer), kol (key opinion leader) or customer."),
        Column("posted_at", "timestamp", "Time of the post (UTC).", required=True),
        Column("product_id", "string", "The product concerned."),
        Column("views", "bigint", "Number of views."),
        Column("likes", "bigint", "Number of likes."),
        Column("comments", "bigint", "Number of comments."),
        Column("shares", "bigint", "Number of shares."),
        Column("cost", MONEY, "Cost to the retailer, currency."),
        Column("text", "string", "Text of the post.", personal=True),
        UPDATED_AT,
        LOAD_DATE,
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
    summary="Visitors of a store in an hour, by door sensor.",
    write="merge",
    key=("store_id", "counted_at"),
    updated_at="updated_at",
    columns=(
        Column("store_id", "string", "The store.", required=True),
        Column("counted_at", "timestamp", "Start of the hour (UTC).", required=True),
        Column("visitors", "bigint", "Number of visitors."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(at_least("visitors", 0),),
    references={"store_id": "silver.stores"},
)
