"""Another writer wins: the work is done again whole, and a job that keeps losing says so."""

from __future__ import annotations

from collections.abc import Callable

from delta.exceptions import ConcurrentAppendException
from tests.helpers.small_shop import DAYS, Shop

from marketlake.runtime.job import Context, Job
from marketlake.tables.ops import QUARANTINE

NO_PAUSE = ("write.attempts=3", "write.pause_seconds=0")


def losing(times: int, work: Callable[[Context], None]) -> Job:
    """A job that does its work, and then loses the first so many times."""
    attempts: list[int] = []

    def run(context: Context) -> None:
        work(context)
        attempts.append(1)
        if len(attempts) <= times:
            raise ConcurrentAppendException("[DELTA_CONCURRENT_APPEND] files were added by a concurrent update")

    return Job("contested", "Is contested.", run=run, writes=(QUARANTINE,))


def put_aside(context: Context) -> None:
    rows = [(context.run_date, "shop", "silver.orders", ["odd: it is odd"], "{}", "a file")]
    context.replace_day(QUARANTINE, context.spark.createDataFrame(rows, QUARANTINE.schema))


def test_a_job_that_loses_once_does_all_its_work_again_and_counts_it_once(new_shop: Shop) -> None:
    outcome = new_shop.run(losing(1, put_aside), DAYS[0], *NO_PAUSE)
    assert (outcome["exit_code"], outcome["cause"]) == (0, None)
    assert [row["raw_row"] for row in new_shop.rows("ops.quarantine")] == ["{}"]
    assert outcome["rows_out"] == {"ops.quarantine": 1}


def test_a_job_that_always_loses_is_exit_5_after_its_attempts(new_shop: Shop) -> None:
    tried: list[str] = []
    outcome = new_shop.run(losing(9, lambda context: tried.append(context.run_id)), DAYS[0], *NO_PAUSE)
    assert outcome["exit_code"] == 5
    assert outcome["cause"] == "contested: another writer won 3 times."
    assert "write.attempts" in outcome["advice"]
    assert len(tried) == 3


def test_another_error_is_not_tried_again_and_is_exit_1(new_shop: Shop) -> None:
    tried: list[str] = []

    def fail(context: Context) -> None:
        tried.append(context.run_id)
        raise RuntimeError("no space left\nsecond line")

    outcome = new_shop.run(losing(0, fail), DAYS[0], *NO_PAUSE)
    assert (outcome["exit_code"], outcome["cause"], len(tried)) == (1, "no space left", 1)
