"""The recipe of a model: its settings, as they are logged, tagged and compared."""

from __future__ import annotations

from pydantic import ValidationError

from marketlake.recommend.settings import TrainingSettings

UNRELATED = {"period_days", "min_improvement"}  # of the evaluation, not of the recipe


def other_recipe(text: str, settings: TrainingSettings) -> TrainingSettings | None:
    """The champion's settings for the periods of a challenger, or None where both have the same recipe.

    Args:
        text: the champion's settings as JSON.
        settings: of the challenger.

    Raises:
        ValueError: the champion's settings are from other code.
    """
    try:
        recipe = TrainingSettings.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(f"settings of other code: {error.error_count()} errors") from None
    recipe = recipe.model_copy(update=settings.model_dump(include=UNRELATED))
    return None if recipe == settings else recipe


def flatten_settings(settings: TrainingSettings) -> dict[str, object]:
    """Every setting by its dotted name: als.rank and so on."""
    flat: dict[str, object] = {}
    for name, value in settings.model_dump().items():
        flat |= {f"{name}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat
