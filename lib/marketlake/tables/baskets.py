"""What `mine_baskets` writes."""

from marketlake.tables.lineage import RUN_DATE
from marketlake.tables.table import Column, Table

ASSOCIATION_RULES = Table(
    name="gold.association_rules",
    summary="An association rule: who buys these items buys that one too; and whether it held in the period after.",
    key=("run_date", "level", "dimension", "member", "antecedent", "consequent"),
    partition_by=("run_date",),
    columns=(
        RUN_DATE,
        Column("level", "string", "What an item is: product, product_type or category.", required=True),
        Column("dimension", "string", "Whose baskets: all, or those of a segment, store or channel.", required=True),
        Column("member", "string", "Which segment, store or channel; all for all.", required=True),
        Column("antecedent", "array<string>", "The items of who buys them, by name.", required=True),
        Column("consequent", "string", "The item that is bought with them.", required=True),
        Column("baskets", "bigint", "Baskets that were mined."),
        Column("count", "bigint", "Baskets with antecedent and consequent."),
        Column("antecedent_count", "bigint", "Baskets with the antecedent."),
        Column("consequent_count", "bigint", "Baskets with the consequent."),
        Column("support", "double", "Share of baskets with antecedent and consequent."),
        Column("confidence", "double", "Share of the antecedent's baskets that hold the consequent."),
        Column("lift", "double", "Confidence over the consequent's share of all baskets; 1 is chance."),
        Column("lift_low", "double", "Lower end of the 95 % interval of lift."),
        Column("lift_high", "double", "Upper end of it."),
        Column("leverage", "double", "Support above what independent items would have."),
        Column(
            "conviction", "double", "How much more often it would fail by chance; missing for a rule that never fails."
        ),
        Column("zhang", "double", "Zhang's metric: -1 never together, 0 independent, 1 never apart."),
        Column("p_value", "double", "Of Fisher's exact test that they are together no more often than by chance."),
        Column("q_value", "double", "Share of chance finds among the rules with at most this p-value."),
        Column("next_baskets", "bigint", "Baskets of the period after the one that was mined, and so the next six."),
        Column("next_count", "bigint", "Baskets with antecedent and consequent."),
        Column("next_antecedent_count", "bigint", "Baskets with the antecedent."),
        Column("next_confidence", "double", "Confidence; missing when nobody bought the antecedent."),
        Column("next_lift", "double", "Lift; missing when an item was not bought."),
        Column("next_lift_low", "double", "Lower end of the 95 % interval of lift; missing when never together."),
        Column("next_lift_high", "double", "Upper end of it."),
        Column("holds", "boolean", "The interval of lift is above 1 there too; missing when an item was not bought."),
    ),
)
