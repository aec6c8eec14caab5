"""The data dictionary, printed from the table objects; nothing else describes the tables."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader

from marketlake.tables.table import Table

WRITES = {
    "snapshot": "a snapshot for each run date",
    "merge": "the current state, merged by key",
    "append": "a ledger, only added to",
}


def as_text(tables: Sequence[Table]) -> str:
    """Every table with its columns, types, keys and comments."""
    blocks = []
    for table in tables:
        width = max(len(column.name) for column in table.columns)
        kinds = max(len(column.type) for column in table.columns)
        lines = [table.name, f"  {table.summary}", f"  key: {', '.join(table.key)}; {WRITES[table.write]}"]
        for column in table.columns:
            marks = "".join(mark for mark, on in ((" *", column.required), (" (personal)", column.personal)) if on)
            lines.append(f"    {column.name:<{width}}  {column.type:<{kinds}}  {column.comment}{marks}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n\n* required"


def as_html(tables: Sequence[Table]) -> str:
    """The same as one page that can be opened from disk."""
    environment = Environment(loader=PackageLoader("marketlake.runtime", "."), autoescape=True)
    return environment.get_template("dictionary.html.j2").render(tables=tables, writes=WRITES)
