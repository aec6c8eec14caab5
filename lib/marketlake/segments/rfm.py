"""Recency, frequency and monetary value (RFM) of customers: quintile scores and named segments."""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.sales import booked
from marketlake.tables.orders import ORDER_KEY
from marketlake.tables.segments import CUSTOMER_SEGMENTS, RFM_SCORES
from marketlake.tables.table import MONEY

SCHEME = "rfm"  # name of this segmentation in gold.customer_segments
QUINTILES = (0.2, 0.4, 0.6, 0.8)
NO_SPREAD = "No spread"  # segment where all customers have the same recency or the same frequency

# (lowest and highest recency score, lowest and highest frequency score): each pair of scores has one name.
SEGMENTS = {
    "Champions": ((5, 5), (4, 5)),
    "Loyal": ((3, 4), (4, 5)),
    "Potential loyalists": ((4, 5), (2, 3)),
    "New": ((5, 5), (1, 1)),
    "Promising": ((4, 4), (1, 1)),
    "Need attention": ((3, 3), (3, 3)),
    "About to sleep": ((3, 3), (1, 2)),
    "Cannot lose": ((1, 2), (5, 5)),
    "At risk": ((1, 2), (3, 4)),
    "Hibernating": ((2, 2), (1, 2)),
    "Lost": ((1, 1), (1, 2)),
}


def rfm(orders: DataFrame, returns: DataFrame, *, as_of: date, window_days: int) -> DataFrame:
    """Recency, frequency and monetary value of each customer in the days before `as_of`.

    Orders on `as_of` itself are left out: the run for a day must not see half of the next one.

    Args:
        orders: silver.orders; one row an order, `net_amount` in the lake's currency.
        returns: silver.returns; those of the window are taken off, also of orders before it.
        as_of: first day that is not counted (UTC).
        window_days: length of the window in days.

    Returns:
        customer_id, recency_days (int), frequency (orders), monetary (decimal, currency);
        customers without an order in the window, and orders without a customer, are absent.

    Source: Hughes, Strategic Database Marketing (1994), ch. 6.
    """
    first_day = as_of - timedelta(days=window_days)
    has_customer = F.col("customer_id").isNotNull()
    is_returned = F.col("return_date").between(F.lit(first_day), F.lit(as_of - timedelta(days=1)))
    refunds = returns.where(is_returned & has_customer).groupBy("customer_id").agg(F.sum("amount").alias("refunds"))
    bought = booked(orders, as_of=as_of).where(F.col("booked_date") >= F.lit(first_day))
    return (
        bought.where(has_customer)
        .groupBy("customer_id")
        .agg(
            F.max("booked_date").alias("last_order_date"),
            F.count_distinct(*ORDER_KEY).alias("frequency"),
            F.sum("net_amount").alias("monetary"),
        )
        .join(refunds, "customer_id", "left")
        .select(
            "customer_id",
            F.date_diff(F.lit(as_of), "last_order_date").alias("recency_days"),
            "frequency",
            (F.col("monetary") - F.coalesce("refunds", F.lit(0))).cast(MONEY).alias("monetary"),
        )
    )


def cut_points(values: DataFrame) -> DataFrame:
    """The quintiles of each measure: the four values at which a score changes.

    Args:
        values: `rfm`.

    Returns:
        one row: recency_cuts, frequency_cuts, monetary_cuts (arrays of four doubles, exact, interpolated);
        missing when there are no customers, or all of them have the same value.
    """
    shares = F.array(*(F.lit(share) for share in QUINTILES))
    measures = {"recency": "recency_days", "frequency": "frequency", "monetary": "monetary"}

    def cuts(column: str) -> Column:
        return F.when(F.min(column) < F.max(column), F.percentile(F.col(column).cast("double"), shares))

    return values.agg(*(cuts(column).alias(f"{name}_cuts") for name, column in measures.items()))


def rfm_scores(values: DataFrame, cuts: DataFrame, *, run_date: date) -> DataFrame:
    """gold.rfm_scores: scores from 1 to 5, and the segment that they give.

    A value equal to a cut-point gets the lower score (for recency: the higher), so that customers with equal values
    have equal scores, even where that makes the fifths unequal. Equal cut-points count once: where most customers have
    one order, a second order is score 2. A measure with one value for all customers has no score, and a customer
    without a score of recency or frequency is in the segment `No spread`.

    Args:
        values: `rfm`.
        cuts: `cut_points` of the same customers, or stored ones of another day.
        run_date: the day of the snapshot.

    Returns:
        one row per customer of `values`, in the columns of the table.
    """
    scored = values.crossJoin(F.broadcast(cuts)).withColumns(
        {
            "run_date": F.lit(run_date),
            "recency_score": F.lit(5) - _cuts_below("recency_days", "recency_cuts"),
            "frequency_score": F.lit(1) + _cuts_below("frequency", "frequency_cuts"),
            "monetary_score": F.lit(1) + _cuts_below("monetary", "monetary_cuts"),
        }
    )
    return scored.withColumn("segment", _segment_name()).select(*RFM_SCORES.column_names)


def rfm_segments(scores: DataFrame) -> DataFrame:
    """The rows of gold.customer_segments under the scheme `rfm`.

    Args:
        scores: gold.rfm_scores.
    """
    return scores.withColumn("scheme", F.lit(SCHEME)).select(*CUSTOMER_SEGMENTS.column_names)


def summarise_segments(scores: DataFrame) -> DataFrame:
    """Size and spend of each segment, largest spend first.

    Args:
        scores: gold.rfm_scores of one run date.

    Returns:
        segment, customers, share_of_customers, spend (decimal, currency), share_of_spend, spend_per_customer,
        median_recency_days, mean_orders; at most one row per segment.
    """
    by_segment = scores.groupBy("segment").agg(
        F.count(F.lit(1)).alias("customers"),
        F.sum("monetary").alias("spend"),
        F.median("recency_days").alias("median_recency_days"),
        F.avg("frequency").alias("mean_orders"),
    )
    total = scores.agg(F.count(F.lit(1)).alias("all_customers"), F.sum("monetary").alias("all_spend"))
    return (
        by_segment.crossJoin(F.broadcast(total))
        .select(
            "segment",
            "customers",
            F.try_divide("customers", "all_customers").alias("share_of_customers"),
            "spend",
            F.try_divide(F.col("spend").cast("double"), F.col("all_spend").cast("double")).alias("share_of_spend"),
            F.try_divide("spend", "customers").cast(MONEY).alias("spend_per_customer"),
            "median_recency_days",
            "mean_orders",
        )
        .orderBy(F.col("spend").desc(), "segment")
    )


def _cuts_below(value: str, cuts: str) -> Column:
    return F.size(F.filter(F.array_distinct(cuts), lambda cut: cut < F.col(value).cast("double")))


def _segment_name() -> Column:
    name = F.lit(None).cast("string")
    for segment, ((min_r, max_r), (min_f, max_f)) in SEGMENTS.items():
        recent = F.col("recency_score").between(min_r, max_r)
        frequent = F.col("frequency_score").between(min_f, max_f)
        name = F.when(recent & frequent, segment).otherwise(name)
    return F.coalesce(name, F.lit(NO_SPREAD))
