"""Table of association rules."""

from marketlake.tables.lineage import RUN_DATE
from marketlake.tables.table import Column, Table

ASSOCIATION_RULES = Table(
    name="gold.association_rules",
    summary="An association rule (baskets with some items also hold another one), with its test on the holdout period.",
    key=("run_date", "level", "scope_type", "scope_value", "antecedent", "consequent"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("level", "string", "Level of the items: product, product_type or category.", required=True),
        Column(
            "scope_type",
            "string",
            "Baskets that are mined: all, or of a segment, store or channel.",
            required=True,
        ),
        Column("scope_value", "string", "The segment, store or channel; all for all baskets.", required=True),
        Column("antecedent", "array<string>", "Items of the condition, sorted by name.", required=True),
        Column("consequent", "string", "Item that is bought with them.", required=True),
        Column("baskets", "bigint", "Baskets of the scope in the mined period."),
        Column("count", "bigint", "Baskets with antecedent and consequent."),
        Column("antecedent_count", "bigint", "Baskets with the antecedent."),
        Column("consequent_count", "bigint", "Baskets with the consequent."),
        Column("support", "double", "Share of baskets with antecedent and consequent."),
        Column("confidence", "double", "Share of the antecedent's baskets that hold the consequent."),
        Column("lift", "double", "Confidence over the consequent's share of all baskets; 1 is chance."),
        Column("lift_low", "double", "Lower end of the 95 % interval of lift."),
        Column("lift_high", "double", "Upper end of it."),
        Column("leverage", "double", "Support minus the support of independent items."),
        Column(
            "conviction",
            "double",
            "Failures expected by chance per failure; missing for a rule without failures.",
        ),
        Column("zhang", "double", "Zhang's metric: -1 never together, 0 independent, 1 never apart."),
        Column("p_value", "double", "Fisher's exact test: the items occur together no more often than by chance."),
        Column("q_value", "double", "Share of chance findings among the rules with at most this p-value."),
        Column("holdout_baskets", "bigint", "Baskets of the scope in the holdout period."),
        Column("holdout_count", "bigint", "Holdout baskets with antecedent and consequent."),
        Column("holdout_antecedent_count", "bigint", "Holdout baskets with the antecedent."),
        Column("holdout_confidence", "double", "Confidence in the holdout; missing without the antecedent."),
        Column("holdout_lift", "double", "Lift in the holdout; missing if an item was not bought."),
        Column("holdout_lift_low", "double", "Lower end of its 95 % interval; missing when never bought together."),
        Column("holdout_lift_high", "double", "Upper end of its 95 % interval."),
        Column("is_replicated", "boolean", "True if holdout_lift_low is above 1; missing if an item was not bought."),
    ),
)
