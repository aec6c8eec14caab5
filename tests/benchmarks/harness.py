"""Measures contenders that each end in a finished write, in turn on one machine, so that noise meets them all alike.

Ratios are taken within a round and only then is their median: a busy minute slows the whole round, not one contender.
"""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

PACKAGES = {"spark": "pyspark", "delta": "delta-spark", "duckdb": "duckdb", "marketlake": "marketlake"}


@dataclass(frozen=True)
class Measured:
    """Seconds of one contender on one size of the data, a number a round.

    Attributes:
        contender: its name.
        rows: rows of the data.
        seconds: how long each round took, without the warm-up.
    """

    contender: str
    rows: int
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median of the rounds."""
        return statistics.median(self.seconds)


def measure(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rows: int,
    repeats: int,
    warm_ups: int = 1,
    clock: Callable[[], float] = time.perf_counter,
    say: Callable[[str], None] = lambda _: None,
) -> list[Measured]:
    """Runs contenders A, B, C, A, B, C, …; the first rounds warm up and do not count."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(-warm_ups, repeats):
        for name, contend in contenders.items():
            start = clock()
            contend()
            took = clock() - start
            say(f"{rows:>12,} rows  {'warm-up' if number < 0 else f'round {number + 1}'}  {name}: {took:.2f} s")
            if number >= 0:
                seconds[name].append(took)
    return [Measured(name, rows, tuple(found)) for name, found in seconds.items()]


def ratio(measured: Measured, reference: Measured) -> float:
    """Median over the rounds of a contender's seconds over the reference's in the same round."""
    return statistics.median(a / b for a, b in zip(measured.seconds, reference.seconds, strict=True))


def growth_exponent(rows: Sequence[int], seconds: Sequence[float]) -> float | None:
    """Least-squares slope of log(seconds) on log(rows): 1 is linear; below 1, fixed costs weigh. None for one size.

    >>> round(growth_exponent([10, 100, 1000], [2, 20, 200]), 6)
    1.0
    """
    if len(set(rows)) < 2:
        return None
    x, y = [math.log(n) for n in rows], [math.log(s) for s in seconds]
    return statistics.linear_regression(x, y).slope


def exponents(results: Sequence[Measured]) -> dict[str, float | None]:
    """The growth exponent of each contender over the sizes that it was measured on."""
    names = dict.fromkeys(result.contender for result in results)
    return {
        name: growth_exponent(
            [r.rows for r in results if r.contender == name], [r.median for r in results if r.contender == name]
        )
        for name in names
    }


def ratios(results: Sequence[Measured], references: Sequence[str]) -> dict[tuple[str, int], dict[str, float]]:
    """(contender, rows) -> reference -> ratio to that reference on the same rows."""
    found = {(r.contender, r.rows): r for r in results}
    return {
        key: {name: ratio(result, found[name, result.rows]) for name in references} for key, result in found.items()
    }


def environment(cores: int) -> dict[str, str]:
    """What the numbers depend on: cores used, and versions."""
    versions = {name: metadata.version(package) for name, package in PACKAGES.items()}
    return {"cores": f"{cores} of {os.cpu_count()}", "python": platform.python_version()} | versions


def table(results: Sequence[Measured], references: Sequence[str], about: Mapping[str, str]) -> str:
    """The figures as text: a line a contender and size, then growth exponents, then the environment."""
    to_references = ratios(results, references)
    titles = ["rows", "contender", "median s", "least s", "most s", *(f"x {name}" for name in references)]
    lines = [
        [f"{r.rows:,}", r.contender, f"{r.median:.2f}", f"{min(r.seconds):.2f}", f"{max(r.seconds):.2f}"]
        + [f"{to_references[r.contender, r.rows][name]:.2f}" for name in references]
        for r in sorted(results, key=lambda r: r.rows)
    ]
    widths = [max(len(line[n]) for line in [titles, *lines]) for n in range(len(titles))]
    text = [
        "  ".join(cell.ljust(width) if n == 1 else cell.rjust(width) for n, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in [titles, *lines])
    ]
    slopes = {name: slope for name, slope in exponents(results).items() if slope is not None}
    if slopes:
        text += ["", "growth exponent: " + ", ".join(f"{name} {slope:.2f}" for name, slope in slopes.items())]
    return "\n".join([*text, "", ", ".join(f"{name} {value}" for name, value in about.items())])


def save(
    name: str,
    folder: Path,
    results: Sequence[Measured],
    *,
    references: Sequence[str],
    about: Mapping[str, str],
) -> Path:
    """The same as JSON in `<folder>/<name>-<timestamp>.json`."""
    now = datetime.now(timezone.utc)
    to_references = ratios(results, references)
    content = {
        "benchmark": name,
        "measured_at": now.isoformat(timespec="seconds"),
        "environment": dict(about),
        "results": [
            asdict(r) | {"median_seconds": r.median, "ratios": to_references[r.contender, r.rows]} for r in results
        ],
        "growth_exponents": exponents(results),
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return file
