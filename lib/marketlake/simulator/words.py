"""Word lists: names, streets and towns from Faker, nicknames from the package of that name."""

from __future__ import annotations

from functools import cache

from faker.providers.address.en_US import Provider as Address
from faker.providers.person.en_US import Provider as Person
from nicknames import NickNamer


@cache
def given_names() -> list[str]:
    """Given names, the frequent ones first."""
    pairs = zip(_by_weight(Person.first_names_female), _by_weight(Person.first_names_male), strict=False)
    return [name for pair in pairs for name in pair]


@cache
def family_names() -> list[str]:
    """Family names, the frequent ones first."""
    return _by_weight(Person.last_names)


@cache
def nicknames() -> list[str]:
    """Beside each given name, at the same place, what friends say; the name itself where there is nothing else."""
    known = NickNamer()
    return [min(known.nicknames_of(name), default=name).title() for name in given_names()]


@cache
def streets() -> list[str]:
    """Names of streets: a family name and a suffix."""
    suffixes = list(Address.street_suffixes)
    return [f"{name} {suffixes[i % len(suffixes)]}" for i, name in enumerate(family_names())]


@cache
def cities() -> list[str]:
    """Names of towns: a family name and a suffix."""
    suffixes = list(Address.city_suffixes)
    return [f"{name}{suffixes[i % len(suffixes)]}" for i, name in enumerate(family_names()[::5])]


def _by_weight(names: dict[str, float]) -> list[str]:
    return sorted(names, key=lambda name: (-names[name], name))
