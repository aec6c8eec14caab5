"""Ground truth of the simulated retailer: in no raw file, for tests and benchmarks only, never for jobs."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import experiments, feedback, identity, returns
from marketlake.simulator.world import Sales, World

ORDER_COLUMNS = ("order_id", "person_id", "customer_id", "order_date", "cause", "lag_days")
BATCH_INDEPENDENT = ("customers", "products", "return_rates")  # the same in every batch


def build_truth(world: World, sales: Sales | None) -> dict[str, DataFrame]:
    """Ground truth of the days of a batch, by name.

    - identities: person, household and customer of each record, device and cookie.
    - customers: hidden type; for the base also order rate and drop-out rate (a day) and the day of drop-out, which
      determine future orders and customer lifetime value.
    - orders: the channel whose touch caused the order (null: organic) and the lag in days. Without a channel, exactly
      the orders that it caused disappear.
    - experiments: campaigns and coupons: treatment, and both potential outcomes (an order without and with it).
    - media: spend, adstock, saturation and the share added to the order rate, by day and channel.
    - tickets: category.
    - products (base): sensitivity to price, own and cross elasticity.
    - payments (base): payment, cancellation and refund of each web order.
    - returns (base): every returned line, with its order and customer also where the raw file has none.
    - return_rates (base): expected share of lines returned, by category and by customer.
    """
    days = F.col("order_date").between(F.lit(world.first), F.lit(world.last))
    campaigns = world.cache("campaigns", experiments.simulate_campaigns(world))
    both = campaigns.unionByName(world.cache("coupons", experiments.simulate_coupons(world)))
    frames = {
        "identities": identity.build_identity_truth(world),
        "customers": world.people,
        "orders": world.orders.where(days).select(*ORDER_COLUMNS),
        "experiments": both.where(F.col("start_date").between(F.lit(world.first), F.lit(world.last))),
        "media": world.media_plan.where(F.col("day").between(F.lit(world.first), F.lit(world.last))),
        "tickets": feedback.simulate_tickets(world, world.orders.where(days)).select("ticket_id", "category"),
    }
    if sales is None:
        return frames
    shop = (world.settings, world.draws)
    returned = world.cache("returns", returns.simulate_returns(sales.lines, *shop))
    return frames | {
        "products": sales.elasticities,
        "payments": returns.simulate_payments(sales.lines, *shop).where(days),
        "returns": returned.where(F.col("return_date").between(F.lit(world.first), F.lit(world.last))),
        "return_rates": returns.build_return_rates(world.customers, *shop),
    }
