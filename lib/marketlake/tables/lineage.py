"""Columns with which every contract table ends: how new a row is, and who brought it."""

from marketlake.tables.table import Column

UPDATED_AT = Column(
    "updated_at", "timestamp", "When the source last changed the row (UTC); the newest row of a key wins."
)
LOAD_DATE = Column(
    "load_date",
    "date",
    "Last run date that brought the row, even unchanged; of equal `updated_at` the later one wins. Missing for a "
    "customer or store that only sales name.",
)
SOURCE = Column(
    "source",
    "string",
    "The source that brought the row; one that begins with `simulated` is made up.",
    required=True,
)
RUN_DATE = Column("run_date", "date", "Last day of data included (UTC).", required=True)
