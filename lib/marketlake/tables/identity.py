"""Contract tables of persons as systems know them, what they agreed to, and what they asked for."""

from marketlake.tables.lineage import SOURCE, UPDATED_AT
from marketlake.tables.rules import one_of
from marketlake.tables.table import Column, Table

IDENTITY_RECORDS = Table(
    name="silver.identity_records",
    summary="A person as one system knows her; the same person may have several records, in one system or in many.",
    write="merge",
    key=("system", "record_id"),
    updated_at="updated_at",
    columns=(
        Column("system", "string", "The system that keeps the record: crm, loyalty or shop.", required=True),
        Column("record_id", "string", "Identity of the record in its system.", required=True),
        Column("given_name", "string", "Given name as it was typed.", personal=True),
        Column("family_name", "string", "Family name as it was typed.", personal=True),
        Column("birth_date", "date", "Day of birth.", personal=True),
        Column("email", "string", "E-mail address as it was typed.", personal=True),
        Column("phone", "string", "Telephone number as it was typed.", personal=True),
        Column("street", "string", "Street and number.", personal=True),
        Column("postcode", "string", "Postal code.", personal=True),
        Column("city", "string", "Town.", personal=True),
        Column("created_at", "timestamp", "When the record was made (UTC).", required=True),
        UPDATED_AT,
        SOURCE,
    ),
)

CONSENTS = Table(
    name="silver.consents",
    summary="A consent that a customer gave or took back: a history, in which the newest change holds.",
    write="merge",
    key=("customer_id", "purpose", "channel", "changed_at"),
    updated_at="updated_at",
    columns=(
        Column("customer_id", "string", "Who gave it.", required=True),
        Column("purpose", "string", "What for, such as marketing.", required=True),
        Column("channel", "string", "By which channel, such as email.", required=True),
        Column("is_granted", "boolean", "True when it was given, false when it was taken back.", required=True),
        Column("changed_at", "timestamp", "Since when this holds (UTC).", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    references={"customer_id": "silver.customers"},
)

PRIVACY_REQUESTS = Table(
    name="silver.privacy_requests",
    summary="What a customer asked about her own data.",
    write="merge",
    key=("request_id",),
    updated_at="updated_at",
    columns=(
        Column("request_id", "string", "Identity of the request.", required=True),
        Column("customer_id", "string", "Who asked.", required=True),
        Column("kind", "string", "access (to see her data), erasure, or objection (to profiling).", required=True),
        Column("requested_at", "timestamp", "When she asked (UTC).", required=True),
        UPDATED_AT,
        SOURCE,
    ),
    rules=(one_of("kind", "access", "erasure", "objection"),),
    references={"customer_id": "silver.customers"},
)
