"""Every sentence that people may see is said somewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = {path: ast.parse(path.read_text()) for floor in ("bot", "handlers", "policies")
        for path in (ROOT / floor).rglob("*.py")}  # fmt: skip
PLACES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for path in CODE
    if path.name.endswith("wording.py") or path == ROOT / "handlers" / "texts.py"
}


def sentences(place: Path) -> Iterator[str]:
    """The constants of a file, by their names."""
    for node in CODE[place].body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for all_of in targets for one in ast.walk(all_of) if isinstance(one, ast.Name))


def said(path: Path) -> Iterator[tuple[str, str]]:
    """What a file says of each place: by the name under which it imports it, or the sentence alone."""
    names: dict[str, str] = {}
    for node in ast.walk(CODE[path]):
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                if f"{node.module}.{one.name}" in PLACES:
                    names[one.asname or one.name] = f"{node.module}.{one.name}"
                elif node.module in PLACES:
                    yield node.module, one.name
    for node in ast.walk(CODE[path]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield names[node.value.id], node.attr


def within(place: Path) -> Iterator[str]:
    """The sentences that stand in others of the same file."""
    for node in ast.walk(CODE[place]):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def test_no_sentence_is_left_over() -> None:
    somewhere = {one for path in CODE for one in said(path)}
    somewhere |= {(name, one) for name, path in PLACES.items() for one in within(path)}

    assert [] == [
        (name, one)
        for name, path in PLACES.items()
        for one in sentences(path)
        if (name, one) not in somewhere
    ]
