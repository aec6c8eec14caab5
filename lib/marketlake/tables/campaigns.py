"""Contract tables of campaigns and the coupons that they send."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.rules import Rule, at_least
from marketlake.tables.table import MONEY, Column, Table

CAMPAIGNS = Table(
    name="silver.campaigns",
    summary="A campaign, with the days in which its coupons are valid.",
    write="merge",
    key=("campaign_id",),
    updated_at="updated_at",
    columns=(
        Column("campaign_id", "string", "Identity of the campaign.", required=True),
        Column(
            "campaign_type",
            "string",
            "Selection of coupons: Type A by the customer's purchases, Types B and C the same for all.",
        ),
        Column("channel", "string", "Channel of the campaign, such as email or search."),
        Column("start_date", "date", "First day of validity.", required=True),
        Column("end_date", "date", "Last day of validity.", required=True),
        Column("budget", MONEY, "Approved cost, currency."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(
        Rule("ends_before_start", "end_date >= start_date", "the campaign ends before it starts"),
        at_least("budget", 0),
    ),
)

CAMPAIGN_CONTACTS = Table(
    name="silver.campaign_contacts",
    summary="A customer who was sent a campaign.",
    write="merge",
    key=("campaign_id", "customer_id"),
    updated_at="updated_at",
    columns=(
        Column("campaign_id", "string", "The campaign.", required=True),
        Column("customer_id", "string", "The customer who received it.", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    references={"campaign_id": "silver.campaigns", "customer_id": "silver.customers"},
)

COUPONS = Table(
    name="silver.coupons",
    summary="A product for which a coupon of a campaign is valid.",
    write="merge",
    key=("campaign_id", "coupon_id", "product_id"),
    updated_at="updated_at",
    columns=(
        Column("campaign_id", "string", "The campaign that sent it.", required=True),
        Column("coupon_id", "string", "The coupon's number (UPC).", required=True),
        Column("product_id", "string", "A product it is valid for.", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    references={"campaign_id": "silver.campaigns", "product_id": "silver.products"},
)

COUPON_REDEMPTIONS = Table(
    name="silver.coupon_redemptions",
    summary="A coupon that a customer used on a day.",
    write="merge",
    key=("redemption_date", "customer_id", "coupon_id", "campaign_id"),
    date_column="redemption_date",
    updated_at="updated_at",
    columns=(
        Column("customer_id", "string", "The customer who used it.", required=True),
        Column("coupon_id", "string", "The coupon's number (UPC).", required=True),
        Column("campaign_id", "string", "The campaign that sent it.", required=True),
        Column("redemption_date", "date", "Day of use.", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    references={"campaign_id": "silver.campaigns", "customer_id": "silver.customers"},
)
