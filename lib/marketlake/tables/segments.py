"""Tables of customer segments: one for all schemes, and the scores behind the scheme `rfm`."""

from marketlake.tables.lineage import RUN_DATE
from marketlake.tables.table import MONEY, Column, Table

CUSTOMER_SEGMENTS = Table(
    name="gold.customer_segments",
    summary="A customer's segment under one segmentation scheme; a customer has at most one segment in each scheme.",
    key=("run_date", "scheme", "customer_id"),
    partition_by=("run_date", "scheme"),
    columns=(
        RUN_DATE,
        Column("scheme", "string", "Segmentation scheme, such as rfm.", required=True),
        Column("customer_id", "string", "The customer.", required=True),
        Column("segment", "string", "Name of the segment, unique within its scheme.", required=True),
    ),
)

RFM_SCORES = Table(
    name="gold.rfm_scores",
    summary="A customer's recency, frequency and monetary value, with their scores and the cut-points behind them.",
    key=("run_date", "customer_id"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("customer_id", "string", "The customer.", required=True),
        Column("recency_days", "int", "Days from the last order to the day after the run date."),
        Column("frequency", "bigint", "Orders in the window."),
        Column("monetary", MONEY, "Net sales in the window: gross sales less returns by their own day, currency."),
        Column("recency_score", "int", "1 (long ago) to 5 (recent); missing if all customers have the same recency."),
        Column("frequency_score", "int", "1 (seldom) to 5 (often); missing if all have as many orders."),
        Column("monetary_score", "int", "1 (little) to 5 (much); missing if all have the same sales."),
        Column("segment", "string", "Segment that the recency and frequency scores give, as in scheme rfm."),
        Column("recency_cuts", "array<double>", "Days at which the recency score changes, of this run date."),
        Column("frequency_cuts", "array<double>", "Orders at which the frequency score changes."),
        Column("monetary_cuts", "array<double>", "Amounts at which the monetary score changes, currency."),
    ),
)
