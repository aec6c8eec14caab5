"""Files that commands write."""

from pathlib import Path


def write_file(file: Path, text: str) -> None:
    """Writes a text, makes its folder, and prints where it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    print(file)
