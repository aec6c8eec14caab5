"""What `recommend_products` writes."""

from marketlake.tables.lineage import RUN_DATE
from marketlake.tables.table import Column, Table

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
