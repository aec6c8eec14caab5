"""Contract tables of customer feedback and loyalty: surveys, service tickets and loyalty points."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.orders import NAMED_ORDER_SOURCE
from marketlake.tables.rules import Rule, between, not_before, one_of
from marketlake.tables.table import Column, Table

SURVEY_RESPONSES = Table(
    name="silver.survey_responses",
    summary="A survey sent to a customer, with the answers if there are any.",
    write="merge",
    key=("response_id",),
    updated_at="updated_at",
    columns=(
        Column("response_id", "string", "Identity of the survey sent.", required=True),
        Column("customer_id", "string", "The customer surveyed."),
        Column("order_id", "string", "The order concerned."),
        NAMED_ORDER_SOURCE,
        Column("asked_at", "timestamp", "Time of sending (UTC).", required=True),
        Column("answered_at", "timestamp", "Time of the answer (UTC); missing without an answer."),
        Column("csat", "int", "Customer satisfaction, 1 to 5."),
        Column("nps", "int", "Likelihood to recommend, 0 to 10, from which the net promoter score is computed."),
        Column("speed_score", "int", "Speed, 1 to 5."),
        Column("range_score", "int", "Range of products, 1 to 5."),
        Column("price_score", "int", "Prices, 1 to 5."),
        Column("staff_score", "int", "Staff, 1 to 5."),
        Column("comment", "string", "Text in the customer's own words.", personal=True),
        UPDATED_AT,
        LOAD_DATE,
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
    summary="A question or complaint to customer service.",
    write="merge",
    key=("ticket_id",),
    updated_at="updated_at",
    columns=(
        Column("ticket_id", "string", "Identity of the ticket.", required=True),
        Column("customer_id", "string", "The customer; missing when unknown."),
        Column("order_id", "string", "The order concerned."),
        NAMED_ORDER_SOURCE,
        Column("opened_at", "timestamp", "Time of opening (UTC).", required=True),
        Column("closed_at", "timestamp", "Time of closing (UTC); missing while the ticket is open."),
        Column("channel", "string", "Channel of contact, such as email or phone."),
        Column("text", "string", "Text in the customer's own words.", personal=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(not_before("closed_at", "opened_at"),),
    references={"customer_id": "silver.customers", "order_id": "silver.orders"},
)

LOYALTY_POINTS = Table(
    name="silver.loyalty_points",
    summary="An entry in a customer's points account; the sum of the entries is the balance.",
    write="merge",
    key=("booking_date", "entry_id"),
    cluster_by=("booking_date",),
    date_column="booking_date",
    updated_at="updated_at",
    columns=(
        Column("entry_id", "string", "Identity of the entry.", required=True),
        Column("customer_id", "string", "The customer.", required=True),
        Column("order_id", "string", "The order that earned or spent the points."),
        NAMED_ORDER_SOURCE,
        Column("kind", "string", "earned, spent or expired.", required=True),
        Column("points", "bigint", "Points; negative when spent or expired.", required=True),
        Column("booked_at", "timestamp", "Time of booking (UTC).", required=True),
        Column("booking_date", "date", "Day of `booked_at` (UTC).", required=True),
        UPDATED_AT,
        LOAD_DATE,
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
