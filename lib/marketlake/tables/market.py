"""Contract tables of the market: own prices, competitors' prices and stock levels."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.rules import at_least, not_before
from marketlake.tables.table import MONEY, Column, Table

PRICES = Table(
    name="silver.prices",
    summary="Price of a product in the stores of a price zone for a period.",
    write="merge",
    key=("product_id", "price_zone", "valid_from"),
    updated_at="updated_at",
    columns=(
        Column("product_id", "string", "The product.", required=True),
        Column("price_zone", "string", "The zone, as in silver.stores.", required=True),
        Column("valid_from", "date", "First day.", required=True),
        Column("valid_until", "date", "Last day; missing without a known end."),
        Column("price", MONEY, "Price of a unit, currency.", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(at_least("price", 0), not_before("valid_until", "valid_from")),
    references={"product_id": "silver.products"},
)

COMPETITOR_PRICES = Table(
    name="silver.competitor_prices",
    summary="A competitor's price of a product on the day of observation.",
    write="merge",
    key=("observed_on", "competitor", "product_id"),
    cluster_by=("observed_on",),
    date_column="observed_on",
    updated_at="updated_at",
    columns=(
        Column("competitor", "string", "The competitor.", required=True),
        Column("product_id", "string", "Our product that is the same or comparable.", required=True),
        Column("observed_on", "date", "Day of observation.", required=True),
        Column("price", MONEY, "Price of a unit, currency.", required=True),
        Column("is_promotion", "boolean", "True for a promotional price."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(at_least("price", 0),),
    references={"product_id": "silver.products"},
)

STOCK_LEVELS = Table(
    name="silver.stock_levels",
    summary="Stock of a product in a store on a day.",
    write="merge",
    key=("stock_date", "product_id", "store_id"),
    cluster_by=("stock_date",),
    date_column="stock_date",
    updated_at="updated_at",
    columns=(
        Column("product_id", "string", "The product.", required=True),
        Column("store_id", "string", "The store.", required=True),
        Column("stock_date", "date", "Day of the count.", required=True),
        Column("units", "bigint", "Units in stock.", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(at_least("units", 0),),
    references={"product_id": "silver.products", "store_id": "silver.stores"},
)
