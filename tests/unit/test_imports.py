"""The house of docs/architecture.md: imports run one way, and only the files listed here may use what is not pure."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from tests.helpers.import_graph import (
    GROUND,
    JOBS,
    LIBRARY,
    RELATIVE,
    ROOT,
    RUNTIME,
    TOP,
    disciplines,
    file_of,
    imports_of,
    room_of,
    rooms,
)

JOB_NAMES = {file.stem for file in JOBS.glob("*.py")}
LIBRARY_FILES = sorted(LIBRARY.rglob("*.py"))
# Folders and files of the recommender from the lowest to the highest: a layer imports itself and those before it.
RECOMMENDER_LAYERS = (
    ("settings.py", "errors.py"),
    ("data",),
    ("methods",),
    ("ranking",),
    ("serving",),
    ("training.py", "scoring.py"),
    ("evaluation",),
)
# Everything else in a discipline or on the ground is pure: it works on DataFrames and arrays that it is given.
MLFLOW = {
    "baskets/pyfunc.py": "the model as MLflow serves it",
    "recommend/serving/pyfunc.py": "the model as MLflow serves it",
}
GATEWAY = {
    "frames/files.py": "Hadoop's file systems, which PySpark does not offer",
    "recommend/methods/als.py": "MLlib's fit cannot start from given factors",
    "recommend/evaluation/backtest.py": "the number of cores, for parallel fits",
    "recommend/evaluation/tuning_data.py": "the number of cores, for parallel fits",
}
SPARK_FILES = {
    "recommend/methods/memory_mapped.py": "one copy of large factors a machine, which all Python workers map",
}


def forbidden_imports(file: Path, room: str | None) -> set[str]:
    """Our own names that a file imports although its room (None for a job) may not."""
    allowed = {*GROUND} if room in GROUND else {room, *GROUND}
    is_open = room is None or room in TOP
    return {
        name
        for name in imports_of(file)
        if is_job(name)
        or (((other := room_of(name)) and other not in allowed and (not is_open or other in TOP)) and other != room)
    }


def is_job(name: str) -> bool:
    return name == RELATIVE or name.split(".", maxsplit=1)[0] in {"jobs", *JOB_NAMES}


def impure_uses(file: Path) -> dict[str, bool]:
    """Uses of MLflow, of the JVM gateway and of SparkFiles in a file."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    packages = {name.split(".")[0] for name in imports_of(file)}
    names = {name.split(".")[-1] for name in imports_of(file)} | attributes
    ships_files = bool(names & {"SparkFiles", "addFile"})
    gateway = {"_jvm", "_jdt", "_jdf", "_jsc", "_jsparkSession", "_java_obj", "_gateway", "rdd"}
    return {
        "mlflow": "mlflow" in packages,
        "gateway": "py4j" in packages or bool(names & gateway) or ("sparkContext" in names and not ships_files),
        "SparkFiles": ships_files,
    }


def recommender_layer(file: Path) -> int:
    part = file.relative_to(LIBRARY / "recommend").parts[0]
    return next(level for level, parts in enumerate(RECOMMENDER_LAYERS) if part in parts)


@pytest.mark.parametrize("file", LIBRARY_FILES, ids=lambda file: str(file.relative_to(LIBRARY)))
def test_a_room_imports_only_what_the_design_allows(file: Path) -> None:
    assert forbidden_imports(file, file.relative_to(LIBRARY).parts[0].removesuffix(".py")) == set()


@pytest.mark.parametrize("file", sorted(JOBS.glob("*.py")), ids=lambda file: file.stem)
def test_a_job_imports_no_other_job_nor_the_command_line(file: Path) -> None:
    assert forbidden_imports(file, None) == set()


def test_no_two_rooms_and_no_two_files_import_each_other() -> None:
    between_files = {
        file: {other for name in imports_of(file, for_types=False) if (other := file_of(name)) and other != file}
        for file in LIBRARY_FILES
    }
    for graph in (rooms(), between_files):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(f"imports go in a circle: {' -> '.join(map(str, error.args[1]))}")


@pytest.mark.parametrize(
    "file",
    sorted((LIBRARY / "recommend").rglob("[!_]*.py")),
    ids=lambda file: str(file.relative_to(LIBRARY)),
)
def test_layers_of_the_recommender_import_only_those_below(file: Path) -> None:
    inside = [other for name in imports_of(file) if (other := file_of(name)) and LIBRARY / "recommend" in other.parents]
    assert [str(other) for other in inside if recommender_layer(other) > recommender_layer(file)] == []


@pytest.mark.parametrize(
    ("use", "listed"),
    [("mlflow", MLFLOW), ("gateway", GATEWAY), ("SparkFiles", SPARK_FILES)],
    ids=["mlflow", "gateway", "SparkFiles"],
)
def test_only_the_listed_files_are_not_pure(use: str, listed: dict[str, str]) -> None:
    pure = [file for file in LIBRARY_FILES if file.relative_to(LIBRARY).parts[0] not in (RUNTIME, *TOP)]
    assert {str(file.relative_to(LIBRARY)) for file in pure if impure_uses(file)[use]} == set(listed)


def test_the_rooms_of_the_design_are_there() -> None:
    assert {*GROUND, *TOP, RUNTIME} <= set(rooms())
    assert {"sources", "simulator", "profiles", "segments", "recommend", "baskets"} <= set(disciplines())


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("tables", "from marketlake.runtime.config import Config"),
        ("tables", "import marketlake.sources.raw"),
        ("evaluation", "from marketlake.recommend import training"),
        ("runtime", "from marketlake.profiles import purchases"),
        ("profiles", "from marketlake.runtime import lake"),
        ("profiles", "from marketlake import segments"),
        ("segments", "def later():\n    from marketlake.runtime.job import Job"),
        ("segments", "from ..runtime import lake"),
        ("sources", "import ingest_sources"),
        ("runtime", "from marketlake.cli import simulate"),
        (None, "from marketlake.cli import main"),
        (None, "import ingest_sources"),
    ],
)
def test_the_check_finds_an_import_against_the_rule(room: str | None, text: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(text)
    assert forbidden_imports(planted, room)


def test_the_check_lets_a_room_import_itself_and_the_ground(tmp_path: Path) -> None:
    allowed = tmp_path / "allowed.py"
    allowed.write_text("import marketlake.tables.orders\nfrom marketlake.profiles import purchases\nimport json\n")
    assert forbidden_imports(allowed, "profiles") == set()


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("def f():\n    import mlflow.pyfunc", "mlflow"),
        ("from py4j.protocol import Py4JJavaError", "gateway"),
        ("def f(spark):\n    return spark._jvm.java", "gateway"),
        ("def f(frame):\n    return frame.rdd", "gateway"),
        ("from pyspark import SparkFiles", "SparkFiles"),
    ],
)
def test_the_check_finds_what_is_not_pure(text: str, use: str, tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text(text)
    assert impure_uses(planted)[use]


def test_the_picture_of_the_architecture_is_that_of_the_imports() -> None:
    from docs.pictures.draw_architecture import draw

    picture = (ROOT / "docs" / "pictures" / "architecture.svg").read_text(encoding="utf-8")
    assert picture == draw(), "run `make docs`"


@pytest.mark.parametrize("module", ["marketlake.recommend.serving.pyfunc", "marketlake.baskets.pyfunc"])
def test_a_served_model_imports_without_spark(module: str) -> None:
    """In a process that cannot import pyspark, as where MLflow serves it."""
    program = f"import sys; sys.modules['pyspark'] = None; import {module}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
