"""Contract tables of products and stores."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.rules import at_least, not_before
from marketlake.tables.table import MONEY, Column, Table

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
        Column("brand", "string", "Brand; in the demo the manufacturer's number."),
        Column("is_private_label", "boolean", "True for the retailer's own brand."),
        Column("package_size", "string", "Size as printed on the package."),
        Column("cost", MONEY, "Purchase cost of a unit, currency."),
        Column("list_price", MONEY, "Price of a unit before discounts, currency."),
        Column("launch_date", "date", "First day on sale."),
        Column("end_date", "date", "Last day on sale; missing while the product is sold."),
        UPDATED_AT,
        LOAD_DATE,
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
        LOAD_DATE,
        SOURCE,
    ),
)
