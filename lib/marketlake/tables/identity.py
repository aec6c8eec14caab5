"""Contract tables of identity and privacy: records of persons, consents and privacy requests."""

from marketlake.tables.lineage import LOAD_DATE, SOURCE, UPDATED_AT
from marketlake.tables.rules import one_of
from marketlake.tables.table import Column, Table

IDENTITY_RECORDS = Table(
    name="silver.identity_records",
    summary="A system's record of a person; a person may have several records, in one system or in several.",
    write="merge",
    key=("system", "record_id"),
    updated_at="updated_at",
    columns=(
        Column("system", "string", "The system that keeps the record: crm, loyalty or shop.", required=True),
        Column("record_id", "string", "Identity of the record in its system.", required=True),
        Column("given_name", "string", "Given name as typed.", personal=True),
        Column("family_name", "string", "Family name as typed.", personal=True),
        Column("birth_date", "date", "Day of birth.", personal=True),
        Column("email", "string", "E-mail address as typed.", personal=True),
        Column("phone", "string", "Telephone number as typed.", personal=True),
        Column("street", "string", "Street and number.", personal=True),
        Column("postcode", "string", "Postal code.", personal=True),
        Column("city", "string", "Town.", personal=True),
        Column("created_at", "timestamp", "Time of creation (UTC).", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
)

CONSENTS = Table(
    name="silver.consents",
    summary="A consent that a customer gave or withdrew; the newest change is the one in force.",
    write="merge",
    key=("customer_id", "purpose", "channel", "changed_at"),
    updated_at="updated_at",
    columns=(
        Column("customer_id", "string", "The customer.", required=True),
        Column("purpose", "string", "Purpose, such as marketing.", required=True),
        Column("channel", "string", "Channel, such as email.", required=True),
        Column("is_granted", "boolean", "True when given, false when withdrawn.", required=True),
        Column("changed_at", "timestamp", "Time of the change (UTC).", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    references={"customer_id": "silver.customers"},
)

PRIVACY_REQUESTS = Table(
    name="silver.privacy_requests",
    summary="A customer's request about their own data.",
    write="merge",
    key=("request_id",),
    updated_at="updated_at",
    columns=(
        Column("request_id", "string", "Identity of the request.", required=True),
        Column("customer_id", "string", "The customer.", required=True),
        Column(
            "kind", "string", "access (to a copy of the data), erasure, or objection (to profiling).", required=True
        ),
        Column("requested_at", "timestamp", "Time of the request (UTC).", required=True),
        UPDATED_AT,
        LOAD_DATE,
        SOURCE,
    ),
    rules=(one_of("kind", "access", "erasure", "objection"),),
    references={"customer_id": "silver.customers"},
)
