"""Shops to start from: filled once for the whole run, and copied by each test that changes one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from tests.helpers import periodic_shop
from tests.helpers.small_shop import DAYS, Shop

import build_profiles
import ingest_sources
import recommend_products
import segment_customers
import train_recommender


@pytest.fixture(scope="session")
def bare(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A lake with every table and no row."""
    shop = Shop(tmp_path_factory.mktemp("bare"), spark)
    outcome = shop.run(ingest_sources.JOB, DAYS[0], "sources.enabled=[]")
    assert outcome["exit_code"] == 0, outcome["cause"]
    return shop


@pytest.fixture(scope="session")
def ingested(bare: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The usual three days in silver, loaded in their order."""
    shop = bare.copy_to(tmp_path_factory.mktemp("ingested"))
    shop.stock()
    shop.done(ingest_sources.JOB, *DAYS)
    return shop


@pytest.fixture(scope="session")
def finished(ingested: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Profiles of the first day, and of the last (from those of the first); segments of the last."""
    shop = ingested.copy_to(tmp_path_factory.mktemp("finished"))
    shop.done(build_profiles.JOB, DAYS[0], DAYS[-1])
    shop.done(segment_customers.JOB, DAYS[-1])
    return shop


@pytest.fixture(scope="session")
def trained(bare: Shop, spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop of customers with habits, with a champion and its lists."""
    shop = bare.copy_to(tmp_path_factory.mktemp("clockwork"))
    periodic_shop.fill(shop, spark)
    outcome = shop.run(train_recommender.JOB, periodic_shop.LAST_DAY, *periodic_shop.SMALL)
    assert outcome["exit_code"] == 0, outcome["cause"]
    outcome = shop.run(recommend_products.JOB, periodic_shop.LAST_DAY, *periodic_shop.ASKED)
    assert outcome["exit_code"] == 0, outcome["cause"]
    return shop


@pytest.fixture
def new_shop(bare: Shop, tmp_path: Path) -> Shop:
    """A shop of the test's own: empty tables, no sources, no files."""
    return bare.copy_to(tmp_path)


@pytest.fixture
def ingested_shop(ingested: Shop, tmp_path: Path) -> Shop:
    """A shop of the test's own with the usual three days in silver."""
    return ingested.copy_to(tmp_path)


@pytest.fixture
def finished_shop(finished: Shop, tmp_path: Path) -> Shop:
    """A shop of the test's own with profiles and segments too."""
    return finished.copy_to(tmp_path)
