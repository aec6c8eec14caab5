"""Contract tables of the offer on the market: own prices, competitors' prices, and what is in stock."""

from marketlake.tables.lineage import SOURCE, UPDATED_AT
from marketlake.tables.rules import at_least, not_before
from marketlake.tables.table import MONEY, Column, Table

PRICES = Table(
    name="silver.prices",
    summary="The price of a product in the stores of a price zone during some days.",
    write="merge",
    key=("product_id", "price_zone", "valid_from"),
    updated_at="updated_at",
    columns=(
        Column("product_id", "string", "The product.", required=True),
        Column("price_zone", "string", "The zone, as in silver.stores.", required=True),
        Column("valid_from", "date", "First day.", required=True),
        Column("valid_until", "date", "Last day; missing while no end is known."),
        Column("price", MONEY, "Price of a unit, currency.", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(at_least("price", 0), not_before("valid_until", "valid_from")),
    references={"product_id": "silver.products"},
)

COMPETITOR_PRICES = Table(
    name="silver.competitor_prices",
    summary="What a competitor asked for a product on the day when somebody looked.",
    write="merge",
    key=("observed_on", "competitor", "product_id"),
    cluster_by=("observed_on",),
    date_column="observed_on",
    updated_at="updated_at",
    columns=(
        Column("competitor", "string", "Who sells it.", required=True),
        Column("product_id", "string", "Our product that it is, or is like.", required=True),
        Column("observed_on", "date", "When somebody looked.", required=True),
        Column("price", MONEY, "Price of a unit, currency.", required=True),
        Column("is_promotion", "boolean", "True when the price was a reduced one."),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(at_least("price", 0),),
    references={"product_id": "silver.products"},
)

STOCK_LEVELS = Table(
    name="silver.stock_levels",
    summary="How much of a product a store had on a day.",
    write="merge",
    key=("stock_date", "product_id", "store_id"),
    cluster_by=("stock_date",),
    date_column="stock_date",
    updated_at="updated_at",
    columns=(
        Column("product_id", "string", "The product.", required=True),
        Column("store_id", "string", "The store.", required=True),
        Column("stock_date", "date", "When it was counted.", required=True),
        Column("units", "bigint", "Units in the store.", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(at_least("units", 0),),
    references={"product_id": "silver.products", "store_id": "silver.stores"},
)
