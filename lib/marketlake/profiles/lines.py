"""Sums and sets of order lines by customer, reduced in Arrow where the lines are read.

Spark's own sets cost an object a line, and distinct rows of customer and product are more than half as many as the
lines, so that shuffling them is dear. Here a chunk of lines is reduced to a row a customer before the shuffle.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.tables.table import MONEY

# Memory of a Python worker: about 150 bytes a line. Customers that two chunks share are merged afterwards.
LINES_AT_ONCE = 2_000_000
SETS = ("brands", "products")
SUMS = ("cents", "quantity")
REDUCED = """customer_id string, private_label_cents bigint,
    by_category map<string,struct<cents:bigint,quantity:bigint>>, brands array<string>, products array<string>"""


def cents(amount: str) -> Column:
    """Whole cents: many times cheaper to add up and to pass on than decimals, and exact, since 18 digits fit."""
    return (F.col(amount) * 100).cast("bigint")


def money(cents: Column) -> Column:
    """Cents as the lake's type for money."""
    return (cents.cast("decimal(20,0)") * F.lit(Decimal("0.01"))).cast(MONEY)


def by_customer(bought: DataFrame) -> DataFrame:
    """What each customer bought.

    Args:
        bought: one row a line: customer_id, product_id, quantity, cents (net), and category, brand and
            is_private_label of the product; of these only `brand` may be missing.

    Returns:
        customer_id, private_label_amount, by_category, brands and products as in gold.customer_profiles; sorted.
    """
    columns = ("customer_id", "product_id", *SUMS, "category", "brand", "is_private_label")
    merged = (
        bought.select(*columns)
        .mapInArrow(_reduced, REDUCED)
        .groupBy("customer_id")
        .agg(
            F.sum("private_label_cents").alias("private_label_cents"),
            F.collect_list("by_category").alias("maps"),
            *(F.flatten(F.collect_list(name)).alias(name) for name in SETS),
        )
    )
    entries = F.transform(F.map_entries(_merged("maps")), _as_money)
    return merged.select(
        "customer_id",
        money(F.coalesce("private_label_cents", F.lit(0))).alias("private_label_amount"),
        F.map_from_entries(F.array_sort(entries)).alias("by_category"),
        *(F.array_sort(F.array_distinct(name)).alias(name) for name in SETS),
    )


def _merged(maps: str) -> Column:
    others = F.slice(maps, 2, F.size(maps))
    return F.reduce(others, F.element_at(maps, 1), lambda all_, one: F.map_zip_with(all_, one, _added))


def _added(_: Column, a: Column, b: Column) -> Column:
    zero = F.lit(0).cast("bigint")
    return F.struct(*((F.coalesce(a[name], zero) + F.coalesce(b[name], zero)).alias(name) for name in SUMS))


def _as_money(entry: Column) -> Column:
    value = entry["value"]
    return F.struct(
        entry["key"], F.struct(money(value["cents"]).alias("net_amount"), value["quantity"].alias("quantity"))
    )


def _reduced(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    chunk: list[pa.RecordBatch] = []
    lines = 0
    for batch in batches:
        chunk.append(batch)
        lines += batch.num_rows
        if lines >= LINES_AT_ONCE:
            yield _customers(pa.Table.from_batches(chunk))
            chunk, lines = [], 0
    if lines:
        yield _customers(pa.Table.from_batches(chunk))


def _customers(lines: pa.Table) -> pa.RecordBatch:
    """A row a customer of one chunk. Names are numbered once; from there on it is arithmetic on numbers."""
    customers, products = _numbered(lines["customer_id"]), _numbered(lines["product_id"])
    # What is said of a product stands on each of its lines: any of them will do.
    line_of = np.empty(len(products.dictionary), dtype=np.int64)
    line_of[products.indices] = np.arange(lines.num_rows)
    about = lines.select(["category", "brand", "is_private_label"]).take(pa.array(line_of))
    categories, brands = _numbered(about["category"]), _numbered(about["brand"])

    numbers = [customers.indices, products.indices, lines["cents"], lines["quantity"]]
    by_product = _summed(pa.table(numbers, ["customer", "product", *SUMS]), ["customer", "product"])
    product = by_product["product"]
    by_product = (
        by_product.append_column("category", categories.indices.take(product))
        .append_column("brand", brands.indices.take(product))
        .append_column("private", about["is_private_label"].take(product))
    )
    by_category = _summed(by_product, ["customer", "category"])
    by_brand = _summed(by_product, ["customer", "brand"])
    by_brand = by_brand.filter(pc.is_valid(by_brand["brand"]))
    private = _summed(by_product.filter(by_product["private"]), ["customer"])

    everyone = pa.array(np.arange(len(customers.dictionary)))
    found = pc.index_in(everyone, private["customer"].cast(pa.int64()))
    amounts = [by_category[name].combine_chunks() for name in SUMS]
    return pa.RecordBatch.from_arrays(
        [
            customers.dictionary,
            private["cents"].combine_chunks().take(found),
            pa.MapArray.from_arrays(
                _starts(by_category, everyone),
                _names(categories, by_category["category"]),
                pa.StructArray.from_arrays(amounts, list(SUMS)),
            ),
            pa.ListArray.from_arrays(_starts(by_brand, everyone), _names(brands, by_brand["brand"])),
            pa.ListArray.from_arrays(_starts(by_product, everyone), _names(products, product)),
        ],
        ["customer_id", "private_label_cents", "by_category", "brands", "products"],
    )


def _numbered(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.combine_chunks().dictionary_encode()


def _names(numbered: pa.DictionaryArray, numbers: pa.ChunkedArray) -> pa.Array:
    return numbered.dictionary.take(numbers.combine_chunks())


def _summed(rows: pa.Table, keys: list[str]) -> pa.Table:
    """Amount and units by key, in the order of customers; one thread, since Spark runs a worker a core."""
    sums = rows.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in SUMS])
    named = sums.select([*keys, *(f"{name}_sum" for name in SUMS)]).rename_columns([*keys, *SUMS])
    return named.sort_by("customer")


def _starts(rows: pa.Table, everyone: pa.Array) -> pa.Array:
    """Where each customer's rows begin, and where the last one's end."""
    starts = np.searchsorted(rows["customer"].to_numpy(), np.arange(len(everyone) + 1))
    return pa.array(starts, pa.int32())
