"""Contract tables of orders, their lines and returns.

An order is known by its day, its numbering (`order_source`) and its number: two systems may give the same number.
"""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.rules import Rule, at_least, between
from marketlake.tables.table import MONEY, QUANTITY, Column, Table

ORDER_SOURCE = Column(
    "order_source",
    "string",
    "Numbering in which the order's number is unique: unless mapped, the source's folder, a slash and the store.",
    required=True,
)
NAMED_ORDER_SOURCE = Column(
    "order_source", "string", "Numbering of the order named; without it the number must be of one order alone."
)
BOOKED_DATE = Column(
    "booked_date",
    "date",
    "Day from which the order counts (UTC): of payment where the source tells it, else of the order; missing when it "
    "was never paid, or cancelled before.",
)
AMOUNTS = (
    Column("quantity", QUANTITY, "Units; a weighed product counts in the unit of its price.", required=True),
    Column("list_amount", MONEY, "Value before the retailer's discounts, currency."),
    Column("discount_amount", MONEY, "The retailer's discounts, currency; below 0 for a surcharge."),
    Column("net_amount", MONEY, "Sales after discounts, before returns, currency.", required=True),
    Column("coupon_amount", MONEY, "Part of net that a manufacturer pays for its coupons, currency."),
)

ORDERS = Table(
    name="silver.orders",
    summary="An order: a basket paid at once, with the sums of its lines.",
    change_feed=True,
    write="merge",
    # The date in the key bounds a merge to the files of the days it brings; an order does not change its day.
    key=("order_date", "order_source", "order_id"),
    cluster_by=("order_date",),
    date_column="order_date",
    updated_at="updated_at",
    columns=(
        Column("order_id", "string", "Number of the order, as received.", required=True),
        ORDER_SOURCE,
        Column("customer_id", "string", "The customer; missing for an anonymous sale."),
        Column("store_id", "string", "The store."),
        Column("ordered_at", "timestamp", "Time of the order's earliest line (UTC).", required=True),
        Column("order_date", "date", "Day of the order (UTC).", required=True),
        Column("local_hour", "int", "Hour of the store's clock, 0 to 23."),
        Column("local_weekday", "int", "Day of the week on the store's calendar, 1 Monday to 7 Sunday."),
        Column("paid_at", "timestamp", "Time of payment (UTC), where the source tells it."),
        Column("cancelled_at", "timestamp", "Time of cancellation (UTC)."),
        BOOKED_DATE,
        Column("line_count", "int", "Lines of the order in silver.order_lines."),
        *AMOUNTS,
        Column("order_discount_amount", MONEY, "Discount on the whole order, in no line's net, currency."),
        Column("declared_line_count", "int", "Lines that the order's own record tells."),
        Column("declared_quantity", QUANTITY, "Units that the order's own record tells."),
        Column("declared_net_amount", MONEY, "Sales that the order's own record tells, currency."),
        Column("has_header", "boolean", "True when a source brought the order itself, and not its lines alone."),
        Column("flags", "array<string>", "Names of the oddities of the order, which is kept."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    computed=("line_count", *(column.name for column in AMOUNTS), "has_header", "flags"),
    rules=(at_least("declared_quantity", 0), at_least("declared_net_amount", 0), at_least("order_discount_amount", 0)),
    flags=(
        Rule("no_lines", "line_count = 0", "no line of it has come"),
        Rule("no_money", "net_amount = 0", "nothing was paid"),
        Rule("surcharge", "discount_amount < 0", "the discount adds to the price"),
        Rule("coupon_above_net", "coupon_amount > net_amount", "coupons are worth more than the basket"),
        Rule(
            "differs_from_declared",
            "line_count <> declared_line_count or quantity <> declared_quantity or net_amount <> declared_net_amount",
            "the lines do not add up to what the order's own record tells",
        ),
    ),
    nulled={"local_hour": between("local_hour", 0, 23), "local_weekday": between("local_weekday", 1, 7)},
    references={"customer_id": "silver.customers", "store_id": "silver.stores"},
    checks={"net_adds_up": "net_amount = list_amount - discount_amount - coalesce(order_discount_amount, 0)"},
)

ORDER_LINES = Table(
    name="silver.order_lines",
    summary="A product in an order.",
    change_feed=True,
    write="merge",
    key=("order_date", "order_source", "order_id", "line_id"),
    cluster_by=("order_date",),
    date_column="order_date",
    updated_at="updated_at",
    columns=(
        Column("order_id", "string", "The order.", required=True),
        ORDER_SOURCE,
        Column(
            "line_id",
            "string",
            "Identity of the line within its order; unless mapped, a hash of its content and its place among equals.",
            required=True,
        ),
        Column("customer_id", "string", "The customer; missing for an anonymous sale."),
        Column("store_id", "string", "The store."),
        Column("product_id", "string", "The product.", required=True),
        Column("ordered_at", "timestamp", "Time of the sale (UTC).", required=True),
        Column("order_date", "date", "Day of the order (UTC).", required=True),
        BOOKED_DATE,
        *AMOUNTS,
        Column("flags", "array<string>", "Names of the oddities of the line, which is kept."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    line_id="line_id",
    computed=("booked_date",),
    rules=(
        at_least("quantity", 0),
        at_least("net_amount", 0),
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
        Rule("surcharge", "discount_amount < 0", "the discount adds to the price"),
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

RETURNS = Table(
    name="silver.returns",
    summary="Goods taken back, or money refunded, on the day when that happened.",
    change_feed=True,
    write="merge",
    key=("return_date", "order_source", "return_id", "line_id"),
    cluster_by=("return_date",),
    date_column="return_date",
    updated_at="updated_at",
    columns=(
        Column("return_id", "string", "Number of the return or credit note.", required=True),
        ORDER_SOURCE,
        Column(
            "line_id",
            "string",
            "Identity of the line within the return; unless mapped, a hash of its content and its place among equals.",
            required=True,
        ),
        Column("order_id", "string", "The order that is returned, where the source tells it."),
        Column("order_line_id", "string", "Its line, where the source tells it."),
        Column("customer_id", "string", "The customer; missing for an anonymous return."),
        Column("store_id", "string", "The store that took it back."),
        Column("product_id", "string", "The product; missing for a refund without goods."),
        Column("quantity", QUANTITY, "Units taken back; above 0, and 0 for a refund without goods.", required=True),
        Column("amount", MONEY, "Money refunded, currency; above 0.", required=True),
        Column("reason", "string", "Why, in the retailer's words."),
        Column("returned_at", "timestamp", "Time of the return (UTC).", required=True),
        Column("return_date", "date", "Day of the return (UTC), on which it counts.", required=True),
        Column("flags", "array<string>", "Names of the oddities of the return, which is kept."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    line_id="line_id",
    rules=(
        at_least("quantity", 0),
        at_least("amount", 0),
        Rule("no_goods_and_no_money", "quantity > 0 or amount > 0", "nothing taken back, nothing refunded"),
    ),
    flags=(
        Rule("goods_without_money", "quantity > 0 and amount = 0", "taken back without a refund"),
        Rule("money_without_quantity", "quantity = 0 and amount > 0", "refunded without goods"),
    ),
    references={
        "product_id": "silver.products",
        "customer_id": "silver.customers",
        "store_id": "silver.stores",
    },
)

SALES = (ORDERS, ORDER_LINES, RETURNS)
ORDER_KEY = ORDERS.key  # what makes two rows the same order
