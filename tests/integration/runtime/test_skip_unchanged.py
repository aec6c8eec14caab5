"""`--skip-unchanged`: a job is skipped only when another run for the day would give the same tables."""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace

import pytest
from deltalake import DeltaTable
from tests.helpers.small_shop import DAYS, Shop, line

import build_profiles
import ingest_sources
import segment_customers
from marketlake.runtime import fingerprint
from marketlake.runtime.command import run_days
from marketlake.runtime.job import Context, Job
from marketlake.runtime.unchanged import find_unchanged_run

LAST = DAYS[-1]
PROFILES = build_profiles.JOB
SKIP = argparse.Namespace(run_date=LAST, end_date=None, dry_run=False, skip_unchanged=True)


def is_unchanged(shop: Shop, *overrides: str, job: Job = PROFILES) -> bool:
    return find_unchanged_run(Context(job, shop.spark, shop.config(*overrides), LAST)) is not None


def test_a_second_run_is_skipped_and_says_since_which_run(
    finished: Shop, finished_shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("marketlake"), "propagate", True)
    jobs = [ingest_sources.JOB, PROFILES, segment_customers.JOB]
    with caplog.at_level(logging.INFO, logger="marketlake"):
        assert run_days(jobs, finished_shop.config("sources.enabled=[]"), finished_shop.spark, SKIP) == 0
    runs = finished_shop.rows("ops.job_runs")
    # Only ingestion has run again: it reads outside data, and knows by itself what is new.
    assert [row["job"] for row in runs if row not in finished.rows("ops.job_runs")] == ["ingest_sources"]
    ids = {row["job"]: row["run_id"] for row in runs if row["run_date"] == LAST}
    for job in ("build_profiles", "segment_customers"):
        assert f"{job} {LAST}: unchanged since run {ids[job]}, skipped" in caplog.messages


def test_other_settings_or_other_code_run_again(finished: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_unchanged(finished)
    assert is_unchanged(finished, "jobs.segment_customers.window_days=7")
    assert not is_unchanged(finished, "jobs.build_profiles.incremental=false")
    assert not is_unchanged(finished, "max_age_days={silver.orders: 3}")
    monkeypatch.setattr(fingerprint, "_package_hash", lambda: "other code")
    assert not is_unchanged(finished)


def test_settings_of_another_job_count_where_a_job_reads_them(finished: Shop) -> None:
    def fingerprint_of(job: Job, *overrides: str) -> str:
        return Context(job, finished.spark, finished.config(*overrides), LAST).fingerprint()

    reader, other = replace(PROFILES, uses_settings_of=("segment_customers",)), "jobs.segment_customers.window_days=7"
    assert fingerprint_of(PROFILES) == fingerprint_of(PROFILES, other)
    assert fingerprint_of(reader) != fingerprint_of(reader, other)


def test_a_changed_input_runs_again(finished_shop: Shop) -> None:
    finished_shop.put_orders(DAYS[1], [line("late", "1", DAYS[0], "c4", list_amount="5.00")])
    assert finished_shop.run(ingest_sources.JOB, DAYS[1], "sources.enabled=[shop/orders]")["exit_code"] == 0
    assert not is_unchanged(finished_shop)


def test_another_day_of_the_same_table_changes_nothing_for_this_one(finished_shop: Shop) -> None:
    finished_shop.run_days(PROFILES, DAYS[1])
    assert is_unchanged(finished_shop)


def test_a_table_that_was_tidied_up_is_the_same_and_one_that_lost_a_row_is_not(finished_shop: Shop) -> None:
    table = DeltaTable(str(finished_shop.lake / "gold/customer_profiles"))
    table.optimize.compact()
    table.vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert is_unchanged(finished_shop)
    table.update_incremental()
    table.delete("customer_id = 'c1'")
    assert not is_unchanged(finished_shop)


def test_an_output_that_was_brought_back_to_an_older_version_runs_again(finished_shop: Shop) -> None:
    lake = finished_shop.context(PROFILES, LAST).lake
    lake.delta("gold.customer_profiles").restoreToVersion(1)
    assert not is_unchanged(finished_shop)


def test_a_job_that_never_ran_for_the_day_or_whose_last_run_failed_runs(finished_shop: Shop) -> None:
    assert find_unchanged_run(finished_shop.context(PROFILES, DAYS[1])) is None

    def fail(context: Context) -> None:
        raise RuntimeError("no space left")

    assert finished_shop.run(Job("build_profiles", "Fails.", fail), LAST)["exit_code"] == 1
    assert not is_unchanged(finished_shop)
