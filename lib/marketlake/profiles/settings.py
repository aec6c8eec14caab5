"""Settings of `build_profiles`."""

from pydantic import Field

from marketlake.settings import Settings


class ProfileSettings(Settings):
    """How profiles are built."""

    incremental: bool = Field(
        True, description="Start from the last profile and read only later rows, where the result is the same."
    )
    tier_cuts: tuple[float, float] = Field(
        (0.9, 1.1), description="Price index below the first is the tier budget, above the second premium."
    )
