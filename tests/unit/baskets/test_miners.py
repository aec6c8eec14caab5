from __future__ import annotations

import pytest
from pyspark.sql import SparkSession
from tests.helpers.brute_force import as_counts, drawn, frequent, transactions

from marketlake.baskets import eclat, fp_growth
from marketlake.baskets.counting import count_itemsets


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("min_count", "max_size"), [(1, 9), (3, 9), (8, 2), (5, 1)])
def test_bitsets_find_what_counting_every_set_finds(seed: int, min_count: int, max_size: int) -> None:
    baskets = drawn(seed)
    found = eclat.mine(transactions(baskets), min_count=min_count, max_size=max_size)
    assert as_counts(found) == frequent(baskets, min_count, max_size)
    assert found.baskets == len(baskets)


def test_more_baskets_than_a_word_and_bitmaps_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eclat, "CELLS", 64 * 3)
    baskets = drawn(1, baskets=700)
    found = eclat.mine(transactions(baskets), min_count=20, max_size=9)
    assert as_counts(found) == frequent(baskets, 20, 9)


@pytest.mark.parametrize("baskets", [[], [[]], [["a"]], [["a", "b"], ["a", "b"], ["b", "a"]]])
def test_edges(baskets: list[list[str]]) -> None:
    found = eclat.mine(transactions(baskets), min_count=1, max_size=5)
    assert as_counts(found) == frequent(baskets, 1, 5)


def test_sets_are_found_where_they_stand() -> None:
    found = eclat.mine(transactions(drawn(3)), min_count=2, max_size=9)
    for rows in found.sets:
        assert found.find(rows).tolist() == list(range(len(rows)))


@pytest.mark.parametrize("max_size", [2, 9])
def test_mllib_finds_the_same(spark: SparkSession, max_size: int) -> None:
    baskets = drawn(5, baskets=200)
    frame = spark.createDataFrame([(basket,) for basket in baskets], "items array<string>")
    # 67 of 200 is a share that is no binary fraction: a count less or more would show.
    for min_count in (3, 67):
        mined = fp_growth.mine(frame, basket_count=len(baskets), min_count=min_count, max_size=max_size)
        assert as_counts(mined) == frequent(baskets, min_count, max_size)
    assert len(fp_growth.mine(frame, basket_count=len(baskets), min_count=200, max_size=max_size)) == 0


def test_sets_are_counted_in_other_baskets() -> None:
    baskets = drawn(8, baskets=150)
    sets = [("i0",), ("i1", "i0"), ("i0", "i8", "i2"), ("unknown",), ("i0", "unknown"), ("i3", "i3")]
    expected = [sum(set(names) <= set(basket) for basket in baskets) for names in sets]
    assert count_itemsets(transactions(baskets), sets).tolist() == expected
    assert count_itemsets(transactions([]), sets).tolist() == [0] * len(sets)
    assert count_itemsets(transactions(baskets), []).tolist() == []
