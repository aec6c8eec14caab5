"""Word lists: names, streets and towns from Faker, nicknames from the package `nicknames`."""

from __future__ import annotations

from functools import cache

from faker.providers.address.en_US import Provider as Address
from faker.providers.person.en_US import Provider as Person
from nicknames import NickNamer


@cache
def load_given_names() -> list[str]:
    """Given names, the frequent ones first."""
    pairs = zip(_sort_by_weight(Person.first_names_female), _sort_by_weight(Person.first_names_male), strict=False)
    return [name for pair in pairs for name in pair]


@cache
def load_family_names() -> list[str]:
    """Family names, the frequent ones first."""
    return _sort_by_weight(Person.last_names)


@cache
def load_nicknames() -> list[str]:
    """Nickname of each given name, in the same order; the name itself if there is none."""
    namer = NickNamer()
    return [min(namer.nicknames_of(name), default=name).title() for name in load_given_names()]


@cache
def load_street_names() -> list[str]:
    """Street names: a family name and a suffix."""
    suffixes = list(Address.street_suffixes)
    return [f"{name} {suffixes[i % len(suffixes)]}" for i, name in enumerate(load_family_names())]


@cache
def load_city_names() -> list[str]:
    """Town names: a family name and a suffix."""
    suffixes = list(Address.city_suffixes)
    return [f"{name}{suffixes[i % len(suffixes)]}" for i, name in enumerate(load_family_names()[::5])]


def _sort_by_weight(names: dict[str, float]) -> list[str]:
    return sorted(names, key=lambda name: (-names[name], name))
