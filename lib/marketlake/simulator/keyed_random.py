"""Keyed random numbers: a hash of the seed, the purpose of the draw and the keys of the row.

A row gets the same number in every partition, cluster and batch, whatever other rows there are.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from operator import add

import numpy as np
from pyspark.sql import Column
from pyspark.sql import functions as F

Key = Column | str


@dataclass(frozen=True)
class Draws:
    """Random numbers of one simulated retailer.

    Attributes:
        seed: each seed is another retailer.
    """

    seed: int

    def hash(self, purpose: str, *keys: Key) -> Column:
        """64 hashed bits. `purpose` names the draw: two draws of a row with the same purpose are equal."""
        return F.xxhash64(F.lit(self._salt(purpose)), *keys)

    def uniform(self, purpose: str, *keys: Key) -> Column:
        """Uniform on [0, 1), with 53 bits."""
        return F.shiftrightunsigned(self.hash(purpose, *keys), 11) * F.lit(2.0**-53)

    def bernoulli(self, probability: float | Column, purpose: str, *keys: Key) -> Column:
        """True with the given probability."""
        return self.uniform(purpose, *keys) < probability

    def integer(self, count: int | Column, purpose: str, *keys: Key) -> Column:
        """Uniform integer from 0 to `count` - 1, as int."""
        return F.floor(self.uniform(purpose, *keys) * count).cast("int")

    def exponential(self, mean: float | Column, purpose: str, *keys: Key) -> Column:
        """Exponential with the given mean."""
        return -F.log(1 - self.uniform(purpose, *keys)) * mean

    def geometric(self, mean: float, purpose: str, *keys: Key) -> Column:
        """Geometric from 0 with the given mean, as int."""
        steps = F.log(1 - self.uniform(purpose, *keys)) / math.log(mean / (1 + mean))
        return F.floor(steps).cast("int")

    def normal(self, purpose: str, *keys: Key) -> Column:
        """Standard normal (Box and Muller 1958)."""
        radius = F.sqrt(-2 * F.log(1 - self.uniform(purpose, *keys)))
        return radius * F.cos(2 * math.pi * self.uniform(f"{purpose}, angle", *keys))

    def from_quantiles(self, table: np.ndarray, purpose: str, *keys: Key) -> Column:
        """One of equally likely values, such as the quantiles of a distribution."""
        values = F.split(F.lit(",".join(map(repr, table.tolist()))), ",").cast("array<double>")
        return F.get(values, self.integer(len(table), purpose, *keys))

    def word(self, words: Sequence[str], purpose: str, *keys: Key) -> Column:
        """One of the words, earlier ones more often, roughly as names are distributed."""
        place = F.floor(F.pow(self.uniform(purpose, *keys), 2.0) * len(words)).cast("int")
        return F.get(make_word_array(words), place)

    def choice(self, shares: Mapping[str, float], purpose: str, *keys: Key) -> Column:
        """One of a few categories by its share; shares are scaled to 1."""
        return choose_by_share(self.uniform(purpose, *keys), shares)

    def generator(self, purpose: str, *keys: int) -> np.random.Generator:
        """NumPy's generator, for small tables on the driver."""
        return np.random.default_rng([abs(self._salt(purpose)), *keys])

    def _salt(self, purpose: str) -> int:
        digest = hashlib.sha256(f"{self.seed} {purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def make_word_array(words: Sequence[str]) -> Column:
    """Array of the words, which Spark folds into a constant and sends to each worker once."""
    return F.split(F.lit("|".join(words)), r"\|")


def choose_by_share(uniform: Column, shares: Mapping[str, float]) -> Column:
    """Maps a uniform number to a category by cumulative share."""
    names, bounds = list(shares), np.cumsum(list(shares.values())) / sum(shares.values())
    chosen = F.lit(names[-1])
    for name, bound in reversed(list(zip(names[:-1], bounds[:-1].tolist(), strict=True))):
        chosen = F.when(uniform < bound, F.lit(name)).otherwise(chosen)
    return chosen


def look_up(name: Column, values: Mapping[str, str | float]) -> Column:
    """Looks a name up in a constant map; null if unknown."""
    return F.create_map(*(F.lit(part) for pair in values.items() for part in pair))[name]


def compute_running_sums(column: str, factors: Sequence[float]) -> Column:
    """Cumulative sums of an array's values times their factors: the bounds of `find_interval`."""
    return F.array(*accumulate(F.get(column, F.lit(place)) * factor for place, factor in enumerate(factors)))


def find_interval(uniform: Column, bounds: Column, count: int) -> Column:
    """Index of the interval of a number: how many of the first `count` rising bounds are at or below it.

    Written out, because a lambda is outside of Spark's generated code.
    """
    passed = (F.when(uniform >= F.get(bounds, F.lit(place)), 1).otherwise(0) for place in range(count))
    return reduce(add, passed)
