"""Simple estimators recover the ground truth of the simulator.

One retailer of 20,000 customers for two periods of 28 days. An estimate must lie within four standard errors of the
truth: by chance alone one test in some fifteen thousand would fail, and the seed is fixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from scipy import optimize, stats

from marketlake.frames.cache import FrameCache
from marketlake.simulator import (
    data_errors,
    experiments,
    feedback,
    identity,
    marketing_exports,
    media,
    orders,
    raw_files,
)
from marketlake.simulator.base import simulate_base
from marketlake.simulator.consents import simulate_consents
from marketlake.simulator.keyed_random import Draws
from marketlake.simulator.settings import SimulatorSettings
from marketlake.simulator.systems import SYSTEMS
from marketlake.simulator.touches import simulate_touches
from marketlake.simulator.visits import simulate_events
from marketlake.simulator.world import Sales, World

CUSTOMERS = 20_000
SETTINGS = SimulatorSettings(incident={"start_day": 20, "days": 10}, feedback={"survey_share": 0.2})
FIRST = SETTINGS.first_day
LAST = FIRST + timedelta(days=55)
ERRORS = 4


@dataclass(frozen=True)
class Retailer:
    """A simulated retailer, its sales, and frames that several tests use."""

    world: World
    sales: Sales

    def orders(self) -> pd.DataFrame:
        days = F.col("order_date").between(F.lit(FIRST), F.lit(LAST))
        return self.world.orders.where(days).toPandas()

    def coupons(self) -> pd.DataFrame:
        return self.world.cache("coupons", experiments.simulate_coupons(self.world)).toPandas()


@pytest.fixture(scope="module")
def retailer(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Retailer:
    cache = FrameCache(spark, str(tmp_path_factory.mktemp("retailer")))
    return Retailer(*simulate_base(spark, CUSTOMERS, SETTINGS, Draws(11), first=FIRST, last=LAST, cache=cache))


def within(estimate: float, truth: float, error: float) -> bool:
    """True when an estimate is near the truth; its error must be below a third of the truth."""
    assert error < abs(truth) / 3 or abs(truth) < 0.05, f"{estimate} ± {error} tells nothing of {truth}"
    return abs(estimate - truth) < ERRORS * error


def added_by_day(world: World) -> np.ndarray:
    """Share that media add to the order rate on each day of the batch."""
    plan = world.media_plan.where(F.col("day").between(F.lit(FIRST), F.lit(LAST))).toPandas()
    return plan.groupby("day")["multiplier"].sum().sort_index().to_numpy()


def test_the_mean_order_rate(retailer: Retailer) -> None:
    """Organic orders against each customer's rate on each day as a customer."""
    people, added = retailer.world.people.toPandas(), added_by_day(retailer.world)
    expected = variance = 0.0
    for number, add in enumerate(added):
        day = FIRST + timedelta(days=number)
        is_customer = (people["member_from"] < day) & (day < people["left_on"])
        seasonal = orders.compute_season(SETTINGS.season, day, FIRST)
        chance = (1 - np.exp(-people["rate"][is_customer] * seasonal * (1 + add))) / (1 + add)
        expected, variance = expected + chance.sum(), variance + (chance * (1 - chance)).sum()
    made = retailer.orders()
    by_themselves = made["cause"].isna() & (made["order_date"] > made["member_from"])
    assert within(by_themselves.sum(), expected, math.sqrt(variance))


def test_rates_and_lifetimes_follow_their_laws(retailer: Retailer) -> None:
    people, law = retailer.world.people.toPandas(), SETTINGS.purchases
    rate = people["rate"] * 365.25
    assert within(rate.mean(), law.orders_per_year, rate.std() / math.sqrt(CUSTOMERS))
    assert within(rate.var(), law.orders_per_year**2 / law.rate_shape, 4 * rate.var() / math.sqrt(CUSTOMERS))
    lifetime = (pd.to_datetime(people["left_on"]) - pd.to_datetime(people["member_from"])).dt.days
    # The days are Pareto II (Lomax): median = scale (2^(1/shape) - 1), whose sample error is 1 / (2 f sqrt n).
    scale = law.mean_lifetime_days * (law.lifetime_shape - 1)
    pareto = stats.lomax(law.lifetime_shape, scale=scale)
    error = 0.5 / pareto.pdf(pareto.median()) / math.sqrt(CUSTOMERS)
    assert within(np.median(lifetime) - 0.5, pareto.median(), error)


def test_orders_caused_by_each_channel_and_their_lag(retailer: Retailer) -> None:
    """Share of orders and mean lag of paid channels, which need no consent."""
    world, made = retailer.world, retailer.orders()
    plan = world.media_plan.toPandas().set_index(["channel", "day"])
    made = made[made["order_date"] > made["member_from"]]
    for name in ("search", "social_ads"):
        multiplier = plan.loc[name]["multiplier"]
        own, none = made[made["cause"] == name], made[made["cause"].isna()]
        # Given that an order was caused by the channel or by nothing, it was the channel with m / (1 + m).
        chance = multiplier.reindex(pd.concat([own, none])["order_date"]) / (
            1 + multiplier.reindex(pd.concat([own, none])["order_date"])
        )
        assert within(len(own), chance.sum(), math.sqrt((chance * (1 - chance)).sum()))
        weights = media.compute_lag_weights(SETTINGS.channels[name].carry_over)
        lag = (weights * np.arange(len(weights))).sum()
        # Spending varies around its mean, and the lag's mean with it, by some percents.
        assert within(own["lag_days"].mean(), lag, own["lag_days"].std() / math.sqrt(len(own)) + 0.03 * lag)


def test_elasticities_in_weeks_of_randomised_prices(retailer: Retailer) -> None:
    """The multinomial logit of the most bought category, by maximum likelihood over zones and weeks."""
    truth = retailer.sales.elasticities.where("product_id like '000-%'").orderBy("product_id").toPandas()
    per = SETTINGS.catalogue.products_per_category
    prices = retailer.sales.prices.where("product_id like '000-%'").toPandas()
    listed = retailer.sales.products.select("product_id", "list_price").toPandas().set_index("product_id")["list_price"]
    prices["relative"] = prices["price"].astype(float) / prices["product_id"].map(listed)
    zone = F.concat(F.lit("z"), orders.get_price_zone(F.col("store_id"), SETTINGS))
    week = F.expr("date_add(date'2025-01-01', cast(7 * floor(date_diff(order_date, date'2025-01-01') / 7) as int))")
    lines = retailer.sales.lines.where("product_id like '000-%'").select("product_id", zone.alias("z"), week.alias("w"))
    sold = lines.groupBy("z", "w", "product_id").count().toPandas()
    log_price = np.log(prices.pivot_table(index=["price_zone", "valid_from"], columns="product_id", values="relative"))
    counts = sold.pivot_table(index=["z", "w"], columns="product_id", values="count", fill_value=0)
    counts = counts.reindex(index=log_price.index, columns=log_price.columns, fill_value=0).to_numpy()
    on_sale, log_price = counts.sum(axis=0) > 0, log_price.to_numpy()

    def loss(at: np.ndarray) -> float:
        utility = np.append(0, at[:-1])[: on_sale.sum()] - at[-1] * log_price[:, on_sale]
        utility = utility - np.log(np.exp(utility).sum(axis=1, keepdims=True))
        return -(counts[:, on_sale] * utility).sum()

    found = optimize.minimize(loss, np.append(np.zeros(on_sale.sum() - 1), 2.0), method="BFGS")
    sensitivity, error = found.x[-1], math.sqrt(found.hess_inv[-1, -1])
    assert within(sensitivity, truth["sensitivity"][0], error)
    share = np.exp(np.append(0, found.x[:-1]))
    share = share / share.sum()
    best = int(np.flatnonzero(on_sale)[share.argmax()])
    assert len(truth) == per
    own = -sensitivity * (1 - share.max())
    assert within(own, truth["own_elasticity"][best], error + sensitivity * 0.02)


def test_a_campaigns_effect_from_its_holdout(retailer: Retailer) -> None:
    drawn = experiments.simulate_campaigns(retailer.world).toPandas()
    treated, held = (drawn[drawn["is_treated"] == is_treated]["ordered"] for is_treated in (True, False))
    truth = (drawn["ordered_with"].astype(float) - drawn["ordered_without"].astype(float)).mean()
    error = math.sqrt(treated.var() / len(treated) + held.var() / len(held))
    assert within(treated.mean() - held.mean(), truth, error)
    assert truth > 5 * error / ERRORS, "the effect is too small to be told from none"
    share = 1 - SETTINGS.experiments.holdout_share
    assert abs(drawn["is_treated"].mean() - share) < ERRORS * math.sqrt(share * (1 - share) / len(drawn))
    seen = np.where(drawn["is_treated"], drawn["ordered_with"], drawn["ordered_without"])
    assert (seen == drawn["ordered"]).all()
    assert (drawn["ordered_with"] >= drawn["ordered_without"]).all()


def test_assignment_is_independent_of_potential_outcomes(retailer: Retailer) -> None:
    """Drawn after the orders, yet balanced on both potential outcomes, as if randomised before them."""
    drawn = retailer.coupons()
    for outcome in ("ordered_without", "ordered_with"):
        table = pd.crosstab(drawn[outcome], drawn["is_treated"])
        assert stats.chi2_contingency(table).pvalue > 0.001, outcome


@pytest.mark.parametrize("kind", experiments.COUPON_TYPES)
@pytest.mark.parametrize("customer_type", list(SETTINGS.types))
def test_a_coupons_effect_on_a_hidden_type(retailer: Retailer, kind: str, customer_type: str) -> None:
    """The odds ratio of Mantel and Haenszel over experiments, with the error of Robins, Breslow and Greenland."""
    drawn = retailer.coupons()
    chosen = drawn[(drawn["kind"] == kind) & (drawn["customer_type"] == customer_type)]
    history = experiments.build_history(retailer.world).select("customer_id", "start_date", "recent").toPandas()
    chosen = chosen.merge(history, on=["customer_id", "start_date"])
    r = s = pr = ps_qr = qs = 0.0
    for _, stratum in chosen.groupby(["experiment_id", "recent"]):
        treated, ordered, n = stratum["is_treated"], stratum["ordered"], len(stratum)
        a, b = (treated & ordered).sum(), (treated & ~ordered).sum()
        c, d = (~treated & ordered).sum(), (~treated & ~ordered).sum()
        p, q, ri, si = (a + d) / n, (b + c) / n, a * d / n, b * c / n
        r, s, pr, qs, ps_qr = r + ri, s + si, pr + p * ri, qs + q * si, ps_qr + p * si + q * ri
    error = math.sqrt(pr / (2 * r * r) + ps_qr / (2 * r * s) + qs / (2 * s * s))
    assert error < 0.4
    assert abs(math.log(r / s) - math.log(SETTINGS.types[customer_type].coupon_odds_ratios[kind])) < ERRORS * error


def test_rates_of_duplicates_typos_and_missing_values(retailer: Retailer) -> None:
    rates, clean = SETTINGS.data_errors, raw_files.build_records(retailer.world, "crm")
    sent = (
        data_errors.deliver_with_errors(clean, SYSTEMS["crm"], rates, retailer.world.draws)
        .toPandas()
        .drop(columns="delivered_on")
    )
    clean = clean.select(*(F.col(name).cast("string") for name in clean.columns)).toPandas()
    n = len(clean)
    duplicated = len(sent) - n
    assert within(duplicated, n * rates.duplicate_share, math.sqrt(n * rates.duplicate_share))
    pairs = sent.drop_duplicates().merge(clean, on=["crm_id", "created_at"], suffixes=("", "_clean"))
    pairs = pairs[pairs["updated_at"] == pairs["updated_at_clean"]]
    missing = pairs["phone"].isna().mean()
    assert within(missing, rates.missing_share, math.sqrt(rates.missing_share / len(pairs)))
    mistyped = (pairs["family_name"] != pairs["family_name_clean"]).mean()
    assert within(mistyped, rates.typo_share, math.sqrt(rates.typo_share / len(pairs)))
    changed = pairs[pairs["family_name"] != pairs["family_name_clean"]]
    assert ((changed["family_name"].str.len() - changed["family_name_clean"].str.len()).abs() == 1).all()


def test_sizes_of_identity_clusters(retailer: Retailer) -> None:
    """Records a person in each system, persons a household, and persons a device."""
    people, truth = SETTINGS.people, identity.build_identity_truth(retailer.world).toPandas()
    each = truth[truth["system"].isin(["crm", "shop"])].groupby(["system", "person_id"]).size()
    for system, present in (("crm", people.crm_share), ("shop", people.account_share)):
        sizes = each[system]
        known = len(sizes) / CUSTOMERS
        assert within(known, present, math.sqrt(present * (1 - present) / CUSTOMERS))
        twice = (sizes == 2).mean()
        assert set(sizes) == {1, 2}
        assert within(twice, people.duplicate_record_share, math.sqrt(people.duplicate_record_share / len(sizes)))
    assert (truth[truth["system"] == "loyalty"].groupby("person_id").size() == 1).all()
    households = truth.groupby("household_id")["person_id"].nunique()
    assert 1.9 < households.mean() < 2.7
    devices = truth[truth["system"] == "device"].groupby("record_id")
    shared = devices["person_id"].nunique() > 1
    assert 0.02 < shared.mean() < 0.15
    assert (devices["household_id"].nunique() == 1).all()


def test_drivers_of_satisfaction(retailer: Retailer) -> None:
    """Least squares of the answers on the scores, where the ends of the scale do not cut the answers."""
    answers = feedback.simulate_surveys(retailer.world, retailer.world.orders).toPandas()
    drivers = SETTINGS.feedback.drivers
    scores = answers[list(drivers)].to_numpy(float)
    felt = scores @ np.array(list(drivers.values())) / sum(drivers.values())
    inner = (felt > 2) & (felt < 4)
    design = np.column_stack([np.ones(inner.sum()), scores[inner]])
    found, residual, *_ = np.linalg.lstsq(design, answers["csat"][inner].to_numpy(float), rcond=None)
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * residual[0] / (inner.sum() - 5))
    for weight, truth, error in zip(found[1:], drivers.values(), errors[1:], strict=True):
        # Rounding to whole answers bends the line a little.
        assert within(weight, truth / sum(drivers.values()), error + 0.005)


def test_the_planted_incident_and_the_site_test(retailer: Retailer) -> None:
    world = retailer.world
    made = simulate_events(world, world.cache("touches", simulate_touches(world)))
    seen = made.select("session_id", "event_type", "platform", "cookie_id", F.to_date("received_at").alias("day"))
    rows = seen.toPandas()
    fault = SETTINGS.incident
    days = [FIRST + timedelta(days=fault.start_day + n) for n in range(fault.days)]
    bought = rows[rows["event_type"] == "purchase"].groupby(["platform", "day"]).size()
    mobile = bought["android"].reindex(pd.date_range(FIRST, LAST).date, fill_value=0)
    during, else_ = mobile[mobile.index.isin(days)], mobile[~mobile.index.isin(days)]
    left = during.mean() / else_.mean()
    assert within(left, 1 - fault.failure_share, left * math.sqrt(1 / during.sum() + 1 / else_.sum()) + 0.02)
    variants = marketing_exports.export_assignments(world, experiments.simulate_campaigns(world)).where(
        "variant in ('A', 'B')"
    )
    variants = variants.select("unit_id", "variant").toPandas().set_index("unit_id")["variant"]
    # A visit with an order adds its products to the cart in either variant, so only the other visits are compared.
    buying = set(rows[rows["event_type"] == "purchase"]["session_id"])
    browsing = rows[(rows["platform"] == "web") & ~rows["session_id"].isin(buying)]
    views = browsing[browsing["event_type"] == "view"].groupby(browsing["cookie_id"].map(variants)).size()
    carts = browsing[browsing["event_type"] == "cart"].groupby(browsing["cookie_id"].map(variants)).size()
    ratio = (carts["B"] / views["B"]) / (carts["A"] / views["A"])
    lift = SETTINGS.experiments.site_test_lift
    # Views of visits that led to an order have no cart, and dilute both variants alike.
    assert within(ratio, 1 + lift, ratio * math.sqrt(1 / carts["A"] + 1 / carts["B"]))


def test_consents_are_given_and_withdrawn_at_their_rates(retailer: Retailer) -> None:
    rows = simulate_consents(retailer.world.customers, SETTINGS, retailer.world.draws).toPandas()
    rows = rows[(rows["purpose"] == "marketing") & (rows["channel"] == "email")]
    granted = rows[rows["is_granted"]]["customer_id"].nunique() / CUSTOMERS
    share = SETTINGS.people.consent_shares["email"]
    assert within(granted, share, math.sqrt(share * (1 - share) / CUSTOMERS))
    assert (rows[rows["is_granted"]]["changed_at"].dt.date >= date(2023, 1, 1)).all()
