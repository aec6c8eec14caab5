"""What is known of the simulated retailer and stands in no raw file: for tests and benches, and for no job."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from marketlake.simulator import experiments, identity, service
from marketlake.simulator.world import Sales, World

ORDER = ("order_id", "person_id", "customer_id", "order_date", "cause", "lag_days")
ALWAYS_THE_SAME = ("customers", "products")  # whatever the batch


def tables(world: World, sales: Sales | None) -> dict[str, DataFrame]:
    """The truth about the days of a batch, by name.

    - identities: which record, device and cookie is which person, household and customer.
    - customers: hidden type; for the base also order rate and drop-out rate (a day) and the day of drop-out, from
      which future orders and lifetime value follow.
    - orders: the channel whose touch caused the order (missing: it would have come anyway) and the days between; an
      order without a channel's touches is one that the channel did not cause.
    - experiments: campaigns and coupons: treated or not, and whether the customer orders without and with it.
    - media: spend, adstock, saturation and the share added to the order rate, by day and channel.
    - tickets: what each was about.
    - products (base): sensitivity to price, own and cross elasticity.
    """
    days = F.col("order_date").between(F.lit(world.first), F.lit(world.last))
    campaigns = world.keep("campaigns", experiments.campaigns(world))
    both = campaigns.unionByName(world.keep("coupons", experiments.coupons(world)))
    found = {
        "identities": identity.truth(world),
        "customers": world.people,
        "orders": world.orders.where(days).select(
            "order_id", "person_id", "customer_id", "order_date", "cause", "lag_days"
        ),
        "trials": both.where(F.col("start_date").between(F.lit(world.first), F.lit(world.last))),
        "media": world.plan.where(F.col("day").between(F.lit(world.first), F.lit(world.last))),
        "tickets": service.tickets(world, world.orders.where(days)).select("ticket_id", "category"),
    }
    return found | ({"products": sales.elasticities} if sales else {})
