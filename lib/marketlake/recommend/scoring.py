"""The door for scoring: lists of all customers, by the model for those with known products, else by a fallback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.definitions.contactable_customers import contactable_customers, opted_out_customers
from marketlake.definitions.sellable_products import sellable_products
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.data.demographics import demographic_segments, segment_popularity
from marketlake.recommend.data.interactions import interactions
from marketlake.recommend.data.map_pairs import map_pairs
from marketlake.recommend.methods.als import share_factors
from marketlake.recommend.methods.method import FittedState
from marketlake.recommend.serving.model import Recommender
from marketlake.recommend.serving.popularity_fallback import NO_SEGMENT, PopularityFallback
from marketlake.recommend.serving.reusable_lists import newest_lists, reusable_lists
from marketlake.recommend.settings import ListSettings, TrainingSettings
from marketlake.recommend.training import daily_interactions, pairs_before, refresh_model

LIST = "rank int, product_id string, score double, list_type string, reason string"


@dataclass(frozen=True)
class ScoringInputs:
    """The tables that lists are made from, up to the end of the run date, and the champion.

    Attributes:
        as_of: first day that is not counted.
        champion: as it was trained.
        model: its name/version.
        customers, order_lines, orders, events, products, stock_levels, consents, privacy_requests: of silver.
        earlier: gold.recommendations of all days, for customers whose lists may stay; None: all are scored.
    """

    as_of: date
    champion: Recommender
    model: str
    customers: DataFrame
    order_lines: DataFrame
    orders: DataFrame
    events: DataFrame
    products: DataFrame
    stock_levels: DataFrame
    consents: DataFrame
    privacy_requests: DataFrame
    earlier: DataFrame | None = None


@dataclass(frozen=True)
class CampaignModel:
    """The champion on the run date, and the fallback, of the products that a campaign may recommend."""

    model: Recommender
    fallback: PopularityFallback


def interaction_history(inputs: ScoringInputs) -> DataFrame:
    """`pairs.build_pairs` of the run date by the champion's settings, without customers who opted out."""
    settings = inputs.champion.settings
    by_day = daily_interactions(inputs.order_lines, inputs.events, inputs.orders, settings)
    pairs = pairs_before(by_day, as_of=inputs.as_of, settings=settings)
    opted_out = opted_out_customers(inputs.privacy_requests, as_of=inputs.as_of)
    return pairs.join(opted_out, "customer_id", "left_anti")


def recommend_campaigns(inputs: ScoringInputs, history: DataFrame, lists: Mapping[str, ListSettings]) -> DataFrame:
    """The lists of all campaigns: each scores its customers in one pass.

    Args:
        inputs: tables and champion.
        history: `interaction_history`; it is read several times.
        lists: settings of the lists by name of the campaign.

    Returns:
        gold.recommendations without run_date.

    Raises:
        NothingToLearnError: no product is sold.
    """
    customers = customers_with_segment(inputs, history)
    excluded = {settings.excluded_products for settings in lists.values()}
    models = {products: campaign_model(inputs, history, customers, products) for products in excluded}
    found = [
        campaign_lists(inputs, history, customers, models[settings.excluded_products], (name, settings))
        for name, settings in lists.items()
    ]
    return reduce(DataFrame.unionByName, found)


def customers_with_segment(inputs: ScoringInputs, history: DataFrame) -> DataFrame:
    """customer_id and segment of all customers, those too of whom only purchases are known; without opt-outs."""
    segments = demographic_segments(inputs.customers, inputs.champion.settings.fallback.columns)
    opted_out = opted_out_customers(inputs.privacy_requests, as_of=inputs.as_of)
    known = history.select("customer_id").distinct()
    return known.join(segments, "customer_id", "full").join(opted_out, "customer_id", "left_anti")


def campaign_model(
    inputs: ScoringInputs, history: DataFrame, customers: DataFrame, excluded: tuple[str, ...]
) -> CampaignModel:
    """The champion and the fallback for the products that are sold, but for the excluded ones.

    Raises:
        NothingToLearnError: no product is sold.
    """
    sellable = sellable_products(inputs.products, inputs.stock_levels, as_of=inputs.as_of, excluded=excluded)
    model = refresh_model(inputs.champion, history, inputs.products, sellable, as_of=inputs.as_of)
    return CampaignModel(model, fit_fallback(history, customers, model.state, model.settings))


def campaign_lists(
    inputs: ScoringInputs,
    history: DataFrame,
    customers: DataFrame,
    models: CampaignModel,
    campaign: tuple[str, ListSettings],
) -> DataFrame:
    """The lists of a campaign for all of its customers: new ones, and unchanged ones of an earlier day."""
    name, settings = campaign
    if settings.channel is not None:
        consents, requests = inputs.consents, inputs.privacy_requests
        contactable = contactable_customers(consents, requests, channel=settings.channel, as_of=inputs.as_of)
        customers = customers.join(contactable, "customer_id", "left_semi")
    unchanged = unchanged_lists(inputs, models.model, settings.length, campaign=name)
    if unchanged is not None:
        unchanged = unchanged.join(customers, "customer_id", "left_semi").drop("run_date")
        customers = customers.join(unchanged.select("customer_id").distinct(), "customer_id", "left_anti")
    known = recommend_known(history.join(customers, "customer_id", "left_semi"), models.model, settings)
    unknown = customers.join(history.select("customer_id").distinct(), "customer_id", "left_anti")
    lists = known.unionByName(recommend_fallback(unknown, models.fallback, length=settings.length))
    lists = lists.withColumns({"campaign": F.lit(name), "model": F.lit(inputs.model)})
    return lists if unchanged is None else lists.unionByName(unchanged)


def unchanged_lists(inputs: ScoringInputs, model: Recommender, length: int, *, campaign: str) -> DataFrame | None:
    """A campaign's lists of the newest earlier day that may stay; None if there are none by the same model."""
    if inputs.earlier is None:
        return None
    run_date = inputs.as_of - timedelta(days=1)
    day, lists = newest_lists(inputs.earlier, before=run_date, campaign=campaign, model=inputs.model)
    if day is None or lists is None:
        return None
    weights = inputs.champion.settings.weights
    happened = interactions(inputs.order_lines, inputs.events, inputs.orders, weights)
    sold = pd.DataFrame({"product_id": model.state.catalogue.product_id})
    return reusable_lists(
        lists,
        happened.where(F.col("happened_on") < F.lit(inputs.as_of)),
        lists.sparkSession.createDataFrame(sold),
        since=day + timedelta(days=1),
        length=length,
    )


def fit_fallback(
    pairs: DataFrame, segment_of: DataFrame, state: FittedState, settings: TrainingSettings
) -> PopularityFallback:
    """Best sellers of each segment and of all customers.

    Collected: a row for each product that a segment bought in the last 28 days.

    Args:
        pairs: `pairs.build_pairs` up to a day.
        segment_of: `demographics.demographic_segments`.
        state: of the day.
        settings: how large a segment must be.
    """
    bought = segment_popularity(pairs, segment_of, min_customers=settings.fallback.min_customers)
    return PopularityFallback.from_segment_popularity(bought.toPandas(), state.catalogue, state.customers)


def recommend_known(pairs: DataFrame, model: Recommender, settings: ListSettings) -> DataFrame:
    """The lists of all customers with known products, scored in one pass.

    Args:
        pairs: `pairs.build_pairs`, made by the model's settings.
        model: it goes to the workers with the function.
        settings: of the lists.

    Returns:
        customer_id, rank (int, from 1), product_id, score, list_type, reason.
    """
    factors = share_factors(model.state.factors, pairs.sparkSession)
    shared = model.with_state(replace(model.state, factors=factors))
    length, explore_slots, diversity = settings.length, settings.explore_slots, settings.diversity

    def work(batch: CustomerBatch) -> pa.RecordBatch:
        found = shared.recommend(batch, length=length, explore_slots=explore_slots, diversity=diversity)
        return pa.RecordBatch.from_pandas(found.astype({"rank": "int32"}), preserve_index=False)

    return map_pairs(pairs, model.state.catalogue, work, f"customer_id string, {LIST}")


def recommend_fallback(customers: DataFrame, fallback: PopularityFallback, *, length: int) -> DataFrame:
    """The lists of customers without known products: their segment's, else the overall one.

    Args:
        customers: customer_id, segment (may be missing).
        fallback: of the day.
        length: of a list.

    Returns:
        as of `recommend_known`.
    """
    lists = customers.sparkSession.createDataFrame(fallback.lists(length), f"segment string, {LIST}")
    segment = F.when(F.col("segment").isin(fallback.segments.tolist()), F.col("segment")).otherwise(NO_SEGMENT)
    return (
        customers.select("customer_id", segment.alias("segment"))
        .join(F.broadcast(lists), "segment", "inner")
        .select("customer_id", "rank", "product_id", "score", "list_type", "reason")
    )
