"""The page and the figures: complete, self-contained, escaped, in plain words."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from pyspark.sql import functions as F

from marketlake.description.describe import describe
from marketlake.description.notes import column_notes
from marketlake.description.plots import correlation_figure, correlation_matrix, histograms_figure, missing_figure
from marketlake.description.report import render_report

ATTACK = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def description(spark):
    frame = spark.range(200).select(
        (F.pow(F.col("id") % 50, F.lit(3)) + 1).cast("double").alias("net amount"),
        F.when(F.col("id") % 4 > 0, F.col("id")).alias("points"),
        F.when(F.col("id") % 2 == 0, F.lit(ATTACK)).otherwise("email").alias("channel"),
        F.col("id").cast("string").alias("$name<b>"),
        F.date_add(F.lit("2017-01-01").cast("date"), F.col("id").cast("int")).alias("day"),
        F.concat(F.col("id"), F.lit("@example.org")).alias("email"),
        F.array("id").alias("tags"),
        F.lit(None).cast("double").alias("nothing"),
    )
    return describe(
        frame,
        table_name="silver.<i>orders",
        table_version=3,
        run_date=date(2017, 12, 31),
        pairs=[("channel", "$name<b>")],
        personal=["email"],
    )


@pytest.fixture(scope="module")
def page(description):
    return render_report([description, description], title="Two & tables")


def test_rows_that_are_made_up_are_said_to_be(spark, page):
    source = F.when(F.col("id") % 4 == 0, "simulated_events").otherwise("shop_events")
    rows = spark.range(8).select("id", source.alias("source"))
    mixed = describe(rows, table_name="silver.events", table_version=0, run_date=date(2017, 12, 31))
    assert "25% of these rows are simulated: made up, not observed." in render_report([mixed])
    assert "simulated:" not in page


def test_page_is_whole_and_needs_no_network(page, description):
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert not re.search(r"https?:|//[a-z]|<link|<script|@import|url\(", page)
    for name in ("net amount", "points", "channel", "$name&lt;b&gt;", "day", "email", "tags", "nothing"):
        assert page.count(name) >= 2
    assert "Two &amp; tables" in page
    assert "2017-12-31" in page


def test_values_and_names_are_escaped(page):
    assert ATTACK not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page
    assert "silver.<i>" not in page


def test_personal_values_are_absent(page):
    assert "@example.org" not in page


def test_links_inside_the_page_lead_somewhere(page):
    targets = re.findall(r'href="#([^"]+)"', page)
    assert targets
    assert set(targets) <= set(re.findall(r'id="([^"]+)"', page))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_page_without_tables():
    assert "No table was described" in render_report([])


def test_page_of_an_empty_table(spark):
    frame = spark.createDataFrame([], "amount double, channel string")
    empty = describe(frame, table_name="t.t", table_version=None, run_date=date(2017, 1, 1))
    assert "The table is empty" in render_report([empty])


def test_notes_say_what_matters(description):
    rows = {row["column_name"]: row for row in description.statistics.to_dict("records")}
    assert column_notes(rows["nothing"]) == ["Every row is missing: the column says nothing."]
    assert column_notes(rows["points"])[0] == "25% of rows have no value (50)."
    assert column_notes(rows["$name<b>"]) == ["No value occurs twice: probably a key."]
    assert any("Personal data" in note for note in column_notes(rows["email"]))
    assert any("Strongly skewed" in note or "Moderately skewed" in note for note in column_notes(rows["net amount"]))


def test_note_of_outliers(spark):
    frame = spark.range(100).select(F.when(F.col("id") < 97, F.col("id") % 10).otherwise(99.0).alias("amount"))
    found = describe(frame, table_name="t.t", table_version=1, run_date=date(2017, 1, 1))
    notes = column_notes(found.statistics.to_dict("records")[0])
    assert any(re.fullmatch(r"Values above [\d.]+ are outliers by the IQR rule: 3% of values\.", n) for n in notes)


def test_matrix_is_symmetric(description):
    matrix = correlation_matrix(description.associations, "pearson")
    assert list(matrix.columns) == ["net amount", "points", "nothing"]
    assert matrix.loc["net amount", "points"] == matrix.loc["points", "net amount"]
    assert matrix.loc["points", "points"] == 1.0


@pytest.mark.parametrize("empty", [False, True])
def test_figures_can_be_drawn(description, empty):
    statistics, frequencies, associations = (
        part.head(0) if empty else part
        for part in (description.statistics, description.frequencies, description.associations)
    )
    for figure in (
        missing_figure(statistics),
        histograms_figure(frequencies),
        correlation_figure(associations),
        correlation_figure(associations, method="spearman"),
    ):
        target = io.BytesIO()
        figure.savefig(target, format="png")
        assert target.getbuffer().nbytes > 1_000
