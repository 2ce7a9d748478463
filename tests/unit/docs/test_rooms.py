"""The rooms of the handlers are drawn as their imports run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[3]
HANDLERS = ROOT / "handlers"
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
ROOMS = frozenset(door.parent.name for door in HANDLERS.glob("*/__init__.py"))
Arrows = Mapping[str, frozenset[str]]


def imported(code: str) -> Iterator[str]:
    """The rooms that a file names in its imports."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            whole = (
                [node.module] if node.module != "handlers" else [f"handlers.{one.name}" for one in node.names]
            )
            yield from (one.split(".")[1] for one in whole if one.startswith("handlers."))


def imports() -> Arrows:
    found = {}
    for room in ROOMS:
        files = (HANDLERS / room).rglob("*.py")
        named = {one for file in files for one in imported(file.read_text())}
        found[room] = frozenset(named & ROOMS - {room})
    return found


def drawn() -> Arrows:
    picture = re.search(r"<!-- rooms -->(.*?)<!-- /rooms -->", ARCHITECTURE, re.DOTALL)
    assert picture is not None
    arrows = re.findall(r"^ +(\w+) --> (\w+)$", picture[1], re.MULTILINE)
    return {room: frozenset(end for start, end in arrows if start == room) for room in ROOMS}


def below(arrows: Arrows, room: str) -> frozenset[str]:
    """Every room that one stands on, by whatever way."""
    found: frozenset[str] = frozenset()
    ahead = set(arrows[room])
    while ahead:
        next_one = ahead.pop()
        found |= {next_one}
        ahead |= arrows[next_one] - found
    return found


def test_every_way_between_rooms_is_drawn_and_every_arrow_is_an_import() -> None:
    real, picture = imports(), drawn()

    assert {room: below(real, room) for room in ROOMS} == {room: below(picture, room) for room in ROOMS}
    assert [] == [(start, end) for start in ROOMS for end in picture[start] if end not in real[start]]


def test_every_room_is_told_of() -> None:
    table = ARCHITECTURE.split("| room of `handlers` |")[1].split("\n\n")[0]

    assert ROOMS == set(re.findall(r"^\| `(\w+)/` \|", table, re.MULTILINE))
