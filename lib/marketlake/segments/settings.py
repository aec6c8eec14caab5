"""Settings of `segment_customers`."""

from pydantic import Field

from marketlake.settings import Settings


class SegmentSettings(Settings):
    """The orders that segments are built from."""

    window_days: int = Field(365, ge=1, description="Length of the window in days: older orders do not count.")
