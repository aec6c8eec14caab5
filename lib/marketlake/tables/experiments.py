"""Contract tables of experiments: assignments to variants, and personal coupons."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.orders import NAMED_ORDER_SOURCE
from marketlake.tables.rules import Rule, at_least
from marketlake.tables.table import MONEY, Column, Table

EXPERIMENT_ASSIGNMENTS = Table(
    name="silver.experiment_assignments",
    summary="Assignment of a customer or a visitor to a variant of an experiment.",
    write="merge",
    key=("experiment_id", "unit_id"),
    updated_at="updated_at",
    columns=(
        Column("experiment_id", "string", "Identity of the experiment.", required=True),
        Column("unit_id", "string", "Customer, or cookie of an A/B test.", required=True, personal=True),
        Column("variant", "string", "treatment or holdout; A or B of an A/B test.", required=True),
        Column("assigned_at", "timestamp", "Time of the assignment (UTC).", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
)

PERSONAL_COUPONS = Table(
    name="silver.personal_coupons",
    summary="A coupon issued to one customer.",
    write="merge",
    key=("coupon_id",),
    updated_at="updated_at",
    columns=(
        Column("coupon_id", "string", "Identity of the coupon.", required=True),
        Column("coupon_type", "string", "first_order, threshold (from a minimum amount) or wake_up."),
        Column("customer_id", "string", "The customer who received the coupon.", required=True),
        Column("issued_at", "timestamp", "Time of issue (UTC).", required=True),
        Column("valid_until", "date", "Last day of validity."),
        Column("value", MONEY, "Discount on the order, currency."),
        Column("minimum_amount", MONEY, "Minimum order amount, currency."),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(
        at_least("value", 0),
        at_least("minimum_amount", 0),
        Rule(
            "valid_until_before_issued_at",
            "valid_until is null or issued_at is null or valid_until >= to_date(issued_at)",
            "the coupon ends before it is issued",
        ),
    ),
    references={"customer_id": "silver.customers"},
)

PERSONAL_COUPON_REDEMPTIONS = Table(
    name="silver.personal_coupon_redemptions",
    summary="Redemption of a personal coupon; each coupon can be redeemed once.",
    write="merge",
    key=("coupon_id",),
    updated_at="updated_at",
    columns=(
        Column("coupon_id", "string", "The coupon.", required=True),
        Column("customer_id", "string", "The customer who redeemed the coupon.", required=True),
        Column("order_id", "string", "The order with the coupon."),
        NAMED_ORDER_SOURCE,
        Column("redeemed_at", "timestamp", "Time of redemption (UTC).", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    references={
        "coupon_id": "silver.personal_coupons",
        "customer_id": "silver.customers",
        "order_id": "silver.orders",
    },
)
