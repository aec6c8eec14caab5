"""Random numbers that are functions: of a seed, of what they are for, and of the keys of a row.

The same row gets the same number whatever the partition, the cluster, the batch or the rows beside it.
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
    """All random numbers of one simulated retailer.

    Attributes:
        seed: another seed is another retailer.
    """

    seed: int

    def number(self, purpose: str, *keys: Key) -> Column:
        """64 hashed bits. `purpose` names the draw: two draws of one row that share it are the same number."""
        return F.xxhash64(F.lit(self._salt(purpose)), *keys)

    def uniform(self, purpose: str, *keys: Key) -> Column:
        """In [0, 1), with 53 bits."""
        return F.shiftrightunsigned(self.number(purpose, *keys), 11) * F.lit(2.0**-53)

    def chance(self, probability: float | Column, purpose: str, *keys: Key) -> Column:
        """True with the probability."""
        return self.uniform(purpose, *keys) < probability

    def below(self, count: int | Column, purpose: str, *keys: Key) -> Column:
        """A whole number from 0 to below `count`, as int."""
        return F.floor(self.uniform(purpose, *keys) * count).cast("int")

    def exponential(self, mean: float | Column, purpose: str, *keys: Key) -> Column:
        """Exponential with the mean."""
        return -F.log(1 - self.uniform(purpose, *keys)) * mean

    def count(self, mean: float, purpose: str, *keys: Key) -> Column:
        """Geometric from 0 with the mean, as int."""
        steps = F.log(1 - self.uniform(purpose, *keys)) / math.log(mean / (1 + mean))
        return F.floor(steps).cast("int")

    def normal(self, purpose: str, *keys: Key) -> Column:
        """Standard normal (Box and Muller 1958)."""
        radius = F.sqrt(-2 * F.log(1 - self.uniform(purpose, *keys)))
        return radius * F.cos(2 * math.pi * self.uniform(f"{purpose}, angle", *keys))

    def quantile(self, table: np.ndarray, purpose: str, *keys: Key) -> Column:
        """A value of a table of equally likely ones: any distribution whose quantiles are known."""
        values = F.split(F.lit(",".join(map(repr, table.tolist()))), ",").cast("array<double>")
        return F.get(values, self.below(len(table), purpose, *keys))

    def word(self, words: Sequence[str], purpose: str, *keys: Key) -> Column:
        """One of the words, the earlier ones more often: as names are distributed, roughly."""
        place = F.floor(F.pow(self.uniform(purpose, *keys), 2.0) * len(words)).cast("int")
        return F.get(word_list(words), place)

    def choice(self, shares: Mapping[str, float], purpose: str, *keys: Key) -> Column:
        """One of a few names, each with its share; shares are scaled to 1."""
        return by_share(self.uniform(purpose, *keys), shares)

    def generator(self, purpose: str, *keys: int) -> np.random.Generator:
        """NumPy's generator for a small table that is made on the driver."""
        return np.random.default_rng([abs(self._salt(purpose)), *keys])

    def _salt(self, purpose: str) -> int:
        digest = hashlib.sha256(f"{self.seed} {purpose}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def word_list(words: Sequence[str]) -> Column:
    """A list that Spark folds into a constant, and so sends to each worker once."""
    return F.split(F.lit("|".join(words)), r"\|")


def by_share(uniform: Column, shares: Mapping[str, float]) -> Column:
    """The name into whose part of [0, 1) a number falls."""
    names, bounds = list(shares), np.cumsum(list(shares.values())) / sum(shares.values())
    chosen = F.lit(names[-1])
    for name, bound in reversed(list(zip(names[:-1], bounds[:-1].tolist(), strict=True))):
        chosen = F.when(uniform < bound, F.lit(name)).otherwise(chosen)
    return chosen


def by_name(name: Column, values: Mapping[str, str | float]) -> Column:
    """What stands beside a name; missing for a name that is not there."""
    return F.create_map(*(F.lit(part) for pair in values.items() for part in pair))[name]


def running_sums(column: str, factors: Sequence[float]) -> Column:
    """The rising bounds that `place_in` wants: sums of an array's values, each times its factor, up to each place."""
    return F.array(*accumulate(F.get(column, F.lit(place)) * factor for place, factor in enumerate(factors)))


def place_in(uniform: Column, bounds: Column, count: int) -> Column:
    """How many of the first `count` rising bounds of an array a number has passed: the part that it falls into.

    Written out and not as a lambda, for which Spark would leave its generated code.
    """
    passed = (F.when(uniform >= F.get(bounds, F.lit(place)), 1).otherwise(0) for place in range(count))
    return reduce(add, passed)
