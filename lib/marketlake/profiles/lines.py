"""Purchases of each customer by category, brand and product: sums and sets of order lines.

Spark's own sets cost an object per line, and distinct pairs of customer and product are more than half as many as the
lines. Here the lines are shuffled once, with four narrow columns, and summed in Arrow; product attributes are looked
up once per product and not once per line.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from marketlake.profiles.arrow import (
    MONEY_DIGITS,
    QUANTITY_DIGITS,
    encode_values,
    list_offsets,
    map_customers,
    sum_pairs,
    to_integers,
    to_money,
    to_quantity,
)
from marketlake.tables.table import MONEY, QUANTITY

UNKNOWN = "UNKNOWN"
LINE_TOTALS = f"""customer_id string, private_label_amount {MONEY},
    by_category map<string,struct<net_amount:{MONEY},quantity:{QUANTITY}>>,
    brands array<string>, products array<string>"""


def sum_lines(lines: DataFrame, products: DataFrame) -> DataFrame:
    """Spend by category, brands and products of each customer.

    Args:
        lines: silver.order_lines with a customer; a worker holds some 60 bytes a line of its partition.
        products: silver.products; ids, categories and brands are collected, some 50 bytes a product.

    Returns:
        customer_id, private_label_amount, by_category, brands and products as in gold.customer_profiles; sorted.
    """
    catalogue = products.select("product_id", "category", "brand", "is_private_label").toArrow().combine_chunks()
    numbers = to_integers("net_amount", MONEY_DIGITS), to_integers("quantity", QUANTITY_DIGITS)
    narrow = lines.select("customer_id", "product_id", *numbers)
    return map_customers(narrow, lambda rows: _customers(rows, catalogue), LINE_TOTALS)


def _customers(lines: pa.Table, catalogue: pa.Table) -> pa.RecordBatch:
    customer_of, customers = encode_values(lines["customer_id"])
    product_of, products = encode_values(lines["product_id"])
    about = catalogue.take(pc.index_in(products, catalogue["product_id"]))
    category_of, categories = encode_values(pc.fill_null(about["category"], UNKNOWN))
    brand_of, brands = encode_values(about["brand"])
    is_private = pc.fill_null(about["is_private_label"], False).to_numpy()

    count = len(customers)
    spent = [lines["net_amount"], lines["quantity"]]
    customer, product, sums = sum_pairs(customer_of, product_of, len(products), spent)
    category_customer, category, (amounts, units) = sum_pairs(customer, category_of[product], len(categories), sums)
    has_brand = brand_of[product] >= 0
    brand_customer, brand, _ = sum_pairs(customer[has_brand], brand_of[product[has_brand]], len(brands))
    private = np.zeros(count, dtype=np.int64)
    np.add.at(private, customer, np.where(is_private[product], sums[0], 0))

    by_category = pa.StructArray.from_arrays(
        [to_money(pa.array(amounts)), to_quantity(pa.array(units))], ["net_amount", "quantity"]
    )
    columns = {
        "customer_id": customers,
        "private_label_amount": to_money(pa.array(private)),
        "by_category": pa.MapArray.from_arrays(
            list_offsets(category_customer, count), categories.take(pa.array(category)), by_category
        ),
        "brands": pa.ListArray.from_arrays(list_offsets(brand_customer, count), brands.take(pa.array(brand))),
        "products": pa.ListArray.from_arrays(list_offsets(customer, count), products.take(pa.array(product))),
    }
    return pa.RecordBatch.from_pydict(columns)
