"""Lists of an earlier day that are still good for customers without news."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as F


def newest_lists(
    earlier: DataFrame, *, before: date, campaign: str, model: str
) -> tuple[date, DataFrame] | tuple[None, None]:
    """The lists of a campaign of the newest day before another that has any by a model, and that day.

    Args:
        earlier: gold.recommendations of all days.
        before: the run date.
        campaign: name.
        model: name/version.

    Returns:
        the day and its rows; None of both without such a day.
    """
    is_same = (F.col("campaign") == campaign) & (F.col("model") == model)
    lists = earlier.where((F.col("run_date") < F.lit(before)) & is_same)
    day = lists.agg(F.max("run_date")).collect()[0][0]  # a single date
    return (None, None) if day is None else (day, lists.where(F.col("run_date") == F.lit(day)))


def reusable_lists(
    lists: DataFrame, interactions: DataFrame, sold: DataFrame, *, since: date, length: int
) -> DataFrame:
    """Lists of an earlier day that may stay: the customer did nothing since, and every product is still sold.

    An interaction that is loaded late, with a day before `since`, is not seen here.

    Args:
        lists: gold.recommendations of the earlier day.
        interactions: `interactions.COLUMNS` up to the day that is run.
        sold: product_id of the products that are sold.
        since: first day that the earlier lists did not know.
        length: of a list; those of another length are left out.

    Returns:
        the rows of `lists` of these customers.
    """
    active = interactions.where(F.col("happened_on") >= F.lit(since)).select("customer_id").distinct()
    is_sold = F.count_if(F.col("_is_sold")) == length
    whole = (
        lists.join(sold.select("product_id", F.lit(True).alias("_is_sold")), "product_id", "left")
        .groupBy("customer_id")
        .agg(is_sold.alias("is_sold"), (F.count(F.lit(1)) == length).alias("is_whole"))
        .where("is_sold and is_whole")
    )
    unchanged = whole.join(active, "customer_id", "left_anti").select("customer_id")
    return lists.join(unchanged, "customer_id", "left_semi")
