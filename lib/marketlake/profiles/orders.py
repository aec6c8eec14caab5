"""Times, stores and amounts of each customer's orders: sums and counts, computed in Arrow."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

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
from marketlake.profiles.lines import UNKNOWN
from marketlake.tables.table import MONEY, QUANTITY

AMOUNTS = {"gross_sales": "net_amount", "discount_amount": "discount_amount", "coupon_amount": "coupon_amount"}
ORDER_TOTALS = f"""customer_id string, first_order_date date, last_order_date date, order_count bigint,
    active_days bigint, quantity {QUANTITY}, gross_sales {MONEY}, discount_amount {MONEY}, coupon_amount {MONEY},
    coupon_order_count bigint, orders_by_hour array<bigint>, orders_by_weekday array<bigint>,
    orders_by_store map<string,bigint>"""


def sum_orders(orders: DataFrame) -> DataFrame:
    """Dates (those on which orders are booked), sums and counts of each customer's orders.

    Args:
        orders: silver.orders with a customer; a worker holds some 80 bytes an order of its partition.

    Returns:
        the columns `ORDER_TOTALS`, as gold.customer_profiles describes them; the map sorted.
    """
    narrow = orders.select(
        "customer_id",
        "booked_date",
        F.coalesce("store_id", F.lit(UNKNOWN)).alias("store_id"),
        "local_hour",
        (F.col("local_weekday") - 1).alias("local_weekday"),
        to_integers("quantity", QUANTITY_DIGITS),
        *(to_integers(column, MONEY_DIGITS).alias(name) for name, column in AMOUNTS.items()),
        F.coalesce(F.col("coupon_amount") > 0, F.lit(False)).cast("bigint").alias("coupons"),
    )
    return map_customers(narrow, _customers, ORDER_TOTALS)


def _customers(orders: pa.Table) -> pa.RecordBatch:
    customer_of, customers = encode_values(orders["customer_id"])
    count = len(customers)
    store_of, stores = encode_values(orders["store_id"])
    store_customer, store, (by_store,) = sum_pairs(customer_of, store_of, len(stores), [np.ones_like(store_of)])
    day_of, days = encode_values(orders["booked_date"])
    day_customer, _, _ = sum_pairs(customer_of, day_of, len(days))
    sums = [("booked_date", "min"), ("booked_date", "max"), ([], "count_all")]
    sums += [(name, "sum") for name in ("quantity", "coupons", *AMOUNTS)]
    total = orders.group_by("customer_id", use_threads=False).aggregate(sums).sort_by("customer_id").combine_chunks()
    columns = {
        "customer_id": customers,
        "first_order_date": total["booked_date_min"].chunk(0),
        "last_order_date": total["booked_date_max"].chunk(0),
        "order_count": total["count_all"].chunk(0),
        "active_days": pa.array(np.bincount(day_customer, minlength=count)),
        "quantity": to_quantity(total["quantity_sum"].chunk(0)),
        **{name: to_money(total[f"{name}_sum"].chunk(0)) for name in AMOUNTS},
        "coupon_order_count": total["coupons_sum"].chunk(0),
        "orders_by_hour": _counts(customer_of, orders["local_hour"], count, 24),
        "orders_by_weekday": _counts(customer_of, orders["local_weekday"], count, 7),
        "orders_by_store": pa.MapArray.from_arrays(
            list_offsets(store_customer, count), stores.take(pa.array(store)), pa.array(by_store)
        ),
    }
    return pa.RecordBatch.from_pydict(columns)


def _counts(customer_of: np.ndarray, values: pa.ChunkedArray, count: int, kinds: int) -> pa.Array:
    """A list of `kinds` counts per customer; rows without a value from 0 to below `kinds` are left out."""
    value = pc.fill_null(values, -1).to_numpy()
    is_known = (value >= 0) & (value < kinds)
    places = customer_of[is_known] * kinds + value[is_known]
    counts = pa.array(np.bincount(places, minlength=count * kinds))
    return pa.ListArray.from_arrays(pa.array(np.arange(count + 1) * kinds, pa.int32()), counts)
