"""Every sentence that people may see is said somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (
    "handlers/texts.py",
    "handlers/alerts/wording.py",
    "policies/wording.py",
    "handlers/actions/http/wording.py",
)


def said(path: Path) -> str:
    return "\n".join(
        one.read_text() for floor in ("bot", "handlers", "policies") for one in _code(floor, path)
    )


def _code(floor: str, but: Path) -> list[Path]:
    return [one for one in (ROOT / floor).rglob("*.py") if one != but]


@pytest.mark.parametrize("name", PLACES)
def test_no_sentence_is_left_over(name: str) -> None:
    path = ROOT / name
    constants = re.findall(r"^([A-Z][A-Z_0-9]+)\b(?:: \w+)? = ", path.read_text(), re.MULTILINE)
    elsewhere, here = said(path), path.read_text()
    unused = [one for one in constants if not re.search(rf"\b{one}\b", elsewhere) and here.count(one) < 2]
    assert [] == unused
