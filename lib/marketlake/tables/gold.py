"""What the business reads: customers' profiles and segments, for each run date."""

from marketlake.tables.silver import CUSTOMERS
from marketlake.tables.table import MONEY, Column, Table

RUN_DATE = Column("run_date", "date", "Last day that was known (UTC).", required=True)
DEMOGRAPHICS = tuple(column for column in CUSTOMERS.columns if column.personal)

CUSTOMER_PROFILES = Table(
    name="gold.customer_profiles",
    summary="What is known of a customer's purchases up to the run date; customers without an order have no profile.",
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
        Column("coupon_redemption_count", "bigint", "Coupons of campaigns that she used."),
        Column("private_label_amount", MONEY, "Booked sales of the retailer's own brands, currency."),
        Column("private_label_share", "double", "That as a share of booked sales; missing when those are 0."),
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
            "What she paid over what the same units of the same categories cost all customers on average.",
        ),
        Column("price_tier", "string", "budget, middle or premium, by the price index."),
        *DEMOGRAPHICS,
    ),
)

CUSTOMER_SEGMENTS = Table(
    name="gold.customer_segments",
    summary="A customer's RFM scores and segment, with the cut-points by which she got them.",
    key=("run_date", "customer_id"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("customer_id", "string", "The customer.", required=True),
        Column("recency_days", "int", "Days from the last order to the day after the run date."),
        Column("frequency", "bigint", "Orders in the window."),
        Column("monetary", MONEY, "Booked sales in the window, currency."),
        Column("recency_score", "int", "1 (long ago) to 5 (recent)."),
        Column("frequency_score", "int", "1 (seldom) to 5 (often)."),
        Column("monetary_score", "int", "1 (little) to 5 (much)."),
        Column("segment", "string", "Name of the segment."),
        Column("recency_cuts", "array<double>", "Days at which the recency score changes, of this run date."),
        Column("frequency_cuts", "array<double>", "Orders at which the frequency score changes."),
        Column("monetary_cuts", "array<double>", "Amounts at which the monetary score changes, currency."),
    ),
)

RECOMMENDATIONS = Table(
    name="gold.recommendations",
    summary="A product that a customer may want next, as her list on the run date has it.",
    key=("run_date", "campaign", "customer_id", "rank"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("customer_id", "string", "The customer.", required=True),
        Column("campaign", "string", "The campaign that the list is for; everyday: for none.", required=True),
        Column("rank", "int", "Place in her list, from 1.", required=True),
        Column("product_id", "string", "The product.", required=True),
        Column(
            "score",
            "double",
            "Probability that she buys it within the model's period; of segment, content and popular, the share of "
            "customers (of segment: of hers) who bought it in the last 28 days.",
        ),
        Column(
            "head",
            "string",
            "repeat (she has bought it) or explore (it is new to her); for who bought nothing that is sold: segment "
            "(customers like her buy it), content (like what she touched) or popular (all buy it).",
        ),
        Column("reason", "string", "Why, in words."),
        Column("model", "string", "The model that made the list, as name/version."),
    ),
)

BASKET_RULES = Table(
    name="gold.basket_rules",
    summary="An association rule: who buys these items buys that one too; and whether it held in the period after.",
    key=("run_date", "level", "dimension", "member", "antecedent", "consequent"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("level", "string", "What an item is: product, product_type or category.", required=True),
        Column("dimension", "string", "Whose baskets: all, or those of a segment, store or channel.", required=True),
        Column("member", "string", "Which segment, store or channel; all for all.", required=True),
        Column("antecedent", "array<string>", "The items of who buys them, by name.", required=True),
        Column("consequent", "string", "The item that is bought with them.", required=True),
        Column("baskets", "bigint", "Baskets that were mined."),
        Column("count", "bigint", "Baskets with antecedent and consequent."),
        Column("antecedent_count", "bigint", "Baskets with the antecedent."),
        Column("consequent_count", "bigint", "Baskets with the consequent."),
        Column("support", "double", "Share of baskets with antecedent and consequent."),
        Column("confidence", "double", "Share of the antecedent's baskets that hold the consequent."),
        Column("lift", "double", "Confidence over the consequent's share of all baskets; 1 is chance."),
        Column("lift_low", "double", "Lower end of the 95 % interval of lift."),
        Column("lift_high", "double", "Upper end of it."),
        Column("leverage", "double", "Support above what independent items would have."),
        Column(
            "conviction", "double", "How much more often it would fail by chance; missing for a rule that never fails."
        ),
        Column("zhang", "double", "Zhang's metric: -1 never together, 0 independent, 1 never apart."),
        Column("p_value", "double", "Of Fisher's exact test that they are together no more often than by chance."),
        Column("q_value", "double", "Share of chance finds among the rules with at most this p-value."),
        Column("next_baskets", "bigint", "Baskets of the period after the one that was mined, and so the next six."),
        Column("next_count", "bigint", "Baskets with antecedent and consequent."),
        Column("next_antecedent_count", "bigint", "Baskets with the antecedent."),
        Column("next_confidence", "double", "Confidence; missing when nobody bought the antecedent."),
        Column("next_lift", "double", "Lift; missing when an item was not bought."),
        Column("next_lift_low", "double", "Lower end of the 95 % interval of lift; missing when never together."),
        Column("next_lift_high", "double", "Upper end of it."),
        Column("holds", "boolean", "The interval of lift is above 1 there too; missing when an item was not bought."),
    ),
)
