"""Who gets a list on a day, and whose list of an earlier day may stay."""

from __future__ import annotations

from datetime import date, datetime, time, timezone

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

MARKETING = "marketing"  # the purpose of a consent by which lists are sent


def with_consent(consents: DataFrame, *, channel: str, as_of: date) -> DataFrame:
    """Customers whose newest word before a day allows marketing by a channel.

    Args:
        consents: silver.consents.
        channel: such as email; who never said anything about it has not consented.
        as_of: first day that is not known (UTC).

    Returns:
        customer_id.
    """
    said = (F.col("purpose") == MARKETING) & (F.col("channel") == channel) & _before("changed_at", as_of)
    newest = consents.where(said).groupBy("customer_id").agg(F.max_by("is_granted", "changed_at").alias("is_granted"))
    return newest.where("is_granted").select("customer_id")


def opted_out(requests: DataFrame, *, as_of: date) -> DataFrame:
    """Customers who objected to profiling, or asked for erasure, before a day.

    Args:
        requests: silver.privacy_requests.
        as_of: first day that is not known (UTC).

    Returns:
        customer_id.
    """
    asked = F.col("kind").isin("objection", "erasure") & _before("requested_at", as_of)
    return requests.where(asked).select("customer_id").distinct()


def reusable_lists(
    before: DataFrame, interactions: DataFrame, offered: DataFrame, *, since: date, length: int
) -> DataFrame:
    """Lists of an earlier day that are as good as they were: nothing passed with the customer, all is still offered.

    An interaction that is loaded late, with a day before `since`, is not seen here.

    Args:
        before: gold.recommendations of the earlier day.
        interactions: `interactions.COLUMNS` up to the day that is run.
        offered: product_id of the products that are sold.
        since: first day that the earlier lists did not know.
        length: of a list; those of another length are left out.

    Returns:
        the rows of `before` of these customers.
    """
    active = interactions.where(F.col("happened_on") >= F.lit(since)).select("customer_id").distinct()
    sold = F.count_if(F.col("_is_offered")) == length
    whole = (
        before.join(offered.select("product_id", F.lit(True).alias("_is_offered")), "product_id", "left")
        .groupBy("customer_id")
        .agg(sold.alias("is_sold"), (F.count(F.lit(1)) == length).alias("is_whole"))
        .where("is_sold and is_whole")
    )
    kept = whole.join(active, "customer_id", "left_anti").select("customer_id")
    return before.join(kept, "customer_id", "left_semi")


def _before(column: str, as_of: date) -> Column:
    return F.col(column) < F.lit(datetime.combine(as_of, time(), tzinfo=timezone.utc))
