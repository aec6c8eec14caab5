"""Contract tables: a retailer's data cleaned, typed and deduplicated, in our terms, whatever it came from."""

from marketlake.tables.lineage import SOURCE, UPDATED_AT
from marketlake.tables.rules import Rule, at_least, not_before
from marketlake.tables.table import MONEY, Column, Table

CUSTOMERS = Table(
    name="silver.customers",
    summary="A customer (here: a household) and what is known of her beside her purchases.",
    write="merge",
    key=("customer_id",),
    updated_at="updated_at",
    columns=(
        Column("customer_id", "string", "Identity of the customer in all tables.", required=True),
        Column("age_band", "string", "Age of the head of household, years.", personal=True),
        Column("income_band", "string", "Yearly income of the household, thousand of currency.", personal=True),
        Column("home_ownership", "string", "Homeowner, Renter, or probably one of them.", personal=True),
        Column("marital_status", "string", "Married or Unmarried.", personal=True),
        Column("household_size", "string", "Persons; 5+ for five or more.", personal=True),
        Column("household_composition", "string", "Adults and children.", personal=True),
        Column("children", "string", "Number of children; 3+ for three or more.", personal=True),
        UPDATED_AT,
        SOURCE,
    ),
)

PRODUCTS = Table(
    name="silver.products",
    summary="A product that is or was sold.",
    change_feed=True,
    write="merge",
    key=("product_id",),
    updated_at="updated_at",
    columns=(
        Column("product_id", "string", "Identity of the product.", required=True),
        Column("department", "string", "Top level of the product tree."),
        Column("category", "string", "Middle level of the product tree."),
        Column("product_type", "string", "Lowest level of the product tree."),
        Column("brand", "string", "The maker: here the manufacturer's number."),
        Column("is_private_label", "boolean", "True for the retailer's own brand."),
        Column("package_size", "string", "Size as printed on the package."),
        Column("cost", MONEY, "What the retailer pays for a unit, currency."),
        Column("list_price", MONEY, "Price of a unit before discounts, currency."),
        Column("launch_date", "date", "First day on sale."),
        Column("end_date", "date", "Last day on sale; missing while it is sold."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(at_least("cost", 0), at_least("list_price", 0), not_before("end_date", "launch_date")),
)

STORES = Table(
    name="silver.stores",
    summary="A store, or another place of sale.",
    write="merge",
    key=("store_id",),
    updated_at="updated_at",
    columns=(
        Column("store_id", "string", "Identity of the store.", required=True),
        Column("price_zone", "string", "Stores of a zone share prices."),
        Column("time_zone", "string", "IANA zone of its clock; hours and weekdays of visits are in it."),
        UPDATED_AT,
        SOURCE,
    ),
)

ORDERS = Table(
    name="silver.orders",
    summary="A basket paid at once, with the sums of its lines.",
    change_feed=True,
    write="merge",
    # The date in the key bounds a merge to the files of the days it brings; an order does not change its day.
    key=("order_date", "order_id"),
    cluster_by=("order_date",),
    date_column="order_date",
    updated_at="updated_at",
    columns=(
        Column("order_id", "string", "Identity of the order.", required=True),
        Column("customer_id", "string", "Who bought; missing for an anonymous sale."),
        Column("store_id", "string", "Where."),
        Column("ordered_at", "timestamp", "When it was paid (UTC).", required=True),
        Column("order_date", "date", "Day of `ordered_at` (UTC).", required=True),
        Column("local_hour", "int", "Hour of the store's clock, 0 to 23."),
        Column("local_weekday", "int", "Day of the week on the store's calendar, 1 Monday to 7 Sunday."),
        Column("line_count", "int", "Lines as they came, those without goods and money among them."),
        Column("quantity", "bigint", "Units; a weighed or measured product counts in its smallest unit."),
        Column("list_amount", MONEY, "Value before the retailer's discounts, currency."),
        Column("discount_amount", MONEY, "The retailer's discounts, currency."),
        Column("net_amount", MONEY, "Booked sales: list less discount, currency.", required=True),
        Column("coupon_amount", MONEY, "Part of net that a manufacturer pays for its coupons, currency."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=tuple(at_least(column, 0) for column in ("quantity", "net_amount", "discount_amount", "coupon_amount")),
    flags=(
        Rule("no_money", "net_amount = 0", "nothing was paid"),
        Rule("coupon_above_net", "coupon_amount > net_amount", "coupons are worth more than the basket"),
    ),
    references={"customer_id": "silver.customers", "store_id": "silver.stores"},
    checks={"net_adds_up": "net_amount = list_amount - discount_amount"},
)

ORDER_LINES = Table(
    name="silver.order_lines",
    summary="A product in an order.",
    change_feed=True,
    write="merge",
    key=("order_date", "order_id", "line_id"),
    cluster_by=("order_date",),
    date_column="order_date",
    updated_at="updated_at",
    columns=(
        Column("order_id", "string", "The order.", required=True),
        Column("line_id", "string", "Identity of the line within its order.", required=True),
        Column("customer_id", "string", "Who bought; missing for an anonymous sale."),
        Column("store_id", "string", "Where."),
        Column("product_id", "string", "What.", required=True),
        Column("ordered_at", "timestamp", "When it was paid (UTC).", required=True),
        Column("order_date", "date", "Day of `ordered_at` (UTC).", required=True),
        Column(
            "quantity",
            "bigint",
            "Units; a weighed or measured product counts in its smallest unit.",
            required=True,
        ),
        Column("list_amount", MONEY, "Value before the retailer's discounts, currency."),
        Column("discount_amount", MONEY, "The retailer's discounts, currency."),
        Column("net_amount", MONEY, "Booked sales: list less discount, currency.", required=True),
        Column("coupon_amount", MONEY, "Part of net that a manufacturer pays for its coupons, currency."),
        Column("flags", "array<string>", "What is odd about the line, yet kept."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(
        at_least("quantity", 0),
        at_least("net_amount", 0),
        at_least("discount_amount", 0),
        at_least("coupon_amount", 0),
        Rule(
            "no_goods_and_no_money",
            "quantity > 0 or net_amount > 0 or discount_amount > 0 or coupon_amount > 0",
            "no quantity, nothing paid, nothing taken off",
        ),
    ),
    flags=(
        Rule(
            "coupon_without_goods",
            "quantity = 0 and coupon_amount > 0",
            "a coupon booked as a line of its own",
        ),
        Rule("discount_without_goods", "quantity = 0 and discount_amount > 0", "a discount with no quantity"),
        Rule("money_without_quantity", "quantity = 0 and net_amount > 0", "paid for, but no quantity"),
        Rule("goods_without_money", "quantity > 0 and net_amount = 0", "given away"),
        Rule("measured_quantity", "quantity > 100", "quantity is a measure (fuel), not a count"),
        Rule(
            "coupon_above_net",
            "quantity > 0 and coupon_amount > net_amount",
            "the coupon is worth more than the line",
        ),
    ),
    references={
        "product_id": "silver.products",
        "customer_id": "silver.customers",
        "store_id": "silver.stores",
    },
    checks={"net_adds_up": "net_amount = list_amount - discount_amount"},
)

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
            "How coupons are chosen: Type A by the customer's purchases, B and C for all.",
        ),
        Column("channel", "string", "Where it ran, such as email or search."),
        Column("start_date", "date", "First day.", required=True),
        Column("end_date", "date", "Last day.", required=True),
        Column("budget", MONEY, "What it may cost, currency."),
        UPDATED_AT,
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
        Column("customer_id", "string", "Who received it.", required=True),
        UPDATED_AT,
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
        Column("customer_id", "string", "Who used it.", required=True),
        Column("coupon_id", "string", "The coupon's number (UPC).", required=True),
        Column("campaign_id", "string", "The campaign that sent it.", required=True),
        Column("redemption_date", "date", "When.", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    references={"campaign_id": "silver.campaigns", "customer_id": "silver.customers"},
)

PROMOTIONS = Table(
    name="silver.promotions",
    summary="A product on display or in the mailer of a store in a week; several rows when in several places.",
    write="merge",
    key=("start_date", "store_id", "product_id", "display_location", "mailer_location"),
    cluster_by=("start_date",),
    date_column="start_date",
    updated_at="updated_at",
    columns=(
        Column("product_id", "string", "The product.", required=True),
        Column("store_id", "string", "The store.", required=True),
        Column("start_date", "date", "First day of the week, a Monday.", required=True),
        Column("end_date", "date", "Last day of the week.", required=True),
        Column(
            "display_location",
            "string",
            "Place of the display, a code; 0 when not on display.",
            required=True,
        ),
        Column("mailer_location", "string", "Place in the mailer, a code; 0 when not in it.", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    references={"product_id": "silver.products", "store_id": "silver.stores"},
)
