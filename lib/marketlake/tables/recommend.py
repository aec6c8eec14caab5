"""Tables that `recommend_products` writes."""

from marketlake.tables.lineage import RUN_DATE
from marketlake.tables.table import Column, Table

RECOMMENDATIONS = Table(
    name="gold.recommendations",
    summary="A product that a customer may want next, in the customer's list of the run date.",
    key=("run_date", "campaign", "customer_id", "rank"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("customer_id", "string", "The customer.", required=True),
        Column("campaign", "string", "The campaign that the list is for; everyday: for none.", required=True),
        Column("rank", "int", "Place in the list, from 1.", required=True),
        Column("product_id", "string", "The product.", required=True),
        Column(
            "score",
            "double",
            "Probability of a purchase within the model's period; of segment, content and popular, the share of "
            "customers (of segment: of the segment's) who bought it in the last 28 days.",
        ),
        Column(
            "list_type",
            "string",
            "repeat (bought before) or explore (new to the customer); for customers with no purchase of a current "
            "product: segment (best sellers of the segment), content (similar to products they know) or popular "
            "(overall best sellers).",
        ),
        Column("reason", "string", "Why it is recommended, as the customer reads it."),
        Column("model", "string", "The model that made the list, as name/version."),
    ),
)
