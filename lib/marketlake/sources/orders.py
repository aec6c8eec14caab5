"""Orders from their lines: the sums of every order that a load names, beside what its own record tells."""

from __future__ import annotations

from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.tables.orders import ORDERS
from marketlake.tables.table import MONEY, QUANTITY

KEY = ORDERS.key
GONE = "_is_gone"  # an order whose lines all went
EXISTS = "_exists"  # an order that the table has already
CHANGED = "_is_changed"  # it differs from that one
REBOOKED = "_is_rebooked"  # its lines have another booked day than its own record tells
_HEADER = [name for name in ORDERS.column_names if name not in {*KEY, *ORDERS.computed}]
_SUMS = ("quantity", "list_amount", "discount_amount", "net_amount", "coupon_amount")


def build_orders(named: DataFrame, headers: DataFrame, lines: DataFrame, orders: DataFrame) -> DataFrame:
    """The orders that a load names, with the sums of their lines as these are in silver now.

    Header columns are those of the order's own record: the load's where it won, else the one in the table; of an order
    without a record they come from its lines. Sums that the record declares count only while no line has come.

    Args:
        named: keys of the orders; others are left out.
        headers: silver.orders rows of this load that are newer than those in the table; one an order.
        lines: silver.order_lines, at least all of these orders.
        orders: silver.orders, at least all of these orders.

    Returns:
        silver.orders' columns, `_is_gone` (its lines all went), `_exists`, `_is_changed` and `_is_rebooked`.
    """
    keys = named.select(*KEY).distinct()
    sums = _sum_lines(lines)  # before the join: one shuffle by the key serves all that follows
    new = headers.select(*KEY, *_as("new", [*_HEADER, "flags"]), F.lit(True).alias("_has_new"))
    old = orders.join(keys, [*KEY], "left_semi").select(
        *KEY, *_as("old", [*_HEADER, *ORDERS.computed]), F.lit(True).alias(EXISTS)
    )
    joined = keys.join(sums, [*KEY], "left").join(new, [*KEY], "left").join(old, [*KEY], "left")
    has_new, exists = F.coalesce("_has_new", F.lit(False)), F.coalesce(EXISTS, F.lit(False))
    had_header = F.coalesce("old_has_header", F.lit(False))
    has_lines = F.col("lines_line_count").isNotNull()
    header = {
        name: F.when(has_new, F.col(f"new_{name}")).when(had_header, F.col(f"old_{name}")).otherwise(_of_lines(name))
        for name in _HEADER
    }
    header["ordered_at"] = F.coalesce("lines_ordered_at", header["ordered_at"])
    had_lines = F.coalesce(F.col("old_line_count") > 0, F.lit(False))
    is_gone = ~has_lines & exists & (had_lines & ~has_new | ~(has_new | had_header))
    found = joined.select(
        *KEY,
        *(value.alias(name) for name, value in header.items()),
        *(F.col(f"lines_{name}").alias(f"_sum_{name}") for name in _SUMS),
        F.coalesce("lines_line_count", F.lit(0)).cast("int").alias("line_count"),
        (has_new | had_header).alias("has_header"),
        F.when(has_new, F.col("new_flags")).when(had_header, F.col("old_flags")).alias("_flags"),
        is_gone.alias(GONE),
        exists.alias(EXISTS),
        *(F.col(f"old_{name}") for name in (*_HEADER, *ORDERS.computed)),
        (has_lines | has_new | exists).alias("_is_order"),
        "lines_line_count",
        "lines_booked_date",
        "lines_first_booked",
    )
    complete = found.where("_is_order").withColumns(_totals()).withColumn("flags", _flags())
    return complete.select(
        *ORDERS.column_names, GONE, EXISTS, (~_is_same()).alias(CHANGED), _is_rebooked().alias(REBOOKED)
    )


def rebooked_lines(lines: DataFrame, built: DataFrame) -> DataFrame:
    """Lines that count from another day than they say, since the order's own record tells when it was paid.

    Args:
        lines: silver.order_lines.
        built: `build_orders`.

    Returns:
        silver.order_lines rows with the booked day of their order.
    """
    told = built.where(REBOOKED).select(*KEY, F.col("booked_date").alias("_booked"))
    joined = lines.join(told, [*KEY], "inner").where(~F.col("booked_date").eqNullSafe(F.col("_booked")))
    return joined.withColumn("booked_date", F.col("_booked")).select(*lines.columns)


def _as(prefix: str, names: list[str] | tuple[str, ...]) -> list[Column]:
    return [F.col(name).alias(f"{prefix}_{name}") for name in names]


def _sum_lines(lines: DataFrame) -> DataFrame:
    """Sums, and what a header can be made of where an order has none."""
    return lines.groupBy(*KEY).agg(
        F.count(F.lit(1)).alias("lines_line_count"),
        *(F.sum(name).alias(f"lines_{name}") for name in _SUMS),
        F.min("ordered_at").alias("lines_ordered_at"),
        F.max("booked_date").alias("lines_booked_date"),
        F.min(F.struct("booked_date")).alias("lines_first_booked"),  # of a struct: a missing day is the smallest
        F.max("load_date").alias("lines_load_date"),
        F.max("source").alias("lines_source"),
        *(F.max(name).alias(f"lines_{name}") for name in ("customer_id", "store_id")),
    )


def _of_lines(name: str) -> Column:
    """The value of a header column of an order that has only lines; `updated_at` is missing, older than any record."""
    of_lines = ("customer_id", "store_id", "ordered_at", "booked_date", "load_date", "source")
    kinds = {column.name: column.type for column in ORDERS.columns}
    return F.col(f"lines_{name}") if name in of_lines else F.lit(None).cast(kinds[name])


def _totals() -> dict[str, Column]:
    zero = F.lit(0)
    voucher = F.coalesce("order_discount_amount", zero)
    is_declared = F.col("line_count") == 0
    net = F.when(is_declared, F.coalesce("declared_net_amount", zero)).otherwise(F.col("_sum_net_amount") - voucher)
    whole = F.when(is_declared, F.coalesce("declared_net_amount", zero) + voucher)
    units = F.when(is_declared, F.coalesce("declared_quantity", zero)).otherwise(F.col("_sum_quantity"))
    return {
        "quantity": units.cast(QUANTITY),
        "list_amount": whole.otherwise(F.col("_sum_list_amount")).cast(MONEY),
        "discount_amount": F.when(is_declared, zero).otherwise(F.col("_sum_discount_amount")).cast(MONEY),
        "net_amount": net.cast(MONEY),
        "coupon_amount": F.col("_sum_coupon_amount").cast(MONEY),
    }


def _flags() -> Column:
    """Flags of the header's values, then those of the whole order."""
    own = [flag.name for flag in ORDERS.flags]
    of_header = F.array_except(F.coalesce("_flags", F.array().cast("array<string>")), F.array(*map(F.lit, own)))
    of_order = F.array_compact(F.array(*(F.when(F.expr(flag.holds), F.lit(flag.name)) for flag in ORDERS.flags)))
    return F.concat(of_header, of_order)


def _is_same() -> Column:
    """True for an order that the table has with the same values."""
    compared = (F.col(name).eqNullSafe(F.col(f"old_{name}")) for name in (*_HEADER, *ORDERS.computed))
    return F.col(EXISTS) & reduce(and_, compared)


def _is_rebooked() -> Column:
    agrees = reduce(
        and_,
        (
            F.col("booked_date").eqNullSafe(of)
            for of in (F.col("lines_booked_date"), F.col("lines_first_booked")["booked_date"])
        ),
    )
    return F.col("has_header") & F.isnotnull("lines_line_count") & ~agrees
