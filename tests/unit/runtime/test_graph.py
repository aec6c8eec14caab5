"""The graph of jobs: order, pictures and tables derived from what jobs declare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from marketlake.runtime import graph
from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.job import Job
from marketlake.tables.table import Column, Table

ROOT = Path(__file__).resolve().parents[3]


def table(name: str) -> Table:
    return Table(f"silver.{name}", "A thing.", (Column("id", "string", "Identity."),), key=("id",), write="merge")


A, B, C = table("a"), table("b"), table("c <&>")


def job(name: str, reads: tuple[Table, ...] = (), writes: tuple[Table, ...] = ()) -> Job:
    return Job(name, f"Does {name}.", run=print, reads=reads, writes=writes)


LAST, MIDDLE, FIRST = job("a_last", (A, B), (C,)), job("b_middle", (A,), (B,)), job("c_first", (), (A,))


def names(jobs: list[Job]) -> list[str]:
    return [each.name for each in jobs]


def test_jobs_run_after_those_that_write_what_they_read() -> None:
    assert names(graph.ordered([LAST, MIDDLE, FIRST])) == ["c_first", "b_middle", "a_last"]


def test_the_order_does_not_depend_on_the_order_of_files() -> None:
    more = [FIRST, job("z", (A,)), job("y", (A,)), MIDDLE, LAST]
    assert names(graph.ordered(more)) == names(graph.ordered(reversed(more)))


def test_jobs_that_others_wait_for_come_before_those_that_nobody_waits_for() -> None:
    assert names(graph.ordered([FIRST, job("a_leaf", (A,)), MIDDLE, LAST]))[:2] == ["c_first", "b_middle"]


def test_a_job_that_reads_what_it_writes_does_not_wait_for_itself() -> None:
    assert names(graph.ordered([job("one", (A,), (A,))])) == ["one"]


def test_a_job_runs_after_those_that_train_the_models_that_it_uses() -> None:
    scoring = replace(job("a_scoring", (A,)), uses=("recommender",))
    training = replace(job("b_training", (A,)), trains=("recommender", "other"))
    jobs = graph.ordered([scoring, training, FIRST])
    assert names(jobs) == ["c_first", "b_training", "a_scoring"]
    assert graph.upstream(scoring, jobs) == ["c_first", "b_training"]
    assert "reads  silver.a, model recommender" in graph.as_text(jobs)
    assert "writes model recommender, model other" in graph.as_text(jobs)
    assert "| `silver.a`, `model recommender` |" in graph.as_markdown(jobs)
    with pytest.raises(ConfigurationError, match="wait for each other"):
        graph.ordered([replace(scoring, trains=("other",)), replace(training, uses=("other",))])


def test_every_model_that_a_job_of_ours_uses_is_trained_by_one() -> None:
    jobs = graph.discover()
    trained = [name for job in jobs for name in job.trains]
    assert sorted(trained) == sorted(set(trained))
    assert {name for job in jobs for name in job.uses} <= set(trained)


def test_jobs_that_wait_for_each_other_are_named() -> None:
    with pytest.raises(ConfigurationError, match="wait for each other") as caught:
        graph.ordered([job("hen", (A,), (B,)), job("egg", (B,), (A,))])
    assert "hen" in str(caught.value)
    assert "egg" in str(caught.value)


def test_chosen_jobs_come_in_the_order_of_a_run_whatever_order_they_were_named_in() -> None:
    jobs = graph.ordered([LAST, MIDDLE, FIRST])
    assert names(graph.chosen(jobs, ["a_last", "c_first"])) == ["c_first", "a_last"]
    assert graph.chosen(jobs, []) == jobs


def test_a_job_on_request_runs_only_when_it_is_named() -> None:
    asked = replace(MIDDLE, on_request=True)
    jobs = graph.ordered([LAST, asked, FIRST])
    assert names(graph.chosen(jobs, [])) == ["c_first", "a_last"]
    assert names(graph.chosen(jobs, ["b_middle"])) == ["b_middle"]
    assert "| `b_middle` (only when named) |" in graph.as_markdown(jobs)
    assert "b_middle (only when named): Does" in graph.as_text(jobs)


def test_a_job_that_fills_no_table_says_where_its_work_is_seen() -> None:
    assert graph.as_markdown([job("look", (A,))]).endswith("| `silver.a` | a run in MLflow |")
    assert graph.as_text([job("look", (A,))]).endswith("writes a run in MLflow")


def test_an_unknown_job_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"no such job: nope\. Known: c_first\."):
        graph.chosen([FIRST], ["nope"])


def test_every_file_of_the_jobs_folder_is_a_job_of_its_name() -> None:
    found = names(graph.discover())
    assert sorted(found) == sorted(file.stem for file in (ROOT / "jobs").glob("[!_]*.py"))
    assert found.index("ingest_sources") < found.index("build_profiles")
    assert found.index("ingest_sources") < found.index("segment_customers")


def test_no_table_is_written_by_two_jobs() -> None:
    written = [table.name for job in graph.discover() for table in job.writes]
    assert sorted(written) == sorted(set(written))


def test_a_folder_without_jobs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no jobs there"):
        graph.discover(tmp_path)


def test_a_file_without_its_job_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "idle.py").write_text("JOB = None\n")
    with pytest.raises(ConfigurationError, match=r"idle\.py: expected JOB = Job\(name='idle'"):
        graph.discover(tmp_path)


@pytest.mark.parametrize("jobs", [[FIRST, MIDDLE, LAST], graph.discover()], ids=["odd names", "ours"])
def test_the_picture_is_xml_and_shows_every_job_table_and_model(jobs: list[Job]) -> None:
    svg = ElementTree.fromstring(graph.as_svg(jobs))
    shown = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
    tables = {table.name for job in jobs for table in (*job.reads, *job.writes)}
    models = {f"model {name}" for job in jobs for name in (*job.uses, *job.trains)}
    assert sorted(shown) == sorted({*names(jobs), *tables, *models})


def test_no_two_boxes_of_the_picture_lie_on_each_other() -> None:
    svg = ElementTree.fromstring(graph.as_svg(graph.discover()))
    boxes = [box for box in svg.iter("{http://www.w3.org/2000/svg}rect") if box.get("x")]
    places = {(box.get("x"), box.get("y")) for box in boxes}
    assert len(places) == len(boxes)


def test_an_arrow_of_the_picture_points_right() -> None:
    svg = ElementTree.fromstring(graph.as_svg(graph.discover()))
    for arrow in svg.iter("{http://www.w3.org/2000/svg}path"):
        start, end = arrow.get("d", "").split(" C")
        assert float(start[1:].split(",")[0]) < float(end.split(" ")[-1].split(",")[0])


def test_the_plan_names_what_each_job_reads_and_writes() -> None:
    text = graph.as_text([FIRST, MIDDLE])
    assert "1. c_first: Does c_first." in text
    assert "reads  outside sources" in text
    assert "writes silver.b" in text
