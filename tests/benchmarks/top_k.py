"""Lists of masked best products from factors, beside Spark MLlib and beside NumPy alone: `make bench`, or quickly

    .venv/bin/python tests/benchmarks/top_k.py --customers 4000 --products 2000 --repeats 1

20 products for each customer, of rank 64, without those that she has bought already. Ours hands blocks of customers to
NumPy inside Spark, and scores the products with the longest factors first; MLlib's `recommendForAllUsers` cannot leave
products out, so it is asked for as many more as anybody has bought, and an anti-join removes them; bare NumPy is one
process with all factors in memory that scores every product. All end in a finished parquet file, and the lists are
compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import harness
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from marketlake.recommend.methods import als
from marketlake.recommend.methods.inner_products import NormSortedFactors
from marketlake.recommend.methods.top_k import top_k
from marketlake.recommend.settings import AlsSettings
from marketlake.runtime import config as configuration
from marketlake.runtime import session

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "var" / "bench" / "top_k"
CORES, RANK, LENGTH, BOUGHT, BLOCK = 2, 64, 20, 50, 128
OURS, MLLIB, NUMPY = "blocks in Spark", "recommendForAllUsers", "bare NumPy"


def purchases(spark: SparkSession, customers: int, products: int) -> DataFrame:
    """customer, item, rating: about `BOUGHT` products each, drawn by hash, popular ones more often.

    The first tenth of the products has 46 % of the pairs; in Complete Journey it is 55 %.
    """
    place = F.pmod(F.xxhash64("customer", "n"), F.lit(1_000_003)) / 1_000_003
    many = spark.range(customers).withColumnRenamed("id", "customer").crossJoin(spark.range(BOUGHT).toDF("n"))
    item = (F.pow(place, 3) * products).cast("int")
    drawn = many.select(F.col("customer").cast("int"), item.alias("item"))
    return drawn.groupBy("customer", "item").agg(F.count("*").cast("float").alias("rating"))


Best = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def of_all(items: np.ndarray) -> Best:
    """Best products of a block of customers, and their scores, from the scores of all products."""

    def best(users: np.ndarray, row: np.ndarray, bought: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scores = users @ items.T
        scores[row, bought] = -np.inf
        return top_k(scores, LENGTH)

    return best


def of_longest(items: np.ndarray) -> Best:
    """The same as ours finds it."""
    products = NormSortedFactors.from_items(items)
    return lambda users, row, bought: products.best(users, row, bought, LENGTH)


class Contest:
    """The same factors and purchases for every contender."""

    def __init__(self, spark: SparkSession, customers: int, products: int) -> None:
        bought = purchases(spark, customers, products).persist()
        settings = AlsSettings(rank=RANK, iterations=1, min_buyers=1)
        self.model: ALSModel = als.fit(bought, settings, blocks=CORES)
        self.bought = bought
        held = bought.groupBy("customer").agg(F.collect_list("item").alias("bought"))
        self.most = held.agg(F.max(F.size("bought"))).collect()[0][0]
        factors = self.model.userFactors.withColumnRenamed("id", "customer")
        self.users = factors.join(held, "customer").persist()
        self.rows = self.users.count()
        self.products = self.model.itemFactors.count()
        known = np.array(sorted(row.id for row in self.model.itemFactors.select("id").collect()))
        self.numbers, self.items = known, als.item_factors(self.model, known, settings).items
        self.in_memory = self.users.toArrow()

    def ours(self) -> None:
        """`inner_products` inside Spark."""
        items, numbers = self.items, self.numbers

        def work(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            best = of_longest(items)
            for part in pa.Table.from_batches(batches).combine_chunks().to_batches(BLOCK):
                yield listed(part, best, numbers)

        schema = "customer int, item int, score float, place int"
        self.users.mapInArrow(work, schema).write.mode("overwrite").parquet(str(OUT / "ours"))

    def mllib(self) -> None:
        """What MLlib offers."""
        lists = self.model.recommendForAllUsers(LENGTH + self.most)
        every = lists.select("customer", F.explode("recommendations").alias("of")).select("customer", "of.*")
        left = every.join(self.bought, ["customer", "item"], "left_anti")
        place = F.row_number().over(Window.partitionBy("customer").orderBy(F.desc("rating"), "item"))
        best = left.select("customer", "item", F.col("rating").alias("score"), place.alias("place"))
        best.where(F.col("place") <= LENGTH).write.mode("overwrite").parquet(str(OUT / "mllib"))

    def numpy(self) -> None:
        """One process."""
        best = of_all(self.items)
        parts = [listed(part, best, self.numbers) for part in self.in_memory.to_batches(BLOCK)]
        pq.write_table(pa.Table.from_batches(parts), OUT / "numpy.parquet")


def listed(part: pa.RecordBatch, best: Best, numbers: np.ndarray) -> pa.RecordBatch:
    """Lists of a block of customers (customer, features, bought) as rows."""
    users = part["features"].flatten().to_numpy().reshape(-1, RANK)
    lengths = part["bought"].value_lengths().to_numpy()
    bought = np.searchsorted(numbers, part["bought"].flatten().to_numpy())
    place, scores = best(users, np.repeat(np.arange(len(users)), lengths), bought)
    columns = {
        "customer": pa.array(np.repeat(part["customer"].to_numpy(), LENGTH).astype(np.int32)),
        "item": pa.array(numbers[place].ravel().astype(np.int32)),
        "score": pa.array(scores.ravel()),
        "place": pa.array(np.tile(np.arange(1, LENGTH + 1, dtype=np.int32), len(users))),
    }
    return pa.RecordBatch.from_pydict(columns)


def agree() -> dict[str, float]:
    """Share of places with the same product as in our lists, for each peer; ends the bench where scores differ.

    A dot product is summed in another order by another library, and by NumPy for another number of rows: products
    whose scores differ by less than that may change places.
    """
    order = [("customer", "ascending"), ("place", "ascending")]
    ours, *theirs = (pq.read_table(OUT / name).sort_by(order) for name in ("ours", "mllib", "numpy.parquet"))
    shares = {}
    for peer, table in zip((MLLIB, NUMPY), theirs, strict=True):
        scores = [lists["score"].to_numpy() for lists in (ours, table)]
        if len(scores[0]) != len(scores[1]) or not np.allclose(*scores, rtol=1e-4, atol=1e-6):
            raise SystemExit(f"scores of {OURS} and {peer} differ")
        shares[peer] = float(np.mean(ours["item"].to_numpy() == table["item"].to_numpy()))
    return shares


def main() -> None:
    """Measures, compares, and prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, action="append", help="repeatable; 10,000, 20,000 and 40,000")
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    spark = session.build(configuration.load(ROOT / "conf" / "base.yaml", ["session.master=local[2]"]), "bench top k")
    results = []
    for customers in options.customers or (10_000, 20_000, 40_000):
        contest = Contest(spark, customers, options.products)
        contenders: dict[str, Callable[[], object]] = {
            OURS: contest.ours, NUMPY: contest.numpy, MLLIB: contest.mllib,
        }  # fmt: skip
        results += harness.measure(contenders, rows=contest.rows, repeats=options.repeats, say=print)
        same = ", ".join(f"{share:.4%} with {peer}" for peer, share in agree().items())
        print(f"{contest.rows:,} customers, {contest.products:,} products: the same product in {same} of all places")
        spark.catalog.clearCache()
    about = harness.environment(CORES)
    print("\n" + harness.table(results, (OURS, NUMPY), about))
    print(harness.save("top_k", ROOT / "var" / "bench", results, references=(OURS, NUMPY), about=about))


if __name__ == "__main__":
    sys.exit(main())
