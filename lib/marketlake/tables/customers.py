"""Contract table of customers."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.table import Column, Table

CUSTOMERS = Table(
    name="silver.customers",
    summary="A customer (in the demo: a household) with demographics.",
    write="merge",
    key=("customer_id",),
    updated_at="updated_at",
    columns=(
        Column("customer_id", "string", "Identity of the customer in all tables.", required=True),
        Column("age_band", "string", "Age of the head of household, years.", personal=True),
        Column("income_band", "string", "Yearly income of the household, thousand of currency.", personal=True),
        Column("home_ownership", "string", "Homeowner or Renter, or the probable one of them.", personal=True),
        Column("marital_status", "string", "Married or Unmarried.", personal=True),
        Column("household_size", "string", "Persons; 5+ for five or more.", personal=True),
        Column("household_composition", "string", "Adults and children.", personal=True),
        Column("children", "string", "Number of children; 3+ for three or more.", personal=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
)

DEMOGRAPHICS = tuple(column for column in CUSTOMERS.columns if column.personal)
