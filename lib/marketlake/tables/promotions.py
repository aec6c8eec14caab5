"""Contract table of promotions."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.table import Column, Table

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
        LOAD_DATE,
        SOURCE,
    ),
    references={"product_id": "silver.products", "store_id": "silver.stores"},
)
