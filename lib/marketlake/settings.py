"""What every section of settings, and every file that people write for us, has in common. Any room may use it."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Named and typed values: an unknown name is an error, and no value changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
