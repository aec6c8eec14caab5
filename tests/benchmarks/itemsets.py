"""Frequent itemsets by eclat beside FP-Growth of Spark MLlib: `make bench`, or for a quick look

    .venv/bin/python tests/benchmarks/itemsets.py --support 0.005 --repeats 1

Both start from the year's baskets by product type, cached in Spark, and end with all itemsets in this process; the sets
and their counts are compared.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

import harness
from pyspark.sql import functions as F

from marketlake.baskets import eclat, fp_growth
from marketlake.baskets.itemsets import Itemsets
from marketlake.baskets.transactions import Transactions
from marketlake.runtime import config as configuration
from marketlake.runtime import session

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "var" / "data" / "complete_journey"
CORES = 2
SUPPORT = 0.002
COPIES = (1, 2, 4)  # of the year, for growth
OURS, MLLIB = "bitsets", "MLlib FP-Growth"


def main() -> None:
    """Measures each size and prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--support", type=float, default=SUPPORT)
    parser.add_argument("--copies", type=int, action="append", help=f"repeatable; {COPIES}")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    config = configuration.load(ROOT / "conf" / "base.yaml", ["session.master=local[2]"])
    spark = session.build(config, "bench itemsets")
    lines, products = (spark.read.parquet(str(RAW / f"{name}.parquet")) for name in ("transactions", "products"))
    named = lines.where("quantity > 0").join(products.where("product_type is not null"), "product_id")
    year = named.groupBy("basket_id").agg(F.collect_set("product_type").alias("items")).select("items")
    results = []
    for copies in options.copies or COPIES:
        grown = year.crossJoin(spark.range(copies)).select("items").persist()
        number = grown.count()
        least = math.ceil(options.support * number)
        kept: dict[str, Itemsets] = {}

        def ours(grown=grown, least=least, kept=kept) -> None:  # type: ignore[no-untyped-def]
            kept[OURS] = eclat.mine(Transactions.from_arrow(grown.toArrow()["items"]), min_count=least, max_size=99)

        def mllib(grown=grown, number=number, least=least, kept=kept) -> None:  # type: ignore[no-untyped-def]
            kept[MLLIB] = fp_growth.mine(grown, basket_count=number, min_count=least, max_size=99)

        contenders: dict[str, Callable[[], object]] = {OURS: ours, MLLIB: mllib}
        results += harness.measure(contenders, rows=number, repeats=options.repeats, say=print)
        same(kept[OURS], kept[MLLIB])
        print(f"{number:,} baskets: {len(kept[OURS]):,} itemsets, the same of both")
        grown.unpersist()
    about = harness.environment(CORES)
    print("\n" + harness.table(results, (OURS,), about))
    print(harness.save("itemsets", ROOT / "var" / "bench", results, references=(OURS,), about=about))


def same(left: Itemsets, right: Itemsets) -> None:
    """Ends the bench when the miners disagree."""
    alike = len(left) == len(right) and all(
        (left.names[a] == right.names[b]).all() and (m == n).all()
        for a, b, m, n in zip(left.sets, right.sets, left.counts, right.counts, strict=True)
    )
    if not alike:
        raise SystemExit(f"itemsets differ: {len(left):,} and {len(right):,}")


if __name__ == "__main__":
    sys.exit(main())
