"""Table of customer profiles."""

from marketlake.tables.customers import DEMOGRAPHICS
from marketlake.tables.lineage import RUN_DATE
from marketlake.tables.table import MONEY, Column, Table

CUSTOMER_PROFILES = Table(
    name="gold.customer_profiles",
    summary="A customer's purchases up to the run date, summarised; customers without an order have no profile.",
    key=("run_date", "customer_id"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("customer_id", "string", "The customer.", required=True),
        Column("first_order_date", "date", "Day of the first order (UTC)."),
        Column("last_order_date", "date", "Day of the last order (UTC)."),
        Column("recency_days", "int", "Days from the last order to the day after the run date."),
        Column("tenure_days", "int", "Days from the first order to the day after the run date."),
        Column("order_count", "bigint", "Orders."),
        Column("active_days", "bigint", "Days with an order."),
        Column("quantity", "bigint", "Units; measured products count in their smallest unit."),
        Column("net_amount", MONEY, "Booked sales, currency."),
        Column("discount_amount", MONEY, "The retailer's discounts, currency."),
        Column("coupon_amount", MONEY, "Manufacturers' coupons, currency."),
        Column("average_order_amount", MONEY, "Booked sales an order, currency."),
        Column("discount_share", "double", "Discounts as a share of the value before them; missing when that is 0."),
        Column("coupon_order_count", "bigint", "Orders in which a coupon was used."),
        Column("coupon_redemption_count", "bigint", "Campaign coupons that the customer used."),
        Column("private_label_amount", MONEY, "Booked sales of the retailer's own brands, currency."),
        Column("private_label_share", "double", "Own brands as a share of booked sales; missing when those are 0."),
        Column("orders_by_hour", "array<bigint>", "Orders in each hour of the store's clock, 0 to 23."),
        Column("orders_by_weekday", "array<bigint>", "Orders on each day of the week, Monday first."),
        Column("orders_by_store", "map<string,bigint>", "Orders in each store; UNKNOWN for orders without one."),
        Column("store_count", "int", "Stores with an order."),
        Column("favourite_hour", "int", "Hour with most orders; the earliest of equals."),
        Column("favourite_weekday", "int", "Weekday with most orders, 1 Monday; the earliest of equals."),
        Column("favourite_store_id", "string", "Store with most orders; the first of equals by name."),
        Column(
            "by_category",
            f"map<string,struct<net_amount:{MONEY},quantity:bigint>>",
            "Booked sales (currency) and units in each product category; UNKNOWN for unknown products.",
        ),
        Column("category_count", "int", "Categories bought."),
        Column("favourite_category", "string", "Category with most booked sales; the first of equals by name."),
        Column("brands", "array<string>", "Brands bought, sorted."),
        Column("brand_count", "int", "Brands bought."),
        Column("products", "array<string>", "Products bought, sorted."),
        Column("product_count", "int", "Products bought."),
        Column(
            "price_index",
            "double",
            "Amount paid divided by the average cost, over all customers, of the same units of the same categories.",
        ),
        Column("price_tier", "string", "budget, middle or premium, by the price index."),
        *DEMOGRAPHICS,
    ),
)
