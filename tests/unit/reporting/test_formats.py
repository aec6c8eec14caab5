"""Numbers and text as people read them."""

from __future__ import annotations

import doctest

from marketlake.reporting import formats, markdown, svg
from marketlake.reporting.formats import format_number, format_share, shorten


def test_numbers_for_reading():
    expected = ["0", "5", "12.4", "1,235", "-0.0001234", "1e+20"]
    assert [format_number(x) for x in (0.0, 5, 12.4, 1234.6, -0.00012344, 1e20)] == expected
    assert [format_share(x) for x in (0.0, 0.0001, 0.25, 0.9999, 1.0)] == ["0%", "<0.1%", "25%", ">99.9%", "100%"]
    assert [shorten(x, 5) for x in (None, "", " ", "abcdefg")] == ["–", '""', '" "', "abcd…"]


def test_examples_of_the_docstrings_are_true():
    for module in (formats, markdown, svg):
        assert doctest.testmod(module).failed == 0
