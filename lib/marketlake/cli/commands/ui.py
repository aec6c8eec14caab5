"""Start the MLflow UI on the configuration's store."""

from __future__ import annotations

import argparse
import os
import sys

from marketlake.runtime import config as configuration
from marketlake.runtime.tracking import Tracker

HELP = "start the MLflow UI on the configuration's store"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration and the port."""
    parser.add_argument("--config", required=True)
    parser.add_argument("--port", type=int, default=5000)


def run(options: argparse.Namespace) -> int:
    """Replaces this process by MLflow's server."""
    tracker = Tracker(configuration.load(options.config))
    print(f"MLflow UI: http://127.0.0.1:{options.port}/#/experiments (Ctrl+C stops it)", flush=True)
    command = [sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", tracker.uri, "--port", str(options.port)]
    # Without it MLflow starts a dozen processes for jobs of its own, which nothing here uses.
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    os.execv(sys.executable, command)
    return 0
