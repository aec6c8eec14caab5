"""The ladder of a cold start: segments in Spark against pandas, lists that are filled rung by rung, products alike."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from tests.helpers.habits import FIRST_DAY, LINES, habits

from marketlake.recommend.data.catalogue import STATISTICS, Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.data.demographics import demographic_segments, segment_popularity
from marketlake.recommend.data.interactions import purchases
from marketlake.recommend.data.pairs import aggregate_by_day, build_pairs
from marketlake.recommend.methods.content import COLUMNS, Content
from marketlake.recommend.methods.fold_in import Factors
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.scoring import recommend_fallback
from marketlake.recommend.serving.cold_start import content_lists
from marketlake.recommend.serving.popularity_fallback import NO_SEGMENT, PopularityFallback, fill_from_levels
from marketlake.recommend.serving.pyfunc import pairs_from_purchases

# Of four products sold lately by 40, 30, 20 and 0 of 100 customers.
BUYERS = np.array([40, 30, 20, 0], dtype=np.float32)
CATALOGUE = Catalogue(
    np.array(["a", "b", "c", "d"]),
    np.array([0, 0, 1, 2]),
    np.zeros(4, dtype=int),
    dict.fromkeys(STATISTICS, BUYERS),
)
YOUNG = pd.DataFrame(
    [("young", "c", 9, 10), ("young", "b", 5, 10), ("young", "no longer sold", 10, 10)],
    columns=["segment", "product_id", "buyers", "customers"],
)


@pytest.fixture(scope="module")
def ladder() -> PopularityFallback:
    return PopularityFallback.from_segment_popularity(YOUNG, CATALOGUE, 100)


def slowly(rungs: list[list[float]], length: int) -> list[tuple[int, int]]:
    """The list of a ladder, rung after rung: (product, rung)."""
    made: list[tuple[int, int]] = []
    for rung, scores in enumerate(rungs):
        for item in sorted(range(len(scores)), key=lambda item: (-scores[item], item)):
            if scores[item] > 0 and item not in [each for each, _ in made]:
                made.append((item, rung))
    return made[:length]


@pytest.mark.parametrize("length", [1, 4, 12, 40])
def test_a_ladder_is_climbed_down_rung_by_rung(length: int) -> None:
    draws = np.random.default_rng(length)
    for _ in range(20):
        rungs = draws.integers(0, 4, (3, 15)) * (draws.random((3, 15)) < 0.4)  # few values: many ties
        items, rung = fill_from_levels(rungs, length)
        assert list(zip(items.tolist(), rung.tolist(), strict=True)) == slowly(rungs.tolist(), length)


def test_of_empty_rungs_there_is_nothing() -> None:
    assert fill_from_levels(np.zeros((2, 5)), 3)[0].tolist() == []


def test_a_segment_has_its_own_list_filled_up_by_what_all_buy(ladder: PopularityFallback) -> None:
    lists = ladder.lists(4).set_index("segment")
    young, everybody = lists.loc["young"], lists.loc[NO_SEGMENT]
    assert young["product_id"].tolist() == ["c", "b", "a", "d"]
    assert young["list_type"].tolist() == ["segment", "segment", "popular", "popular"]
    assert young["score"].tolist() == pytest.approx([0.9, 0.5, 0.4, 0.0], abs=1e-3)
    assert everybody["product_id"].tolist() == ["a", "b", "c", "d"]
    assert set(everybody["list_type"]) == {"popular"}
    assert everybody["rank"].tolist() == [1, 2, 3, 4]
    assert ladder.matrix(np.array(["old", "young", NO_SEGMENT]), 5).tolist() == [
        [0, 1, 2, 3, -1],
        [2, 1, 0, 3, -1],
        [0, 1, 2, 3, -1],
    ]


def test_without_segments_all_get_what_all_buy() -> None:
    assert PopularityFallback.from_segment_popularity(YOUNG.head(0), CATALOGUE, 100).matrix(
        np.array(["young"]), 2
    ).tolist() == [[0, 1]]


def test_customers_get_the_list_of_their_segment(spark: SparkSession, ladder: PopularityFallback) -> None:
    people = spark.createDataFrame(
        [("ann", "young"), ("bob", None), ("cat", "old")], "customer_id string, segment string"
    )
    rows = recommend_fallback(people, ladder, length=1).orderBy("customer_id").collect()
    assert [(row.customer_id, row["rank"], row.product_id, row["list_type"]) for row in rows] == [
        ("ann", 1, "c", "segment"),
        ("bob", 1, "a", "popular"),
        ("cat", 1, "a", "popular"),
    ]


def test_a_segment_is_whom_all_columns_are_known_of(spark: SparkSession) -> None:
    rows = [("a", "19-24", 2), ("b", None, 2), ("c", "19-24", None)]
    customers = spark.createDataFrame(rows, "customer_id string, age_band string, size int")
    found = {row.customer_id: row.segment for row in demographic_segments(customers, ("age_band", "size")).collect()}
    assert found == {"a": "19-24, 2", "b": None, "c": None}
    assert {row.segment for row in demographic_segments(customers, ()).collect()} == {None}


def test_what_a_segment_buys_by_pandas(spark: SparkSession) -> None:
    lines, as_of = habits(), FIRST_DAY + timedelta(days=80)
    frame = spark.createDataFrame(lines.to_records(index=False).tolist(), LINES)
    known = build_pairs(
        aggregate_by_day(purchases(frame), {"order": 1.0}), as_of=as_of, weights={"order": 1.0}, half_life_days=50
    )
    # Segment 0 has all customers below 30, segment 1 five more, 2 and "none" the rest.
    names = {f"c{n:02}": "0" if n < 30 else "1" if n < 35 else None for n in range(40)}
    of = spark.createDataFrame(list(names.items()), "customer_id string, segment string")
    found = segment_popularity(known, of, min_customers=6).toPandas()
    before = lines[(lines["booked_date"] < as_of)].assign(segment=lines["customer_id"].map(names))
    recent = before[(before["booked_date"] >= as_of - timedelta(days=28)) & (before["segment"] == "0")]
    expected = recent.groupby("product_id")["customer_id"].nunique()
    assert set(found["segment"]) == {"0"}
    assert found.set_index("product_id")["buyers"].to_dict() == expected.to_dict()
    assert set(found["customers"]) == {before[before["segment"] == "0"]["customer_id"].nunique()}


@pytest.fixture(scope="module")
def content() -> Content:
    """a and b are salads, c and d drinks; y is a salad and z a drink that is no longer sold; x has no words."""
    types = {"a": "SALAD", "b": "SALAD", "c": "DRINK", "d": "DRINK", "x": None, "y": "SALAD", "z": "DRINK"}
    products = pd.DataFrame({"product_id": list(types), "product_type": list(types.values())})
    return Content.fit(products.assign(department=None, category=None, brand=None, package_size=None), CATALOGUE)


def lists_of(
    rows: list[tuple[str, str | None, int]], content: Content, length: int
) -> dict[str, list[tuple[str, str]]]:
    bought = pd.DataFrame(rows, columns=["customer_id", "product_id", "age_days"])
    batch = CustomerBatch.from_arrow(pa.Table.from_pandas(pairs_from_purchases(bought, 60)), CATALOGUE)
    state = FittedState(CATALOGUE, 100, Factors.from_items(np.zeros((4, 1)), 0.1, 1.0), {"content": content})
    made = content_lists(batch, state, length=length)
    return {one["customer_id"].iloc[0]: list(zip(one["product_id"], one["list_type"], strict=True)) for one in made}


def test_who_bought_what_is_no_longer_sold_gets_the_like_of_it(content: Content) -> None:
    found = lists_of([("ann", "z", 3), ("bob", "y", 3), ("cat", "x", 1), ("dan", None, 0)], content, 3)
    assert found["ann"] == [("c", "content"), ("d", "content"), ("a", "popular")]
    assert found["bob"] == [("a", "content"), ("b", "content"), ("c", "popular")]
    assert found["cat"] == found["dan"] == [("a", "popular"), ("b", "popular"), ("c", "popular")]


def test_without_words_nothing_is_alike() -> None:
    silent = pd.DataFrame({"product_id": ["a", "b", "c", "d", "z"]}).assign(**dict.fromkeys(COLUMNS))
    found = lists_of([("ann", "z", 3)], Content.fit(silent, CATALOGUE), 2)
    assert found["ann"] == [("a", "popular"), ("b", "popular")]


def test_likeness_is_the_cosine_of_words(content: Content) -> None:
    rows = pd.DataFrame([("ann", "a", 0), ("ann", "z", 0)], columns=["customer_id", "product_id", "age_days"])
    found = content.scores(CustomerBatch.from_arrow(pa.Table.from_pandas(pairs_from_purchases(rows, 60)), CATALOGUE))
    np.testing.assert_allclose(found, np.full((1, 4), np.sqrt(0.5)), atol=1e-6)  # half salad, half drink
    lengths = np.linalg.norm(content.vectors.toarray(), axis=1)
    assert lengths.round(6).tolist() == [1, 1, 1, 1, 0, 1, 1]  # x has no words
