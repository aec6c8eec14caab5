"""Settings of ingestion."""

from __future__ import annotations

from pydantic import Field

from marketlake.settings import Settings


class IngestSettings(Settings):
    """How sources are loaded."""

    reload: bool = Field(
        False,
        description="Whether to load again what bronze holds for the run date, by today's mappings, and no files.",
    )
    parallel: int = Field(2, ge=1, description="Number of sources that are loaded at the same time.")
