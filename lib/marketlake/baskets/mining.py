"""The rules of one scope: mined, selected, and tested on the holdout period."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from marketlake.baskets.association_rules import derive_rules
from marketlake.baskets.counting import count_itemsets
from marketlake.baskets.eclat import mine
from marketlake.baskets.itemsets import Itemsets
from marketlake.baskets.measures import compute_measures, false_discovery_rate, lift_interval
from marketlake.baskets.scopes import SCOPE
from marketlake.baskets.settings import MiningSettings
from marketlake.baskets.transactions import Transactions
from marketlake.tables.baskets import ASSOCIATION_RULES

COLUMNS = tuple(name for name in ASSOCIATION_RULES.column_names if name not in ("run_date", *SCOPE))


def min_count(baskets: int, min_support: float, settings: MiningSettings) -> int:
    """Baskets that must hold an itemset: a share of all, but never too few to be informative."""
    return max(math.ceil(min_support * baskets), settings.min_count)


def mine_scope(baskets: pa.Table, min_support: float, settings: MiningSettings) -> pd.DataFrame:
    """The rules of a scope that fits in one process.

    Args:
        baskets: items (lists of distinct strings), is_holdout (true for baskets after the mined period).
        min_support: smallest share of the baskets.
        settings: of the mining.

    Returns:
        `COLUMNS`.
    """
    is_holdout = baskets["is_holdout"].combine_chunks()
    mined, holdout = (
        Transactions.from_arrow(baskets["items"].filter(mask)) for mask in (pc.invert(is_holdout), is_holdout)
    )
    count = min_count(len(mined), min_support, settings)
    itemsets = mine(mined, min_count=count, max_size=settings.max_itemset_size)
    rules = select_rules(itemsets, settings)
    return add_holdout_results(rules, count_itemsets(holdout, itemsets_to_count(rules)), len(holdout))


def select_rules(itemsets: Itemsets, settings: MiningSettings) -> pd.DataFrame:
    """The rules that are confident, not redundant, and not chance.

    The false discovery rate is that of all rules that are confident and not redundant. They were selected on the same
    baskets, so it is a guide; the holdout period shows which rules are replicated.

    Args:
        itemsets: all frequent ones of the scope.
        settings: of the mining.

    Returns:
        the columns up to q_value.
    """
    rules = derive_rules(itemsets, min_confidence=settings.min_confidence)
    rules = rules[~rules["is_redundant"].astype(bool)].reset_index(drop=True)
    rules["baskets"] = itemsets.baskets
    names = ("count", "antecedent_count", "consequent_count", "baskets")
    both, antecedent, consequent, baskets = (rules[name].to_numpy(np.int64) for name in names)
    rules = rules.assign(**compute_measures(both, antecedent, consequent, baskets))
    rules["conviction"] = rules["conviction"].replace(np.inf, np.nan)  # not every engine can aggregate infinity
    rules["q_value"] = false_discovery_rate(rules["p_value"].to_numpy())
    rules = rules[rules["q_value"] <= settings.max_false_discovery_rate].reset_index(drop=True)
    antecedents = [itemsets.names[positions].tolist() for positions in rules["antecedent"]]
    rules["antecedent"] = pd.Series(antecedents, dtype=object)
    rules["consequent"] = itemsets.names[rules["consequent"].to_numpy(np.int64)]
    return rules


def itemsets_to_count(rules: pd.DataFrame) -> list[tuple[str, ...]]:
    """Itemsets to count in the holdout: of all rules both sides, then the antecedents, then the consequents."""
    antecedents = [tuple(names) for names in rules["antecedent"]]
    consequents = list(rules["consequent"])
    both = [(*names, name) for names, name in zip(antecedents, consequents, strict=True)]
    return [*both, *antecedents, *((name,) for name in consequents)]


def add_holdout_results(rules: pd.DataFrame, counts: np.ndarray, baskets: int) -> pd.DataFrame:
    """Rules with their counts and measures in the holdout period.

    A rule is replicated when the 95 % interval of its lift is above 1 there too. Nothing is known of a rule with an
    item that was not bought in that period.

    Args:
        rules: `select_rules`.
        counts: of `itemsets_to_count`.
        baskets: number of holdout baskets.

    Returns:
        `COLUMNS`.
    """
    both, antecedent, consequent = counts.reshape(3, len(rules)).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        confidence, lift = both / antecedent, both * baskets / (antecedent * consequent)
        low, high = lift_interval(both, antecedent, consequent, np.full(len(rules), baskets))
    is_known = (antecedent > 0) & (consequent > 0)
    low, high = (np.where(both > 0, values, np.nan) for values in (low, high))
    table = rules.assign(
        holdout_baskets=baskets,
        holdout_count=both.astype(np.int64),
        holdout_antecedent_count=antecedent.astype(np.int64),
        holdout_confidence=confidence,
        holdout_lift=np.where(is_known, lift, np.nan),
        holdout_lift_low=low,
        holdout_lift_high=high,
        is_replicated=pd.Series(low > 1, dtype="boolean").where(is_known, pd.NA),
    )
    return table[list(COLUMNS)]
