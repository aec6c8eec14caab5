"""The shell commands that README and docs show to their reader."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def shell_commands(file: Path) -> list[str]:
    """The lines of all ```sh blocks of a page."""
    blocks = re.findall(r"```sh\n(.*?)```", file.read_text(encoding="utf-8"), re.S)
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


def documented_commands() -> dict[str, str]:
    """Each command of README.md and docs/*.md once, with the first page that shows it."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    commands: dict[str, str] = {}
    for page in pages:
        for command in shell_commands(page):
            commands.setdefault(command, str(page.relative_to(ROOT)))
    return commands
