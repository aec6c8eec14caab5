"""Every rate of the simulated retailer, with its default; conf/base.yaml says the same in the section `simulator`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from marketlake.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]


class Purchases(Settings):
    """How often customers of the base order, and when they drop out (Pareto/NBD), and what is in an order."""

    orders_per_year: Positive = 8.0
    rate_shape: Positive = 1.2
    mean_lifetime_days: Positive = 600.0
    lifetime_shape: float = Field(2.5, gt=1)
    lines_per_order: float = Field(3.0, gt=1)
    online_share: Share = 0.35
    card_share: Share = 0.85


class Season(Settings):
    """How the order rate moves over the year, the week and the years."""

    amplitude: Share = 0.25
    peak_day: int = Field(340, ge=1, le=366)
    weekdays: tuple[Positive, Positive, Positive, Positive, Positive, Positive, Positive] = (
        0.9, 0.85, 0.9, 0.95, 1.1, 1.3, 1.0,
    )  # fmt: skip
    growth_per_year: float = 0.1


class Catalogue(Settings):
    """What the base sells, where, and at which prices."""

    categories: int = Field(24, ge=1)
    products_per_category: int = Field(20, ge=2)
    stores: int = Field(40, ge=1)
    price_zones: int = Field(8, ge=1)
    price_steps: dict[str, Positive] = {"1.0": 0.55, "0.9": 0.2, "0.8": 0.15, "0.7": 0.1}
    min_sensitivity: Positive = 1.5
    max_sensitivity: Positive = 3.5


class Channel(Settings):
    """A way to reach a customer, and what it does to her order rate.

    Attributes:
        kind: paid by the click, owned (needs consent), or organic (costs and causes nothing).
        effect: largest share that is added to the order rate.
        carry_over: share of the effect that is left a day later (adstock).
        half_saturation: adstock, currency a person and day, at which half of the effect is reached (Hill).
        steepness: exponent of the Hill curve.
        spend: currency a person and day, on average; for an organic channel it only sets the clicks.
        cost_per_click: currency.
    """

    kind: Literal["paid", "owned", "organic"]
    effect: float = Field(0.0, ge=0)
    carry_over: float = Field(0.0, ge=0, lt=1)
    half_saturation: Positive = 1.0
    steepness: Positive = 1.0
    spend: Positive = 0.01
    cost_per_click: Positive = 1.0


CHANNELS = {
    "search": Channel(
        kind="paid", effect=0.12, carry_over=0.3, half_saturation=0.02, spend=0.02, cost_per_click=1.0
    ),
    "social_ads": Channel(
        kind="paid", effect=0.10, carry_over=0.6, half_saturation=0.015, steepness=1.5, spend=0.015, cost_per_click=0.8
    ),
    "display": Channel(
        kind="paid", effect=0.04, carry_over=0.7, half_saturation=0.01, steepness=2.0, spend=0.01, cost_per_click=0.6
    ),
    "email": Channel(
        kind="owned", effect=0.10, carry_over=0.5, half_saturation=0.0005, spend=0.0006, cost_per_click=0.08
    ),
    "sms": Channel(
        kind="owned", effect=0.04, carry_over=0.3, half_saturation=0.0005, spend=0.0005, cost_per_click=0.5
    ),
    "push": Channel(
        kind="owned", effect=0.03, carry_over=0.2, half_saturation=0.0001, spend=0.0001, cost_per_click=0.02
    ),
    "organic_search": Channel(kind="organic", spend=0.008),
    "direct": Channel(kind="organic", spend=0.012),
}  # fmt: skip


class CustomerType(Settings):
    """A hidden type of customer.

    Attributes:
        share: of all customers.
        coupon_odds: by how much each type of coupon multiplies the odds of an order in its validity.
    """

    share: Share
    coupon_odds: dict[str, Positive]


TYPES = {
    "loyal": CustomerType(share=0.25, coupon_odds={"first_order": 1.2, "threshold": 1.1, "wake_up": 1.3}),
    "bargain": CustomerType(share=0.25, coupon_odds={"first_order": 2.5, "threshold": 2.0, "wake_up": 2.2}),
    "routine": CustomerType(share=0.30, coupon_odds={"first_order": 1.5, "threshold": 1.3, "wake_up": 1.4}),
    "unmoved": CustomerType(share=0.20, coupon_odds={"first_order": 1.0, "threshold": 1.0, "wake_up": 1.0}),
}


class Trials(Settings):
    """Campaigns with a randomised holdout, coupons that chance gives or withholds, and a test on the web site."""

    holdout: Share = 0.2
    campaign_odds: Positive = 1.4
    coupon_share: Share = 0.4
    coupon_issued: Share = 0.5
    coupon_value: Positive = 5.0
    threshold: Positive = 40.0
    redeemed: Share = 0.7
    site_test_lift: float = 0.25


class People(Settings):
    """Who is in which system, and how well the systems know her."""

    in_crm: Share = 0.8
    has_account: Share = 0.6
    second_record: Share = 0.05
    nickname: Share = 0.08
    moved: Share = 0.08
    shared_device: Share = 0.15
    recycled_phone: Share = 0.02
    signed_in: Share = 0.5
    consent: dict[str, Share] = {"email": 0.7, "sms": 0.4, "push": 0.5}
    withdrawn_per_year: float = Field(0.1, ge=0)
    privacy_request: Share = 0.005


class Visits(Settings):
    """What happens on a visit of the web site or the app."""

    views: Positive = 2.5
    search: Share = 0.3
    cart: Share = 0.2
    favourite: Share = 0.06
    share: Share = 0.02
    review: Share = 0.02


class Incident(Settings):
    """A planted fault: on one platform, for some days, most purchases fail at the checkout."""

    platform: Literal["web", "android", "ios"] = "android"
    first_day: int = 200
    days: int = Field(3, ge=0)
    failing: Share = 0.8


class Service(Settings):
    """Surveys after orders, and tickets."""

    surveyed: Share = 0.05
    drivers: dict[str, Positive] = {"speed": 0.35, "range": 0.15, "price": 0.30, "staff": 0.20}
    complaint: Share = 0.01
    complaint_categories: dict[str, Positive] = {
        "late_delivery": 0.3, "damaged": 0.2, "wrong_price": 0.2, "staff": 0.15, "app_fault": 0.15,
    }  # fmt: skip


class Market(Settings):
    """What is around the sale: competitors, shelves and doors."""

    watched_products: int = Field(100, ge=1)
    watched_stores: int = Field(10, ge=1)
    competitors: int = Field(3, ge=1)
    stock_out: Share = 0.04
    conversion: Share = 0.25


class Dirt(Settings):
    """What goes wrong on the way into a file; shares of rows, or of values for `missing` and `typo`.

    Attributes:
        missing: a value that is not required is left out.
        typo: a letter of a name, an address or an e-mail is dropped or doubled.
        duplicate: the row is sent twice.
        late: the row is delivered one to three days after its day.
        skewed_clock: share of devices whose clock is minutes or hours off.
        wrong_type: a number or a time that must be there is a word.
        broken_line: the line is not of its format.
    """

    missing: Share = 0.02
    typo: Share = 0.02
    duplicate: Share = 0.01
    late: Share = 0.02
    skewed_clock: Share = 0.03
    wrong_type: Share = 0.003
    broken_line: Share = 0.002


class Simulation(Settings):
    """All settings of a simulated retailer."""

    first_day: date = date(2025, 1, 1)
    batch_days: int = Field(366, ge=1)
    purchases: Purchases = Purchases()
    season: Season = Season()
    catalogue: Catalogue = Catalogue()
    channels: dict[str, Channel] = CHANNELS
    types: dict[str, CustomerType] = TYPES
    trials: Trials = Trials()
    people: People = People()
    visits: Visits = Visits()
    incident: Incident = Incident()
    service: Service = Service()
    market: Market = Market()
    dirt: Dirt = Dirt()
