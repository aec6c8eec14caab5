"""The order of jobs and its pictures, derived from the tables and models that each job declares."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from html import escape
from pathlib import Path

from marketlake.runtime.errors import ConfigurationError
from marketlake.runtime.job import Job

ROOT = Path(__file__).resolve().parents[3]
NO_TABLE = "a run in MLflow"  # of a job without tables
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 210, 44, 70, 16, 20


def discover(folder: Path | None = None) -> list[Job]:
    """The jobs of a folder, one a file, in the order of a whole run.

    Raises:
        ConfigurationError: the folder has no jobs, or their tables and models go in a circle.
    """
    folder = folder or ROOT / "jobs"
    jobs = [_load(file) for file in sorted(folder.glob("[!_]*.py"))]
    if not jobs:
        raise ConfigurationError(f"{folder}: no jobs there.", "Run the command of a checkout's own .venv.")
    return ordered(jobs)


def ordered(jobs: Iterable[Job]) -> list[Job]:
    """Jobs sorted so that each comes after those that write or train its inputs.

    Where that leaves a choice, jobs that others wait for come first, then the name decides.

    Raises:
        ConfigurationError: their tables and models go in a circle.
    """
    by_name = {job.name: job for job in sorted(jobs, key=lambda job: job.name)}
    needs = {name: upstream(job, by_name.values()) for name, job in by_name.items()}
    awaited = {name for names in needs.values() for name in names}
    needs = dict(sorted(needs.items(), key=lambda item: item[0] not in awaited))
    try:
        return [by_name[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError as error:
        raise ConfigurationError(f"jobs wait for each other: {' -> '.join(error.args[1])}.") from None


def upstream(job: Job, jobs: Iterable[Job]) -> list[str]:
    """The names of the jobs that write the tables that a job reads, or train the models that it uses."""
    needed = set(job.inputs)
    return [other.name for other in jobs if other.name != job.name and needed & set(other.outputs)]


def chosen(jobs: Sequence[Job], names: Sequence[str]) -> list[Job]:
    """The named jobs in the order of a run; when no name is given, all but those that run on request.

    Raises:
        ConfigurationError: an unknown name.
    """
    known = [job.name for job in jobs]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigurationError(f"no such job: {', '.join(unknown)}.", f"Known: {', '.join(known)}.")
    return [job for job in jobs if job.name in names or not (names or job.on_request)]


def as_text(jobs: Sequence[Job]) -> str:
    """The plan as lines: a job, its inputs, its outputs."""
    lines = []
    for number, job in enumerate(jobs, 1):
        lines.append(f"{number}. {job.name}{_when(job)}: {job.summary}")
        lines.append(f"     reads  {', '.join(job.inputs) or 'outside sources (conf/sources)'}")
        lines.append(f"     writes {', '.join(job.outputs) or NO_TABLE}")
    return "\n".join(lines)


def as_markdown(jobs: Sequence[Job]) -> str:
    """The table of jobs in the documentation."""
    rows = ["| job | what it does | reads | writes |", "|---|---|---|---|"]
    for job in jobs:
        reads = ", ".join(f"`{name}`" for name in job.inputs) or "outside sources"
        writes = ", ".join(f"`{name}`" for name in job.outputs) or NO_TABLE
        rows.append(f"| `{job.name}`{_when(job)} | {job.summary} | {reads} | {writes} |")
    return "\n".join(rows)


def _when(job: Job) -> str:
    return " (only when named)" if job.on_request else ""


def as_svg(jobs: Sequence[Job]) -> str:
    """The lineage as a picture: tables and models in boxes, jobs in rounded boxes, in the order of a run."""
    columns = _columns(jobs)
    places: dict[str, tuple[int, int]] = {}
    for x, column in enumerate(columns):
        for y, name in enumerate(column):
            places[name] = (MARGIN + x * (BOX_WIDTH + GAP_X), MARGIN + y * (BOX_HEIGHT + GAP_Y))
    width = 2 * MARGIN + len(columns) * (BOX_WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + max(map(len, columns)) * (BOX_HEIGHT + GAP_Y) - GAP_Y
    arrows = [(name, job.name) for job in jobs for name in job.inputs]
    arrows += [(job.name, name) for job in jobs for name in job.outputs]
    names = {job.name for job in jobs}
    parts = [_arrow(places[a], places[b]) for a, b in arrows]
    parts += [_box(name, place, job=name in names) for name, place in places.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'font-family="system-ui, sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _columns(jobs: Sequence[Job]) -> list[list[str]]:
    """Jobs in odd columns, tables and models right of the job that makes them."""
    depth: dict[str, int] = {}
    for job in jobs:
        depth[job.name] = max((depth.get(name, -1) + 1 for name in job.inputs), default=0)
        for name in job.outputs:
            depth.setdefault(name, depth[job.name] + 1)
    columns: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, place in depth.items():
        columns[place].append(name)
    return columns


def _box(name: str, place: tuple[int, int], *, job: bool) -> str:
    x, y = place
    fill, edge, radius = ("#1f4e79", "#1f4e79", 22) if job else ("#f4f1ea", "#c9c2b2", 4)
    ink = "#ffffff" if job else "#222222"
    return (
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="{radius}" fill="{fill}" stroke="{edge}"/>'
        f'<text x="{x + BOX_WIDTH / 2}" y="{y + BOX_HEIGHT / 2 + 5}" text-anchor="middle" fill="{ink}">'
        f"{escape(name)}</text>"
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + BOX_WIDTH, start[1] + BOX_HEIGHT / 2
    x2, y2 = end[0], end[1] + BOX_HEIGHT / 2
    bend = (x1 + x2) / 2
    return f'<path d="M{x1},{y1} C{bend},{y1} {bend},{y2} {x2},{y2}" fill="none" stroke="#8a8a8a"/>'


def _load(file: Path) -> Job:
    name = f"marketlake_jobs.{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{file}: not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    job = getattr(module, "JOB", None)
    if not isinstance(job, Job) or job.name != file.stem:
        raise ConfigurationError(f"{file}: expected JOB = Job(name={file.stem!r}, …).")
    return job
