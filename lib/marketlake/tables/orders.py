"""Contract tables of orders and their lines."""

from marketlake.tables.lineage import SOURCE, UPDATED_AT
from marketlake.tables.rules import Rule, at_least
from marketlake.tables.table import MONEY, Column, Table

ORDERS = Table(
    name="silver.orders",
    summary="An order: a basket paid at once, with the sums of its lines.",
    change_feed=True,
    write="merge",
    # The date in the key bounds a merge to the files of the days it brings; an order does not change its day.
    key=("order_date", "order_id"),
    cluster_by=("order_date",),
    date_column="order_date",
    updated_at="updated_at",
    columns=(
        Column("order_id", "string", "Identity of the order.", required=True),
        Column("customer_id", "string", "The customer; missing for an anonymous sale."),
        Column("store_id", "string", "The store."),
        Column("ordered_at", "timestamp", "Time of payment (UTC).", required=True),
        Column("order_date", "date", "Day of `ordered_at` (UTC).", required=True),
        Column("local_hour", "int", "Hour of the store's clock, 0 to 23."),
        Column("local_weekday", "int", "Day of the week on the store's calendar, 1 Monday to 7 Sunday."),
        Column("line_count", "int", "Lines as received, including those without goods and money."),
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
        Column("customer_id", "string", "The customer; missing for an anonymous sale."),
        Column("store_id", "string", "The store."),
        Column("product_id", "string", "The product.", required=True),
        Column("ordered_at", "timestamp", "Time of payment (UTC).", required=True),
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
        Column("flags", "array<string>", "Names of the oddities of the line, which is kept."),
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
