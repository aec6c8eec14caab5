"""Integer ids of customers and products: ALS needs integers, and a name keeps its id in every run."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F


def new_integer_ids(known: DataFrame, purchases: DataFrame) -> DataFrame:
    """Ids for customers and products without one: on from the largest, in the order of the names.

    All new names of a kind are sorted in one task: a million is a matter of seconds, and of the first run only.

    Args:
        known: ops.integer_ids.
        purchases: `interactions.purchases`.

    Returns:
        kind (customer or product; each has ids of its own, from 0), name, number (int).
    """
    return _new_of("customer", known, purchases).unionByName(_new_of("product", known, purchases))


def _new_of(kind: str, known: DataFrame, purchases: DataFrame) -> DataFrame:
    of_kind = known.where(F.col("kind") == kind)
    names = purchases.select(F.col(f"{kind}_id").alias("name")).distinct().join(of_kind, "name", "left_anti")
    largest = of_kind.agg(F.coalesce(F.max("number"), F.lit(-1)).alias("largest"))
    place = F.row_number().over(Window.orderBy("name"))
    return names.crossJoin(F.broadcast(largest)).select(
        F.lit(kind).alias("kind"), "name", (F.col("largest") + place).cast("int").alias("number")
    )


def with_integer_ids(pairs: DataFrame, known: DataFrame) -> DataFrame:
    """The ratings of pairs as ALS takes them: customer and item (integer ids), rating.

    A rating is ln(1 + interaction_weight), as in Hu et al. (2008), eq. 6.

    Args:
        pairs: customer_id, product_id, interaction_weight.
        known: ops.integer_ids, with all of their names.
    """

    def of(kind: str, id_column: str, number: str) -> DataFrame:
        return known.where(F.col("kind") == kind).select(F.col("name").alias(id_column), F.col("number").alias(number))

    return (
        pairs.join(of("customer", "customer_id", "customer"), "customer_id", "inner")
        .join(of("product", "product_id", "item"), "product_id", "inner")
        .select("customer", "item", F.log1p("interaction_weight").alias("rating"))
    )
