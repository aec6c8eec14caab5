"""Pages for people: one skeleton with the conclusion first, readable without a network.

A discipline renders the body of each section with a template of its own (`render_template`); `render_page` puts the
skeleton around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from marketlake.reporting.formats import count_of, format_number, format_share, shorten

SKELETON = "page.html.j2"


@dataclass(frozen=True)
class Section:
    """One part of a page, with an entry in its table of contents.

    Attributes:
        heading: of the part.
        body: HTML below the heading.
        anchor: id of the part, unique on the page.
        summary: a few words beside the heading in the table of contents.
    """

    heading: str
    body: Markup
    anchor: str
    summary: str = ""


@dataclass(frozen=True)
class Source:
    """One input of a page.

    Attributes:
        name: of the table or model.
        version: that was read; None when it has none.
        note: such as its rows or its run date.
    """

    name: str
    version: int | str | None = None
    note: str = ""


def render_page(
    title: str,
    conclusion: Sequence[str],
    advice: Sequence[str],
    sections: Sequence[Section],
    *,
    sources: Sequence[Source],
    method: Sequence[str],
    style: str = "",
) -> str:
    """A self-contained HTML page: conclusion and advice first, then the sections; sources and method last.

    Args:
        title: heading of the page.
        conclusion: sentences that say what was found.
        advice: sentences that say what to do about it; may be empty.
        sections: the evidence.
        sources: inputs with their versions.
        method: sentences on how the figures were made, and how far to trust them.
        style: CSS of this kind of page, in addition to that of all pages.

    Returns:
        The page. It links to nothing outside itself; every value is escaped.
    """
    return str(
        render_template(
            "marketlake.reporting",
            SKELETON,
            title=title,
            conclusion=conclusion,
            advice=advice,
            sections=sections,
            sources=sources,
            method=method,
            style=Markup(style),
        )
    )


def render_template(package: str, name: str, **values: Any) -> Markup:
    """A template of a package, filled; values are escaped, and an unknown one is an error.

    Read as a resource, since the library may be a zip file on a cluster.

    Args:
        package: full name of the package in which the template is.
        name: its file name.
        values: what it shows.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters.update(number=format_number, share=format_share, shorten=shorten, count_of=count_of)
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return Markup(environment.from_string(text).render(**values))
