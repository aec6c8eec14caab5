"""Variety by maximal marginal relevance: lists that are not ten of a kind.

Source: Carbonell and Goldstein, The Use of MMR, Diversity-Based Reranking (1998).
"""

from __future__ import annotations

import numpy as np

from marketlake.recommend.methods.top_k import NONE
from marketlake.recommend.ranking.lists import rank_within_customer

POOL = 5  # times the length of a list: the best candidates, among which is chosen


def mmr(score: np.ndarray, kind: np.ndarray, *, length: int, diversity: float) -> np.ndarray:
    """Places of the chosen candidates in their rows, in the order in which they are chosen; `NONE` where none is left.

    At each place the largest of (1 - diversity) score - diversity likeness is chosen; likeness is 1 where the kind was
    chosen before, else 0.

    Args:
        score: a row a list, a column a candidate, 0 to 1; -inf where there is none.
        kind: the kind of each candidate.
        length: candidates that are chosen.
        diversity: 0 (the scores alone) to 1.

    >>> score, kind = np.array([[0.9, 0.8, 0.5, 0.3]]), np.array([[1, 1, 2, 2]])
    >>> mmr(score, kind, length=3, diversity=0.3).tolist()  # .8 of kind 1: .56 - .3 is less than .35 of .5
    [[0, 2, 1]]
    >>> mmr(score, kind, length=3, diversity=0.0).tolist()
    [[0, 1, 2]]
    """
    rows = np.arange(len(score))
    relevance = np.where(score > -np.inf, (1 - diversity) * np.maximum(score, 0), -np.inf)
    likeness = np.zeros(score.shape)
    chosen = np.empty((len(score), length), dtype=np.int64)
    for place in range(length):
        best = (relevance - diversity * likeness).argmax(axis=1)
        chosen[:, place] = np.where(relevance[rows, best] > -np.inf, best, NONE)
        likeness[kind == kind[rows, best][:, None]] = 1
        relevance[rows, best] = -np.inf
    return chosen


def preference(
    row: np.ndarray, item: np.ndarray, score: np.ndarray, kind: np.ndarray, *, length: int, diversity: float
) -> np.ndarray:
    """A number for each candidate by which a diverse list of its customer is its best: minus its place in it.

    Args:
        row: customer of each candidate.
        item: its product.
        score: probability that it is bought; relative to the customer's best.
        kind: type of the product.
        length: of the list; the other candidates come after it, by score.
        diversity: as in `mmr`.
    """
    order, place = rank_within_customer(row, item, score)
    pool = order[place < POOL * length]
    at = (row[pool], place[place < POOL * length])
    shape = (int(row.max(initial=-1)) + 1, POOL * length)
    scores, kinds, candidate = np.full(shape, -np.inf), np.full(shape, -1), np.full(shape, -1)
    scores[at], kinds[at], candidate[at] = score[pool], kind[pool], pool
    scores /= np.maximum(scores[:, :1], 1e-9)
    chosen = mmr(scores, kinds, length=length, diversity=diversity)
    preferred = np.empty(len(row))
    preferred[order] = -(length + place)
    in_list, places = np.nonzero(chosen != NONE)
    preferred[candidate[in_list, chosen[in_list, places]]] = -places
    return preferred
