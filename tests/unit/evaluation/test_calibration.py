"""Calibration groups."""

from __future__ import annotations

import doctest

import numpy as np

from marketlake.evaluation import calibration
from marketlake.evaluation.calibration import calibration_curve


def test_the_numbers_in_docstrings_are_true() -> None:
    failed, tried = doctest.testmod(calibration, extraglobs={"np": np})
    assert (failed, tried > 0) == (0, True)


def test_a_calibrated_prediction_is_on_the_diagonal() -> None:
    draws = np.random.default_rng(1)
    probability = draws.random(40_000)
    predicted, observed = calibration_curve(probability, draws.random(40_000) < probability)
    assert len(predicted) == calibration.GROUPS
    np.testing.assert_allclose(predicted, observed, atol=0.05)
    assert (np.diff(predicted) > 0).all()


def test_few_cases_are_few_groups() -> None:
    predicted, observed = calibration_curve(np.array([0.4, 0.2]), np.array([True, False]))
    assert (predicted.tolist(), observed.tolist()) == ([0.2, 0.4], [0.0, 1.0])
    assert len(calibration_curve(np.empty(0), np.empty(0))[0]) == 0
