"""`marketlake simulate` at 10^4, 10^5 and 10^6 customers with a year of days: seconds, bytes, memory. `make bench`, or

    .venv/bin/python tests/benchmarks/simulator.py --customers 10000 --days 92

Each size is a process of its own, so that its peak of memory is its own. There is no peer: no other simulator writes
these files. What is asked is a cost that grows with the customers, and a memory that does not.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import harness

ROOT = Path(__file__).resolve().parents[2]
CORES = 2
SIZES = (10_000, 100_000, 1_000_000)
NAME = "simulate"


def simulate(customers: int, days: int, out: Path) -> tuple[float, int]:
    """Seconds and peak memory (bytes, all its processes) of one run of the command."""
    command = [
        str(ROOT / ".venv/bin/marketlake"), "simulate", "--customers", str(customers), "--days", str(days),
        "--seed", "1", "--out", str(out), "--set", f"session.master=local[{CORES}]",
    ]  # fmt: skip
    started = time.perf_counter()
    process = subprocess.Popen(command, start_new_session=True)
    peak = Peak(process.pid)
    code = process.wait()
    took = time.perf_counter() - started
    peak.stop()
    if code:
        raise SystemExit(f"{' '.join(command)}: exit {code}")
    return took, peak.bytes


class Peak:
    """The highest sum of memory of a process and those that it started, looked at twice a second (Linux).

    Memory of their own (RssAnon): Spark maps the files of a shuffle, and what is mapped is the disk's cache.
    """

    def __init__(self, session: int) -> None:
        self.session, self.bytes, self._ended = session, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.5):
            self.bytes = max(self.bytes, sum(self._own(folder) for folder in Path("/proc").glob("[0-9]*")))

    def _own(self, folder: Path) -> int:
        try:
            session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
            if session != self.session:
                return 0
            own = re.search(r"RssAnon:\s+(\d+) kB", (folder / "status").read_text())
            return int(own[1]) * 1024 if own else 0
        except (OSError, IndexError):
            return 0


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder, without what only the run itself needed."""
    return sum(file.stat().st_size for file in folder.rglob("*.gz"))


def main() -> None:
    """Measures each size and prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, action="append", help=f"repeatable; {SIZES}")
    parser.add_argument("--days", type=int, default=365)
    options = parser.parse_args()
    folder = ROOT / "var" / "bench"
    out = folder / "simulated"
    results: list[harness.Measured] = []
    for customers in options.customers or SIZES:
        shutil.rmtree(out, ignore_errors=True)
        seconds, memory = simulate(customers, options.days, out)
        results.append(harness.Measured(NAME, customers, (seconds,)))
        raw = size_of(out)
        print(f"{customers:>9,} customers, {options.days} days: {seconds:.0f} s, {seconds / customers * 1e3:.2f} ms a "
              f"customer, {raw / 1e9:.2f} GB of raw files, {memory / 1e9:.1f} GB of memory", flush=True)  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    about = harness.environment(CORES)
    print("\n" + harness.table(results, (NAME,), about))
    print(harness.save("simulator", folder, results, references=(NAME,), about=about))


if __name__ == "__main__":
    sys.exit(main())
