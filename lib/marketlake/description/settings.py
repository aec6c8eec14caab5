"""Settings of `describe_data`."""

from pydantic import Field

from marketlake.settings import Settings


class DescriptionSettings(Settings):
    """The tables to describe, and the level of detail."""

    tables: list[str] = Field(
        ["silver.orders"],
        description="Tables to describe, as the run date knows them, or at a version: silver.orders@3.",
    )
    bins: int = Field(20, ge=2, le=100, description="Number of bars of a histogram.")
    top: int = Field(20, ge=1, le=1000, description="Number of values in a frequency table.")
    pairs: dict[str, list[tuple[str, str]]] = Field(
        {}, description="Table: pairs of columns to cross, as in {silver.orders: [[local_weekday, local_hour]]}."
    )
