"""Delta's jars: from Maven by Spark's own resolver, from its cache, or from a folder checked against a lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

from marketlake.runtime.errors import ConfigurationError

COORDINATES = "io.delta:delta-spark_4.2_2.13:4.4.0"

# What Spark brings itself, or what only a Unity Catalog server needs: leaving it out spares 80 MB and a second,
# older jackson and log4j on the class path.
EXCLUDED = ",".join(
    f"{group}:*"
    for group in (
        "com.fasterxml.jackson.core", "com.fasterxml.jackson.datatype", "com.github.luben",
        "com.google.code.findbugs", "commons-logging", "commons-pool", "io.airlift", "io.unitycatalog",
        "javax.annotation", "org.antlr", "org.apache.hadoop", "org.apache.logging.log4j", "org.apache.parquet",
        "org.apache.spark", "org.locationtech.jts", "org.roaringbitmap", "org.scala-lang", "org.slf4j",
        "org.xerial.snappy",
    )
)  # fmt: skip

# sha256 of each jar, by its name on Maven.
LOCK = {
    "delta-kernel-api-4.4.0.jar": "ee9b5a14ac3b7efdff4d61a58478fe8eb0e5a3fbca43889dca7290795fe79a11",
    "delta-kernel-defaults-4.4.0.jar": "225c975199e4718b38ee5b7e6da7f19e9585024262b2cec2656b32151a856b0b",
    "delta-kernel-unitycatalog-4.4.0.jar": "cea22dfb4ac562b3cd27bf652697750e8336009d73fb06631363aaaad5345ffa",
    "delta-spark_4.2_2.13-4.4.0.jar": "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
    "delta-storage-4.4.0.jar": "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
}

ADVICE = (
    "With access to Maven Central, Spark fetches them on first use. Without it, put the jars named in "
    "lib/marketlake/runtime/jars.py into a folder and name it in session.jars_folder."
)


def spark_settings(folder: str | None) -> dict[str, str]:
    """The Spark settings that put Delta on the class path.

    Args:
        folder: a folder that holds the jars, for places without Maven; None to use Spark's resolver.

    Raises:
        ConfigurationError: a jar is missing from the folder, or its sha256 is not the one in the lock.
    """
    if folder is not None:
        return {"spark.jars": ",".join(str(_checked(Path(folder) / name)) for name in LOCK)}
    # Asking the resolver costs seconds at every start, even when its cache answers.
    cached = [Path.home() / ".ivy2.5.2" / "jars" / f"io.delta_{name}" for name in LOCK]
    if all(path.is_file() and _sha256(path) == LOCK[name] for name, path in zip(LOCK, cached, strict=True)):
        return {"spark.jars": ",".join(map(str, cached))}
    return {"spark.jars.packages": COORDINATES, "spark.jars.excludes": EXCLUDED}


def _checked(path: Path) -> Path:
    if not path.is_file():
        raise ConfigurationError(f"session.jars_folder: no {path.name} in {path.parent}.", ADVICE)
    found = _sha256(path)
    if found != LOCK[path.name]:
        raise ConfigurationError(
            f"{path}: its sha256 is {found}, expected {LOCK[path.name]}.",
            "Fetch it again: it is another build or damaged.",
        )
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
