"""ALS as a method: customers are folded in against the factors of products, and scored by inner products."""

from __future__ import annotations

from marketlake.recommend.methods.fold_in import fold_in
from marketlake.recommend.methods.inner_products import InnerProducts
from marketlake.recommend.methods.method import Method, Role, ScoringBatch


def scores(scoring: ScoringBatch) -> InnerProducts:
    """Inner products of the customers' and the products' factors."""
    factors = scoring.state.factors
    return InnerProducts(fold_in(scoring.batch.ratings(), factors), factors.norm_sorted)


ALS = Method(
    name="als",
    title="ALS",
    role=Role.CANDIDATES | Role.FEATURE,
    scores=scores,
    reason="Goes with your usual purchases",
    reason_priority=1,
)
