"""The fit of ALS by Spark MLlib beside the library `implicit`: `make bench`, or for a quick look

    .venv/bin/python tests/benchmarks/als.py --copies 1 --repeats 1

Both are fitted on what households bought before a day, as often as they bought it, and judged by nDCG@10 on the four
weeks after it, nothing masked: the same rank, alpha and iterations, and for each the regularisation that judged best
(MLlib multiplies it by a row's ratings, implicit does not); and MLlib with no more iterations than make it as good as
implicit. A fit begins with ratings in memory (Spark's cache, a matrix) and ends with all factors in this process.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import harness
import implicit.als
import numpy as np
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from scipy import sparse
from threadpoolctl import threadpool_limits

from marketlake.recommend.evaluation.metrics import find_hits, ndcg
from marketlake.recommend.methods import als
from marketlake.recommend.methods.top_k import top_k
from marketlake.recommend.settings import AlsSettings
from marketlake.runtime import config as configuration
from marketlake.runtime import session

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "var" / "data" / "complete_journey"
CORES, DAY, END, LEAST = 2, "2017-12-04", "2018-01-01", 5
RANK, ALPHA, ITERATIONS = 32, 2.0, 10
REGULARISED = (0.01, 0.03, 0.1, 0.3, 1.0), (10.0, 30.0, 100.0, 300.0, 1000.0)  # MLlib, implicit
COPIES = (1, 2, 4)  # of the households, for growth
MLLIB, SHORTER, PEER = "MLlib", "MLlib, as good", "implicit"


class Contest:
    """Ratings of a size, and what was bought after the day."""

    def __init__(self, lines: DataFrame, copies: int) -> None:
        numbered = lines.withColumn("customer", F.col("household_id").cast("int")).withColumn(
            "item", (F.dense_rank().over(Window.orderBy("product_id")) - 1).cast("int")
        )
        before = numbered.where(F.col("day") < DAY).groupBy("customer", "item")
        every = before.agg(F.count_distinct("day").cast("float").alias("rating"))
        copied = every.crossJoin(lines.sparkSession.range(copies).toDF("copy"))
        self.ratings = copied.withColumn("customer", (F.col("customer") + 10_000 * F.col("copy")).cast("int")).persist()
        self.rows = self.ratings.count()
        table = every.toPandas()
        self.customers, row = np.unique(table["customer"], return_inverse=True)
        self.items = int(table["item"].max()) + 1
        shape = (len(self.customers), self.items)
        own = sparse.csr_matrix((table["rating"].to_numpy(), (row, table["item"])), shape=shape)
        self.matrix = sparse.vstack([own] * copies, format="csr")
        after = numbered.where((F.col("day") >= DAY) & (F.col("day") < END)).select("customer", "item").distinct()
        bought = after.toPandas()
        known = bought[bought["customer"].isin(self.customers)]
        self.relevant = np.column_stack([np.searchsorted(self.customers, known["customer"]), known["item"]])

    def mllib(self, reg: float, iterations: int = ITERATIONS) -> tuple[np.ndarray, np.ndarray]:
        """Factors of customers and products by MLlib."""
        settings = AlsSettings(rank=RANK, reg=reg, alpha=ALPHA, iterations=iterations, min_buyers=1)
        model = als.fit(self.ratings, settings, blocks=CORES)
        rows = model.userFactors.select("id", "features").toArrow().sort_by("id")
        users = rows["features"].combine_chunks().flatten().to_numpy().reshape(-1, RANK)
        return users, als.item_factors(model, np.arange(self.items), settings).items

    def implicit(self, reg: float) -> tuple[np.ndarray, np.ndarray]:
        """Factors of customers and products by implicit."""
        settings = {"factors": RANK, "regularization": reg, "alpha": ALPHA, "iterations": ITERATIONS}
        model = implicit.als.AlternatingLeastSquares(**settings, num_threads=CORES, random_state=1)
        with threadpool_limits(1, "blas"):  # its own threads are enough, as it says itself
            model.fit(self.matrix, show_progress=False)
        return np.asarray(model.user_factors), np.asarray(model.item_factors)

    def ndcg(self, users: np.ndarray, items: np.ndarray) -> float:
        """nDCG@10 of the households that bought in the four weeks."""
        found, _ = top_k(users[: len(self.customers)] @ items.T, 10)
        counts = np.bincount(self.relevant[:, 0], minlength=len(self.customers))
        judged = np.flatnonzero(counts)
        return float(ndcg(find_hits(found, self.relevant, self.items)[judged], counts[judged], 10).mean())


def as_good(contest: Contest, reg: float, wanted: float) -> int:
    """The fewest iterations with which MLlib reaches an nDCG; all of them where none does."""
    for iterations in range(1, ITERATIONS):
        reached = contest.ndcg(*contest.mllib(reg, iterations))
        print(f"{MLLIB}: nDCG@10 {reached:.4f} with {iterations} iterations", flush=True)
        if reached >= wanted:
            return iterations
    return ITERATIONS


def main() -> None:
    """Chooses the regularisation of each, measures, and prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, action="append", help=f"repeatable; {COPIES}")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    spark = session.build(configuration.load(ROOT / "conf" / "base.yaml", ["session.master=local[2]"]), "bench als")
    sold = spark.read.parquet(str(RAW / "transactions.parquet")).where("quantity > 0")
    lines = sold.select("household_id", "product_id", F.to_date("transaction_timestamp").alias("day"))
    buyers = lines.groupBy("product_id").agg(F.count_distinct("household_id").alias("n")).where(F.col("n") >= LEAST)
    lines = lines.join(buyers, "product_id", "left_semi").persist()
    first, results = Contest(lines, 1), []
    best, worth = {}, {}
    for name, fit, regs in ((MLLIB, first.mllib, REGULARISED[0]), (PEER, first.implicit, REGULARISED[1])):
        judged = {reg: first.ndcg(*fit(reg)) for reg in regs}
        best[name] = max(judged, key=lambda reg: judged[reg])
        worth[name] = judged[best[name]]
        print(f"{name}: nDCG@10 " + ", ".join(f"{value:.4f} at {reg:g}" for reg, value in judged.items()), flush=True)
    enough = as_good(first, best[MLLIB], worth[PEER])
    for copies in options.copies or COPIES:
        contest = first if copies == 1 else Contest(lines, copies)
        contenders = {
            MLLIB: lambda c=contest: c.mllib(best[MLLIB]),
            SHORTER: lambda c=contest: c.mllib(best[MLLIB], enough),
            PEER: lambda c=contest: c.implicit(best[PEER]),
        }
        results += harness.measure(contenders, rows=contest.rows, repeats=options.repeats, say=print)
        contest.ratings.unpersist()
    about = harness.environment(CORES)
    print("\n" + harness.table(results, (PEER,), about))
    print(harness.save("als", ROOT / "var" / "bench", results, references=(PEER,), about=about))


if __name__ == "__main__":
    sys.exit(main())
