"""Settings of the simulated retailer. conf/simulator.yaml is generated from these classes."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from marketlake.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]


class PurchaseSettings(Settings):
    """Order rate, lifetime (Pareto/NBD) and order size of the base's customers."""

    orders_per_year: Positive = Field(8.0, description="Mean order rate of a customer, orders a year.")
    rate_shape: Positive = Field(1.2, description="Gamma shape of the order rates; a small value makes them uneven.")
    mean_lifetime_days: Positive = Field(600.0, description="Mean days from joining to dropping out.")
    lifetime_shape: float = Field(2.5, gt=1, description="Gamma shape of the drop-out rates.")
    lines_per_order: float = Field(3.0, gt=1, description="Mean lines of an order.")
    online_share: Share = Field(0.35, description="Share online of the orders of customers with an account.")
    card_share: Share = Field(0.85, description="Share of store sales at which the loyalty card is shown.")


class SeasonSettings(Settings):
    """Order rate over the year, the week and the years."""

    amplitude: Share = Field(0.25, description="Height of the year's wave, as a share of the mean rate.")
    peak_day: int = Field(340, ge=1, le=366, description="Day of the year with the highest rate.")
    weekdays: tuple[Positive, Positive, Positive, Positive, Positive, Positive, Positive] = Field(
        (0.9, 0.85, 0.9, 0.95, 1.1, 1.3, 1.0), description="Relative rates from Monday; scaled to a mean of 1."
    )
    growth_per_year: float = Field(0.1, gt=-1, description="Growth of the order rate a year; 0.1 is 10 %.")


class CatalogueSettings(Settings):
    """Products, stores and prices of the base."""

    categories: Count = Field(24, description="Number of categories.")
    products_per_category: int = Field(20, ge=2, description="Products of a category.")
    stores: Count = Field(40, description="Number of stores, without the web shop.")
    price_zones: Count = Field(8, description="Number of price zones; the stores of a zone share prices.")
    price_steps: dict[str, Positive] = Field(
        {"1.0": 0.55, "0.9": 0.2, "0.8": 0.15, "0.7": 0.1},
        description="Price as a share of the list price -> share of weeks.",
    )
    min_sensitivity: Positive = Field(1.5, description="Lowest price sensitivity of a category (logit).")
    max_sensitivity: Positive = Field(3.5, description="Highest price sensitivity of a category (logit).")


class ChannelSettings(Settings):
    """A way to reach customers, and its effect on the order rate."""

    kind: Literal["paid", "owned", "organic"] = Field(
        description="paid by the click, owned (needs a consent), or organic (costs and causes nothing)."
    )
    effect: NonNegative = Field(0.0, description="Largest share that the channel adds to the order rate.")
    carry_over: float = Field(0.0, ge=0, lt=1, description="Share of the effect that is left a day later (adstock).")
    half_saturation: Positive = Field(
        1.0, description="Adstock at which half of the effect is reached (Hill), currency a person and day."
    )
    steepness: Positive = Field(1.0, description="Exponent of the Hill curve.")
    spend: Positive = Field(
        0.01, description="Mean spend, currency a person and day; of an organic channel it only sets the clicks."
    )
    cost_per_click: Positive = Field(1.0, description="Cost of a click, currency.")


CHANNELS = {
    "search": ChannelSettings(
        kind="paid", effect=0.12, carry_over=0.3, half_saturation=0.02, spend=0.02, cost_per_click=1.0
    ),
    "social_ads": ChannelSettings(
        kind="paid", effect=0.10, carry_over=0.6, half_saturation=0.015, steepness=1.5, spend=0.015, cost_per_click=0.8
    ),
    "display": ChannelSettings(
        kind="paid", effect=0.04, carry_over=0.7, half_saturation=0.01, steepness=2.0, spend=0.01, cost_per_click=0.6
    ),
    "email": ChannelSettings(
        kind="owned", effect=0.10, carry_over=0.5, half_saturation=0.0005, spend=0.0006, cost_per_click=0.08
    ),
    "sms": ChannelSettings(
        kind="owned", effect=0.04, carry_over=0.3, half_saturation=0.0005, spend=0.0005, cost_per_click=0.5
    ),
    "push": ChannelSettings(
        kind="owned", effect=0.03, carry_over=0.2, half_saturation=0.0001, spend=0.0001, cost_per_click=0.02
    ),
    "organic_search": ChannelSettings(kind="organic", spend=0.008),
    "direct": ChannelSettings(kind="organic", spend=0.012),
}  # fmt: skip


class CustomerTypeSettings(Settings):
    """A hidden type of customer."""

    share: Share = Field(description="Share of all customers.")
    coupon_odds_ratios: dict[str, Positive] = Field(
        description="Coupon type -> factor of the odds of an order while the coupon is valid."
    )


TYPES = {
    "loyal": CustomerTypeSettings(
        share=0.25, coupon_odds_ratios={"first_order": 1.2, "threshold": 1.1, "wake_up": 1.3}
    ),
    "bargain": CustomerTypeSettings(
        share=0.25, coupon_odds_ratios={"first_order": 2.5, "threshold": 2.0, "wake_up": 2.2}
    ),
    "routine": CustomerTypeSettings(
        share=0.30, coupon_odds_ratios={"first_order": 1.5, "threshold": 1.3, "wake_up": 1.4}
    ),
    "unmoved": CustomerTypeSettings(
        share=0.20, coupon_odds_ratios={"first_order": 1.0, "threshold": 1.0, "wake_up": 1.0}
    ),
}  # fmt: skip


class ExperimentSettings(Settings):
    """Campaigns with a randomised holdout and randomised coupons in each 28 days, and an A/B test on the web site."""

    holdout_share: Share = Field(0.2, description="Share of the customers in reach of a campaign that is held out.")
    campaign_odds_ratio: Positive = Field(1.4, description="Factor of the odds of an order by a campaign.")
    coupon_pool_share: Share = Field(0.4, description="Share of the customers who are considered for a coupon.")
    coupon_issue_share: Share = Field(0.5, description="Share of the considered customers who get the coupon.")
    coupon_value: Positive = Field(5.0, description="Value of a coupon, currency.")
    threshold_amount: Positive = Field(40.0, description="Minimum order of a threshold coupon, currency.")
    redemption_share: Share = Field(
        0.7, description="Share redeemed where the customer would have ordered without the coupon too."
    )
    site_test_lift: float = Field(0.25, ge=-1, description="Lift of the add-to-cart rate in variant B; 0.25 is 25 %.")


class PeopleSettings(Settings):
    """Records of people in the systems, their errors, and consents."""

    crm_share: Share = Field(0.8, description="Share of people in the CRM.")
    account_share: Share = Field(0.6, description="Share of people with a shop account.")
    duplicate_record_share: Share = Field(0.05, description="Share of people with two records in CRM or shop.")
    nickname_share: Share = Field(0.08, description="Share of records with a nickname.")
    move_share: Share = Field(0.08, description="Share of people who moved.")
    shared_device_share: Share = Field(0.15, description="Share of households that share a device.")
    recycled_phone_share: Share = Field(0.02, description="Share of people with a number that another person had.")
    signed_in_share: Share = Field(0.5, description="Share of signed-in visits, of people with an account.")
    consent_shares: dict[str, Share] = Field(
        {"email": 0.7, "sms": 0.4, "push": 0.5},
        description="Owned channel -> share of customers who consent to it on joining.",
    )
    withdrawals_per_year: NonNegative = Field(0.1, description="Rate at which a consent is withdrawn, a year.")
    privacy_request_share: Share = Field(0.005, description="Share of customers who make a privacy request.")


class VisitSettings(Settings):
    """Visits of the web site and the apps."""

    views_per_visit: Positive = Field(2.5, description="Mean product views of a visit.")
    search_rate: Share = Field(0.3, description="Share of visits with a search.")
    add_to_cart_rate: Share = Field(0.2, description="Share of views with an addition to the cart.")
    add_to_wishlist_rate: Share = Field(0.06, description="Share of views with an addition to the wish list.")
    share_rate: Share = Field(0.02, description="Share of views that are shared with others.")
    review_rate: Share = Field(0.02, description="Share of views with a review.")


class IncidentSettings(Settings):
    """A planted fault: on one platform and for some days most purchases fail at the checkout."""

    platform: Literal["web", "android", "ios"] = Field("android", description="Platform with the fault.")
    start_day: int = Field(200, description="First day of the fault, in days after the retailer's first day.")
    days: int = Field(3, ge=0, description="Length of the fault, days; 0 plants none.")
    failure_share: Share = Field(0.8, description="Share of purchases that fail.")


class FeedbackSettings(Settings):
    """Surveys after orders, and tickets."""

    survey_share: Share = Field(0.05, description="Share of orders with an answered survey.")
    drivers: dict[str, Positive] = Field(
        {"speed": 0.35, "range": 0.15, "price": 0.30, "staff": 0.20},
        description="Driver -> weight in the customer's satisfaction.",
    )
    complaint_share: Share = Field(0.01, description="Share of orders with a ticket.")
    complaint_categories: dict[str, Positive] = Field(
        {"late_delivery": 0.3, "damaged": 0.2, "wrong_price": 0.2, "staff": 0.15, "app_fault": 0.15},
        description="Category -> share of tickets.",
    )


class ReturnSettings(Settings):
    """Payment and cancellation of web orders, and returns."""

    line_share: Share = Field(0.06, description="Share of order lines that are returned, whole or in part.")
    mean_days: Positive = Field(8.0, description="Mean days from payment to return, if there were no limit of 30 days.")
    without_receipt_share: Share = Field(
        0.1, description="Share of returns at tills without the receipt: no order, no customer."
    )
    cancelled_share: Share = Field(0.04, description="Share of web orders that are cancelled before they are paid.")
    refunded_share: Share = Field(0.01, description="Share of paid web orders that are cancelled, and so refunded.")
    invoice_share: Share = Field(0.2, description="Share of web orders that are paid 1 to 14 days later.")


class MarketSettings(Settings):
    """Competitors' prices, stock and footfall."""

    watched_products: Count = Field(100, description="Products with stock levels and competitors' prices.")
    watched_stores: Count = Field(10, description="Stores with stock levels.")
    competitors: Count = Field(3, description="Number of competitors.")
    stock_out_share: Share = Field(0.04, description="Share of products, stores and days without stock.")
    conversion_rate: float = Field(0.25, gt=0, le=1, description="Share of a store's visitors who buy.")


class DataErrorSettings(Settings):
    """Errors between a system and its file: shares of rows, for `missing_share` and `typo_share` of values."""

    missing_share: Share = Field(0.02, description="Share of optional values that are left out.")
    typo_share: Share = Field(0.02, description="Share of typed texts with a letter dropped or doubled.")
    duplicate_share: Share = Field(0.01, description="Share of rows that are sent twice.")
    late_share: Share = Field(0.02, description="Share of rows that are delivered one to three days late.")
    skewed_clock_share: Share = Field(0.03, description="Share of devices whose clock is minutes or hours off.")
    wrong_type_share: Share = Field(0.003, description="Share of rows with a word for a number or time; quarantined.")
    broken_line_share: Share = Field(0.002, description="Share of lines that are cut or malformed; quarantined.")


class SimulatorSettings(Settings):
    """Settings of `marketlake simulate`: every rate of the simulated retailer."""

    first_day: date = Field(date(2025, 1, 1), description="First day of the retailer.")
    batch_days: Count = Field(366, description="Days that are computed at once; the rows do not depend on it.")
    purchases: PurchaseSettings = Field(PurchaseSettings(), description="Orders; over public orders online_share only.")
    season: SeasonSettings = Field(SeasonSettings(), description="Seasons; of the base only.")
    catalogue: CatalogueSettings = Field(CatalogueSettings(), description="Products and prices; of the base only.")
    channels: dict[str, ChannelSettings] = Field(CHANNELS, description="Channel -> its effect and cost.")
    types: dict[str, CustomerTypeSettings] = Field(TYPES, description="Hidden types of customers.")
    experiments: ExperimentSettings = Field(ExperimentSettings(), description="Campaigns, coupons and the site test.")
    people: PeopleSettings = Field(PeopleSettings(), description="Records, devices and consents of people.")
    visits: VisitSettings = Field(VisitSettings(), description="Visits of the web site and the apps.")
    incident: IncidentSettings = Field(IncidentSettings(), description="A planted fault of the checkout.")
    feedback: FeedbackSettings = Field(FeedbackSettings(), description="Surveys and tickets.")
    returns: ReturnSettings = Field(
        ReturnSettings(), description="Payment, cancellations and returns; of the base only."
    )
    market: MarketSettings = Field(MarketSettings(), description="Competitors, stock and footfall.")
    data_errors: DataErrorSettings = Field(DataErrorSettings(), description="Errors in the raw files.")
