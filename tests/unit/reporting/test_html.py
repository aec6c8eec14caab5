"""The page skeleton: conclusion first, sources and method last, escaped, without a network."""

from __future__ import annotations

import re

import jinja2
import pytest
from markupsafe import Markup

from marketlake.reporting.html import Section, Source, render_page, render_template
from marketlake.runtime import dictionary
from marketlake.tables.orders import ORDERS
from marketlake.tables.profiles import CUSTOMER_PROFILES


@pytest.fixture(scope="module")
def page():
    body = Markup("<p>body</p>")
    sections = [Section("Orders & <i>lines</i>", body, "orders", "2 rows"), Section("B", Markup(""), "b")]
    sources = [Source("silver.orders", 3, "2 rows"), Source("silver.stores")]
    texts = {"conclusion": ["Sales rose."], "advice": ["Buy <more>."], "method": ["Sums."]}
    return render_page("Sales", **texts, sections=sections, sources=sources, style="p { color: red }")


def test_conclusion_comes_first_and_sources_and_method_last(page):
    order = ["Sales rose.", "Buy &lt;more&gt;.", "<p>body</p>", "silver.orders", "Sums."]
    places = [page.index(text) for text in order]
    assert places == sorted(places)


def test_text_is_escaped_and_bodies_are_not(page):
    assert "Orders &amp; &lt;i&gt;lines&lt;/i&gt;" in page
    assert "<i>lines" not in page
    assert "<p>body</p>" in page
    assert "p { color: red }" in page


def test_page_needs_no_network_and_has_a_language_and_a_width(page):
    assert not re.search(r"https?:|//[a-z]|<link|<script|@import|url\(", page)
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page


def test_contents_lead_to_the_sections(page):
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets == {"content", "orders", "b"}
    assert targets <= set(re.findall(r'\bid="([^"]+)"', page))


def test_page_without_advice_sections_or_sources():
    page = render_page("Sales", ["No sales."], [], [], sources=[], method=["Sums."])
    assert "What to do" not in page
    assert "Sources" not in page
    assert "<nav" not in page


def test_unknown_value_of_a_template_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render_template("marketlake.reporting", "page.html.j2", title="x")


def test_data_dictionary_is_a_page_with_every_table():
    page = dictionary.as_html([ORDERS, CUSTOMER_PROFILES])
    assert page.count('<section id="') == 2
    assert "2 tables with" in page
    assert all(column.name in page for column in (*ORDERS.columns, *CUSTOMER_PROFILES.columns))
