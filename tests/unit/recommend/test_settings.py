"""Settings of lists: what campaigns inherit, and combinations that make no list."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from pydantic import ValidationError

import recommend_products
from marketlake.recommend.settings import (
    EVERYDAY,
    AlsSettings,
    FallbackSettings,
    ListSettings,
    RankerSettings,
    RecommendSettings,
    SearchSettings,
    TrainingSettings,
)
from marketlake.settings import Settings

CLASSES = (
    AlsSettings,
    FallbackSettings,
    ListSettings,
    RankerSettings,
    RecommendSettings,
    SearchSettings,
    TrainingSettings,
)


def test_a_campaign_has_the_everyday_settings_that_it_does_not_name() -> None:
    settings = RecommendSettings(length=20, channel="email", campaigns={"win_back": ListSettings(explore_slots=12)})
    lists = settings.lists()
    assert list(lists) == [EVERYDAY, "win_back"]
    assert lists["win_back"] == lists[EVERYDAY].model_copy(update={"explore_slots": 12})
    assert (lists["win_back"].length, lists["win_back"].channel) == (20, "email")


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"explore_slots": 11}, "explore_slots"),
        ({"length": 2, "explore_slots": 3}, "explore_slots"),
        ({"campaigns": {"win_back": {"explore_slots": 11}}}, "campaigns"),
        ({"campaigns": {"short": {"length": 2}}}, "campaigns"),
        ({"campaigns": {EVERYDAY: {}}}, "campaigns"),
        ({"campaigns": {"no name": {}}}, "campaigns"),
    ],
)
def test_lists_without_places_enough_and_taken_names_are_refused(values: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as error:
        RecommendSettings.model_validate(values)
    assert error.value.errors()[0]["loc"][0] == place


@pytest.mark.parametrize("settings", CLASSES)
def test_every_setting_has_a_description(settings: type[Settings]) -> None:
    for name, field in settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_every_input_is_read_once_before_anything_is_computed() -> None:
    """The champion is loaded after all reads; a read after it would be counted too."""
    context = MagicMock()
    context.settings.return_value = RecommendSettings()
    context.models.champion.side_effect = RuntimeError("the reads are over")
    with pytest.raises(RuntimeError, match="the reads are over"):
        recommend_products.run(context)
    read = [call.args[0].name for call in context.read.call_args_list]
    assert sorted(read) == sorted(table.name for table in recommend_products.JOB.reads)
