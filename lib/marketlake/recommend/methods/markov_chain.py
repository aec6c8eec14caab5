"""A first-order Markov chain from one basket to the next one of the same customer.

Source: Rendle, Freudenthaler and Schmidt-Thieme, Factorizing Personalized Markov Chains (2010), 4.1; the chain of all
customers, not factorised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from marketlake.recommend.data.catalogue import Catalogue
from marketlake.recommend.data.customer_batch import CustomerBatch
from marketlake.recommend.methods.method import FitData, Method, Role, ScoringBatch
from marketlake.recommend.methods.scores import DenseScores

DAYS = 90  # whose baskets the chain is fitted on
PRIOR = 5  # baskets with nothing after them that are added to those of each product


@dataclass(frozen=True)
class MarkovChain:
    """Share of the baskets with a product (row) after which the customer's next one had another (column)."""

    transitions: sparse.csr_matrix

    def scores(self, batch: CustomerBatch) -> np.ndarray:
        """The sum of the shares over the products of the customer's last basket: all purchases of the last day."""
        age = np.nan_to_num(batch.values["days_since_last_order"], nan=np.inf)
        last = np.full(len(batch.customer_id), np.inf)
        np.minimum.at(last, batch.row, age)
        basket = batch.matrix((age == last[batch.row]) & (age < np.inf))
        basket.eliminate_zeros()
        return (basket @ self.transitions).toarray()


def fit_markov_chain(baskets: pd.DataFrame, catalogue: Catalogue) -> MarkovChain:
    """Counts the products of a basket and of the one after it.

    Args:
        baskets: customer_id, product_id, happened_on; each once. All purchases of a day are one basket.
        catalogue: the products that are sold; others are left out.
    """
    item = catalogue.places(baskets["product_id"].to_numpy(dtype=str))
    days = baskets.assign(item=item)[item >= 0].groupby(["customer_id", "happened_on"], sort=True)
    customers = np.array([customer for customer, _ in days.groups], dtype=str)
    place, items = days.ngroup().to_numpy(), days.obj["item"].to_numpy()
    shape = (len(customers), len(catalogue))
    bought = sparse.csr_matrix((np.ones(len(items), dtype=np.float32), (place, items)), shape=shape)
    follows = np.flatnonzero(customers[1:] == customers[:-1])
    before, after = bought[follows], bought[follows + 1]
    seen = np.asarray(before.sum(axis=0)).ravel()
    return MarkovChain((sparse.diags(1 / (seen + PRIOR)) @ (before.T @ after)).tocsr().astype(np.float32))


def _fit(data: FitData) -> MarkovChain:
    if data.baskets is None:
        raise ValueError("the Markov chain is fitted on baskets, and there are none: only the evaluation collects them")
    return fit_markov_chain(data.baskets, data.catalogue)


def _scores(scoring: ScoringBatch) -> DenseScores:
    model: MarkovChain = scoring.state.models[MARKOV_CHAIN.name]
    return DenseScores(model.scores(scoring.batch))


MARKOV_CHAIN = Method(
    name="markov_chain",
    title="next basket (Markov)",
    role=Role.CANDIDATES | Role.REFERENCE,
    scores=_scores,
    fit=_fit,
)
