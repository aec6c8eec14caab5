"""From the baskets of a scope (a level of the product tree, for all customers or for a part of them) to its rules."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from marketlake.baskets.counting import counts_in
from marketlake.baskets.eclat import mine
from marketlake.baskets.itemsets import Itemsets
from marketlake.baskets.measures import false_discovery_rate, lift_interval, measures
from marketlake.baskets.rules import rules
from marketlake.baskets.settings import Mining
from marketlake.baskets.transactions import Transactions
from marketlake.tables.baskets import ASSOCIATION_RULES

SCOPE = ("level", "dimension", "member")
COLUMNS = tuple(name for name in ASSOCIATION_RULES.column_names if name not in ("run_date", *SCOPE))


def min_count(baskets: int, support: float, settings: Mining) -> int:
    """Baskets that a set of items must be in: a share of all, but never so few that it says nothing."""
    return max(math.ceil(support * baskets), settings.min_count)


def mined(baskets: pa.Table, support: float, settings: Mining) -> pd.DataFrame:
    """The rules of a scope that fits one process.

    Args:
        baskets: items (lists of distinct strings), is_next (whether of the period after the one that is mined).
        support: least share of the baskets.
        settings: how.

    Returns:
        `COLUMNS`.
    """
    is_next = baskets["is_next"].combine_chunks()
    earlier, later = (Transactions.of(baskets["items"].filter(chosen)) for chosen in (pc.invert(is_next), is_next))
    itemsets = mine(earlier, min_count=min_count(len(earlier), support, settings), longest=settings.longest)
    found = kept_rules(itemsets, settings)
    return with_next(found, counts_in(later, counted_sets(found)), len(later))


def kept_rules(itemsets: Itemsets, settings: Mining) -> pd.DataFrame:
    """The rules that are confident, say more than a shorter one, sell more than by chance, and are not chance.

    The rate of false discoveries is over all rules that are confident and not redundant. They were chosen by the same
    baskets, so it is a guide; whether they hold is seen in the next period.

    Args:
        itemsets: all frequent ones of the scope.
        settings: how.

    Returns:
        the columns up to q_value.
    """
    found = rules(itemsets, min_confidence=settings.min_confidence)
    found = found[~found["is_redundant"].astype(bool)].reset_index(drop=True)
    found["baskets"] = itemsets.baskets
    names = ("count", "antecedent_count", "consequent_count", "baskets")
    both, antecedent, consequent, baskets = (found[name].to_numpy(np.int64) for name in names)
    found = found.assign(**measures(both, antecedent, consequent, baskets))
    found["conviction"] = found["conviction"].replace(np.inf, np.nan)  # not every engine adds up what is infinite
    found["q_value"] = false_discovery_rate(found["p_value"].to_numpy())
    found = found[found["q_value"] <= settings.significance].reset_index(drop=True)
    antecedents = [itemsets.names[places].tolist() for places in found["antecedent"]]
    found["antecedent"] = pd.Series(antecedents, dtype=object)
    found["consequent"] = itemsets.names[found["consequent"].to_numpy(np.int64)]
    return found


def counted_sets(found: pd.DataFrame) -> list[tuple[str, ...]]:
    """What must be counted in the next period: for each rule both, then the antecedents, then the consequents."""
    antecedents = [tuple(names) for names in found["antecedent"]]
    consequents = list(found["consequent"])
    both = [(*names, name) for names, name in zip(antecedents, consequents, strict=True)]
    return [*both, *antecedents, *((name,) for name in consequents)]


def with_next(found: pd.DataFrame, counts: np.ndarray, baskets: int) -> pd.DataFrame:
    """Rules with what became of them in the next period.

    A rule holds when its lift is above 1 there, and the 95 % interval too. Of a rule whose items were not bought in
    that period at all nothing is known.

    Args:
        found: from `kept_rules`.
        counts: of `counted_sets`.
        baskets: of the next period.

    Returns:
        `COLUMNS`.
    """
    both, antecedent, consequent = counts.reshape(3, len(found)).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        confidence, lift = both / antecedent, both * baskets / (antecedent * consequent)
        low, high = lift_interval(both, antecedent, consequent, np.full(len(found), baskets))
    is_known = (antecedent > 0) & (consequent > 0)
    low, high = (np.where(both > 0, values, np.nan) for values in (low, high))
    holds = pd.Series(low > 1, dtype="boolean").where(is_known, pd.NA)
    table = found.assign(
        next_baskets=baskets,
        next_count=both.astype(np.int64),
        next_antecedent_count=antecedent.astype(np.int64),
        next_confidence=confidence,
        next_lift=np.where(is_known, lift, np.nan),
        next_lift_low=low,
        next_lift_high=high,
        holds=holds,
    )
    return table[list(COLUMNS)]
