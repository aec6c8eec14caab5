"""Measures ingestion: Complete Journey's 20.9 million promotions from their file to bronze and silver.

    .venv/bin/python tests/benchmarks/loading.py [--repeats 2]

The demo leaves them out, since no job reads them. Each round loads them into a new lake; the first warms up.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from datetime import date
from pathlib import Path

import harness

from marketlake.runtime import config as configuration
from marketlake.runtime import session
from marketlake.runtime.config import Config
from marketlake.runtime.job import run_job

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "jobs"))
ROWS = 20_940_529
RUN_DATE = date(2018, 1, 1)


def promotions_only(folder: Path) -> Config:
    """The demo's configuration with a lake of its own and one source."""
    overrides = ["sources.enabled=[complete_journey/promotions]", f"lake.root={folder}"]
    return configuration.load(ROOT / "conf" / "demo.yaml", overrides)


def main() -> None:
    """Prints the seconds of each round and the rows a second."""
    import ingest_sources

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    folder = ROOT / "var" / "bench" / "loading"
    config = promotions_only(folder)
    spark = session.build(config, "loading")

    def load() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        outcome = run_job(ingest_sources.JOB, config, spark, RUN_DATE)
        assert outcome["rows_out"]["silver.promotions"] == ROWS, outcome["cause"]

    for measured in harness.measure({"ingest_sources": load}, rows=ROWS, repeats=options.repeats, say=print):
        print(f"{measured.median:.1f} s, {ROWS / measured.median:,.0f} rows a second")


if __name__ == "__main__":
    main()
