"""Numbers, shares and text as people read them."""

from __future__ import annotations

from typing import Any

MISSING = "–"


def format_number(value: Any) -> str:
    """A number for reading: thousands separated, about four digits; a dash for a missing one.

    >>> format_number(1234567.8), format_number(12.4), format_number(0.00012345), format_number(None)
    ('1,234,568', '12.4', '0.0001234', '–')
    """
    if value is None:
        return MISSING
    size = abs(value)
    if isinstance(value, int) or size == 0 or 1e3 <= size < 1e15:
        return f"{value:,.0f}"
    if 1 <= size < 1e3:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:.4g}"


def format_share(value: float | None) -> str:
    """A share as a percentage; a share close to 0 or 1 is never shown as exactly that.

    >>> format_share(0.031), format_share(0.0000001), format_share(1.0), format_share(None)
    ('3.1%', '<0.1%', '100%', '–')
    """
    if value is None:
        return MISSING
    if 0 < value < 0.001:
        return "<0.1%"
    if 0.999 < value < 1:
        return ">99.9%"
    return f"{100 * value:.1f}".rstrip("0").rstrip(".") + "%"


def shorten(text: str | None, most: int = 60) -> str:
    """A value short enough for a cell; a dash for a missing one, and quotes round an empty or blank one."""
    if text is None:
        return MISSING
    if not text.strip():
        return f'"{text[:most]}"'
    return text if len(text) <= most else text[: most - 1] + "…"


def count_of(count: int, singular: str, plural: str = "") -> str:
    """A number with its noun.

    >>> count_of(1, "table"), count_of(1200, "row"), count_of(2, "category", "categories")
    ('1 table', '1,200 rows', '2 categories')
    """
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def join_words(words: list[str], *, most: int = 5) -> str:
    """Words as a sentence lists them, cut after `most`.

    >>> join_words(["a"]), join_words(["a", "b", "c"]), join_words(["a", "b", "c"], most=2)
    ('a', 'a, b and c', 'a, b and 1 more')
    """
    shown = [*words[:most], *([f"{len(words) - most} more"] if len(words) > most else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
