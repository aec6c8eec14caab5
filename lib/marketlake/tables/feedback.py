"""Contract tables of how customers are served: surveys, tickets, and points of the loyalty programme."""

from marketlake.tables.lineage import SOURCE, UPDATED_AT
from marketlake.tables.rules import Rule, between, not_before, one_of
from marketlake.tables.table import Column, Table

SURVEY_RESPONSES = Table(
    name="silver.survey_responses",
    summary="A customer's answers to a survey, or that she was asked and did not answer.",
    write="merge",
    key=("response_id",),
    updated_at="updated_at",
    columns=(
        Column("response_id", "string", "Identity of the survey that was sent.", required=True),
        Column("customer_id", "string", "Who was asked."),
        Column("order_id", "string", "The order that it is about."),
        Column("asked_at", "timestamp", "When she was asked (UTC).", required=True),
        Column("answered_at", "timestamp", "When she answered (UTC); missing when she did not."),
        Column("csat", "int", "Customer satisfaction, 1 to 5."),
        Column("nps", "int", "Likelihood to recommend, 0 to 10; the net promoter score is made of it."),
        Column("speed_score", "int", "Speed, 1 to 5."),
        Column("range_score", "int", "Range of products, 1 to 5."),
        Column("price_score", "int", "Prices, 1 to 5."),
        Column("staff_score", "int", "Staff, 1 to 5."),
        Column("comment", "string", "In her own words.", personal=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(
        not_before("answered_at", "asked_at"),
        between("nps", 0, 10),
        *(between(column, 1, 5) for column in ("csat", "speed_score", "range_score", "price_score", "staff_score")),
    ),
    references={"customer_id": "silver.customers", "order_id": "silver.orders"},
)

SERVICE_TICKETS = Table(
    name="silver.service_tickets",
    summary="A question or a complaint to the customer service.",
    write="merge",
    key=("ticket_id",),
    updated_at="updated_at",
    columns=(
        Column("ticket_id", "string", "Identity of the ticket.", required=True),
        Column("customer_id", "string", "Who asked; missing when she is not known."),
        Column("order_id", "string", "The order that it is about."),
        Column("opened_at", "timestamp", "When she asked (UTC).", required=True),
        Column("closed_at", "timestamp", "When it was settled (UTC); missing while it is open."),
        Column("channel", "string", "How she asked, such as email or phone."),
        Column("text", "string", "In her own words.", personal=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(not_before("closed_at", "opened_at"),),
    references={"customer_id": "silver.customers", "order_id": "silver.orders"},
)

LOYALTY_POINTS = Table(
    name="silver.loyalty_points",
    summary="An entry in a customer's account of points; their sum is what she has.",
    write="merge",
    key=("booking_date", "entry_id"),
    cluster_by=("booking_date",),
    date_column="booking_date",
    updated_at="updated_at",
    columns=(
        Column("entry_id", "string", "Identity of the entry.", required=True),
        Column("customer_id", "string", "Whose points.", required=True),
        Column("order_id", "string", "The order that earned or spent them."),
        Column("kind", "string", "earned, spent or expired.", required=True),
        Column("points", "bigint", "Points; negative when spent or expired.", required=True),
        Column("booked_at", "timestamp", "When (UTC).", required=True),
        Column("booking_date", "date", "Day of `booked_at` (UTC).", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(
        one_of("kind", "earned", "spent", "expired"),
        Rule(
            "points_of_wrong_sign",
            "kind is null or points is null or points = 0 or (kind = 'earned') = (points > 0)",
            "points are positive when earned, negative when spent or expired",
        ),
    ),
    references={"customer_id": "silver.customers", "order_id": "silver.orders"},
)
