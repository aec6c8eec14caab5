"""Draws docs/pictures/architecture.svg from the imports between rooms: `python -m docs.pictures.draw_architecture`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tests.helpers.import_graph import GROUND, RUNTIME, TOP, disciplines, rooms

FILE = Path(__file__).with_name("architecture.svg")
ABOUT = {
    "jobs": "read once, call a discipline, write, report",
    "cli": "run, plan, show, restore, simulate …",
    "runtime": "session, configuration, lake, writer, models, tracking",
    "tables": "every table, one object each",
    "definitions": "facts that disciplines share",
    "evaluation": "intervals, holdouts, promotion",
    "reporting": "plots, pages, palette",
    "frames": "Spark and Arrow idioms",
    "settings": "base of all settings",
}
COLOURS = dict(zip(GROUND, ("#2f6690", "#7a5195", "#b0562f", "#4f7942", "#8a6d1d", "#5f6b76"), strict=True))
INK, QUIET, LINE = "#1f2933", "#5f6b76", "#c9d1d9"
BAND, WHITE, BLUE = "#f5f7f9", "#ffffff", "#2f6690"
WIDTH, MARGIN, GAP, PAD = 1080, 20, 14, 16
PER_ROW = 4  # disciplines beside the runtime
BOX_WIDTH, BOX_HEIGHT = 190, 94
HEAD = 30  # height of a band's title
SPACE = 62  # between bands, for arrows
Place = tuple[float, float, float, float]  # x, y, width, height


def draw() -> str:
    """The picture as SVG: three bands of rooms; chips in a box are the rooms of the ground that it imports."""
    graph = rooms()
    rows = [disciplines()[n : n + PER_ROW] for n in range(0, len(disciplines()), PER_ROW)]
    middle_height = HEAD + len(rows) * (BOX_HEIGHT + GAP) - GAP + PAD
    low_height = HEAD + BOX_HEIGHT - 8 + PAD
    inner = WIDTH - 2 * MARGIN
    left = PER_ROW * (BOX_WIDTH + GAP) - GAP + 2 * PAD
    right = inner - left - GAP
    top: Place = (MARGIN, MARGIN, inner, low_height)
    middle: Place = (MARGIN, top[1] + low_height + SPACE, left, middle_height)
    runtime: Place = (MARGIN + left + GAP, middle[1], right, middle_height)
    ground: Place = (MARGIN, middle[1] + middle_height + SPACE, inner, low_height)
    parts = [
        _band(top, "On top: start the work; nothing imports them"),
        _band(middle, "Disciplines: pure functions on DataFrames; none knows another, nor the runtime"),
        _band(runtime, "Runtime: all I/O"),
        _band(ground, "Ground: shared by all rooms; imports none of them"),
    ]
    parts += _row(TOP, top, {})
    for number, row in enumerate(rows):
        y = middle[1] + HEAD + number * (BOX_HEIGHT + GAP)
        for place, room in enumerate(row):
            box: Place = (middle[0] + PAD + place * (BOX_WIDTH + GAP), y, BOX_WIDTH, BOX_HEIGHT)
            parts.append(_box(room, box, imports=sorted(graph[room] & set(GROUND))))
    inside: Place = (runtime[0] + PAD, runtime[1] + HEAD, right - 2 * PAD, middle_height - HEAD - PAD)
    parts.append(_box(RUNTIME, inside, imports=sorted(graph[RUNTIME] & set(GROUND))))
    parts += _row(GROUND, ground, COLOURS)
    parts += _arrows(graph, top, middle, runtime, ground)
    height = ground[1] + ground[3] + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="system-ui, Helvetica, Arial, sans-serif" role="img" aria-label="Rooms in layers">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="{WHITE}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _arrows(graph: dict[str, set[str]], top: Place, middle: Place, runtime: Place, ground: Place) -> list[str]:
    """An arrow from each band to the one below, with how many rooms of the one are imported by rooms of the other."""
    between = [
        (TOP, top, disciplines(), middle, middle),
        (TOP, top, [RUNTIME], runtime, runtime),
        (disciplines(), middle, GROUND, ground, middle),
        ([RUNTIME], runtime, GROUND, ground, runtime),
    ]
    parts = []
    for above, place_above, below, place_below, column in between:
        pairs = sum(len(graph[room] & set(below)) for room in above)
        x, start, end = column[0] + column[2] / 2, place_above[1] + place_above[3] + 4, place_below[1] - 4
        parts.append(
            f'<path d="M{x:g},{start:g} V{end - 8:g}" stroke="{QUIET}" stroke-width="2"/>'
            f'<path d="M{x - 5:g},{end - 9:g} h10 l-5,9 z" fill="{QUIET}"/>'
            + _text(x + 12, (start + end) / 2 + 4, f"{pairs} imports", size=12, colour=QUIET)
        )
    return parts


def _band(place: Place, title: str) -> str:
    x, y, width, height = place
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="10" fill="{BAND}" stroke="{LINE}"/>'
        + _text(x + PAD, y + 20, title, size=12.5, colour=QUIET)
    )


def _row(names: Sequence[str], band: Place, colours: dict[str, str]) -> list[str]:
    width = (band[2] - 2 * PAD - (len(names) - 1) * GAP) / len(names)
    return [
        _box(
            name,
            (band[0] + PAD + number * (width + GAP), band[1] + HEAD, width, BOX_HEIGHT - 8),
            fill=colours.get(name, BLUE),
        )
        for number, name in enumerate(names)
    ]


def _box(name: str, place: Place, *, fill: str = WHITE, imports: Sequence[str] = ()) -> str:
    x, y, width, height = place
    ink = INK if fill == WHITE else WHITE
    parts = [
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7" fill="{fill}" stroke="{LINE}"/>',
        _text(x + 12, y + 23, name, size=15, colour=ink, weight=600),
    ]
    if name in ABOUT:
        lines = _folded(ABOUT[name], width - 24)
        parts += [_text(x + 12, y + 40 + 13 * n, line, size=10.5, colour=ink) for n, line in enumerate(lines)]
        y += 13 * len(lines) + 8
    chip_x, chip_y = x + 12, y + 34
    for room in imports:
        wide = 6 * len(room) + 10
        if chip_x + wide > x + width - 8:
            chip_x, chip_y = x + 12, chip_y + 19
        parts.append(
            f'<rect x="{chip_x:g}" y="{chip_y:g}" width="{wide}" height="15" rx="7" fill="{COLOURS[room]}"/>'
            + _text(chip_x + wide / 2, chip_y + 11, room, size=10, colour=WHITE, anchor="middle")
        )
        chip_x += wide + 4
    return "".join(parts)


def _folded(text: str, width: float) -> list[str]:
    """Lines that fit a width in pixels, at 10.5 pixels a letter's height."""
    lines = [""]
    for word in text.split():
        if lines[-1] and 5.4 * len(f"{lines[-1]} {word}") > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _text(x: float, y: float, text: str, *, size: float, colour: str, weight: int = 400, anchor: str = "start") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
    print(FILE)
