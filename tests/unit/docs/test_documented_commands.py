"""Commands that README and docs show are understood; the acceptance tests run them."""

from __future__ import annotations

import re
import shlex

import pytest
from tests.helpers.docs_commands import ROOT, documented_commands

from marketlake.cli.main import build_parser

COMMANDS = documented_commands()
OURS = ".venv/bin/marketlake "


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith(OURS)])
def test_a_command_is_understood_and_its_configuration_exists(command: str) -> None:
    options = build_parser().parse_args(shlex.split(command.removeprefix(OURS)))
    config = getattr(options, "config", None)
    assert config is None or (ROOT / config).is_file()


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_a_target_of_make_exists(command: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(command.split()[1])}:", makefile, re.M)


def test_pages_link_to_pages_that_exist() -> None:
    missing = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target.strip()).exists():
                missing.append(f"{page.name}: {target}")
    assert missing == []
