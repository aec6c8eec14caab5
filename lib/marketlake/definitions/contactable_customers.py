"""Customers to whom the retailer may send marketing, and those who opted out of profiling."""

from __future__ import annotations

from datetime import date, datetime, time, timezone

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MARKETING = "marketing"  # purpose of the consent to be contacted with offers


def contactable_customers(
    consents: DataFrame, requests: DataFrame, *, channel: str, as_of: date, purpose: str = MARKETING
) -> DataFrame:
    """Customers whose latest consent allows a purpose and channel, and who did not opt out.

    Args:
        consents: silver.consents.
        requests: silver.privacy_requests.
        channel: such as email; a customer without a consent for it is not contactable.
        as_of: first day that is not known (UTC).
        purpose: of the consent.

    Returns:
        customer_id.
    """
    is_asked = (F.col("purpose") == purpose) & (F.col("channel") == channel) & _is_before("changed_at", as_of)
    latest = consents.where(is_asked).groupBy("customer_id").agg(F.max_by("is_granted", "changed_at").alias("_granted"))
    granted = latest.where("_granted").select("customer_id")
    return granted.join(opted_out_customers(requests, as_of=as_of), "customer_id", "left_anti")


def opted_out_customers(requests: DataFrame, *, as_of: date) -> DataFrame:
    """Customers who objected to profiling, or asked for erasure, before a day.

    Args:
        requests: silver.privacy_requests.
        as_of: first day that is not known (UTC).

    Returns:
        customer_id.
    """
    is_opt_out = F.col("kind").isin("objection", "erasure") & _is_before("requested_at", as_of)
    return requests.where(is_opt_out).select("customer_id").distinct()


def _is_before(column: str, as_of: date) -> Column:
    return F.col(column) < F.lit(datetime.combine(as_of, time(), tzinfo=timezone.utc))
