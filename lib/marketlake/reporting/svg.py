"""Small pictures inside the text of a page."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from marketlake.reporting.style import DIVERGING


def bars_svg(
    heights: Sequence[float], labels: Sequence[str], *, width: int, height: int, title: str, css_class: str = "bars"
) -> Markup:
    """Upright bars as inline SVG, with a tooltip each.

    Args:
        heights: zero or more, one a bar, in any unit.
        labels: text of the tooltip of each bar.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        title: what the picture shows, for readers who do not see it.
        css_class: class of the svg element.

    Returns:
        The markup, with the labels escaped; empty without bars. A bar that is not 0 is at least one pixel high.
    """
    if not heights:
        return Markup("")
    tallest = max(heights) or 1.0
    step = width / len(heights)
    gap = min(2.0, step * 0.15)
    bars = []
    for place, (value, label) in enumerate(zip(heights, labels, strict=True)):
        tall = max(1.0, height * value / tallest) if value else 0.0
        bars.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
                f"{place * step + gap / 2:.1f}", f"{height - tall:.1f}", f"{step - gap:.1f}", f"{tall:.1f}", label
            )
        )
    opening = Markup('<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">')
    return opening.format(css_class, width, height, title) + Markup("").join(bars) + Markup("</svg>")


def tint(coefficient: float | None) -> str:
    """CSS for a cell of a heat map from -1 (orange) to 1 (blue); grey when there is no coefficient.

    >>> tint(1.0), tint(None)
    ('background:#2f6690;color:#ffffff', 'background:#f3f4f6')
    """
    if coefficient is None:
        return "background:#f3f4f6"
    red, green, blue, _ = DIVERGING((coefficient + 1) / 2, bytes=True)
    ink = ";color:#ffffff" if abs(coefficient) > 0.6 else ""
    return f"background:#{red:02x}{green:02x}{blue:02x}{ink}"
