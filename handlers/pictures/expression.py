"""What an alerting rule measures, and against what: `rate(x[5m]) > 0.5` is `rate(x[5m])` and `> 0.5`.

Drawn as it stands, a comparison shows only the moments at which it holds. Only the outermost operators are
read (prometheus.io/docs/prometheus/latest/querying/operators); what cannot be told apart stays whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 4000
"""Characters of an expression."""
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[()\[\]{}]
    |==|!=|>=|<=|=~|!~|[<>=+\-*/%^,@]|[A-Za-z_:][A-Za-z0-9_:]*|[0-9.][A-Za-z0-9_.]*|.""",
    re.VERBOSE | re.DOTALL,
)
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")
_SETS = frozenset({"and", "or", "unless"})
_COMPARES = frozenset({"==", "!=", ">", "<", ">=", "<="})
_RATES = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv", "count", "changes", "resets"})
_UNITS = {"seconds": "seconds", "bytes": "bytes", "ratio": "ratio"}


@dataclass(frozen=True)
class Measured:
    """What is measured, and the bound it is held against; None where the rule has no plain one."""

    query: str
    threshold: float | None = None


@dataclass(frozen=True)
class _Token:
    text: str
    at: int
    depth: int


def measured(expression: str) -> Measured:
    """Split an expression. Raises ValueError for one that is empty, too long or not closed."""
    text = expression.strip()
    if not text or len(text) > LONGEST:
        raise ValueError(f"an expression has 1 to {LONGEST} characters")
    text = _unwrapped(text)
    outer = [token for token in _tokens(text) if not token.depth]
    first = next((token.at for token in outer if token.text.lower() in _SETS), None)
    if first is not None:
        return measured(text[:first])
    found = next((token for token in outer if token.text in _COMPARES), None)
    if found is None:
        return Measured(text)
    left, right = text[: found.at].strip(), text[found.at + len(found.text) :].strip()
    right = re.sub(r"\Abool\b\s*", "", right)
    bound, mirrored = _number(right), _number(left)
    if bound is not None and mirrored is None:
        return Measured(left, bound)
    if mirrored is not None and right:
        return Measured(right, mirrored)
    return Measured(left or text)


def unit_of(query: str) -> str:
    """The unit that the name of the only metric says, where nothing is made of its values.

    https://prometheus.io/docs/practices/naming/
    """
    words = [token.text for token in _tokens(query) if re.fullmatch(r"[A-Za-z_:][A-Za-z0-9_:]*", token.text)]
    if any(word in _RATES for word in words) or any(sign in query for sign in "*/^"):
        return ""
    said = {word.rsplit("_", 1)[-1] for word in words if "_" in word}
    units = said & _UNITS.keys()
    return _UNITS[units.pop()] if len(units) == 1 else ""


def _tokens(text: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in _CLOSES:
            depth -= 1
        if depth < 0:
            raise ValueError("a bracket is closed that was not opened")
        if not word.isspace() and not word.startswith("#"):
            yield _Token(word, match.start(), depth)
        if word in _OPENS:
            depth += 1
    if depth:
        raise ValueError("a bracket is not closed")


def _unwrapped(text: str) -> str:
    """Without parentheses around the whole."""
    while text.startswith("("):
        outer = [token.text for token in _tokens(text) if not token.depth]
        if outer != ["(", ")"]:
            break
        text = text[1:-1].strip()
    return text


def _number(text: str) -> float | None:
    """A plain number as PromQL writes it, with its sign."""
    text = _unwrapped(text) if text else text
    if re.fullmatch(r"[+-]?\s*0[xX][0-9a-fA-F]+", text):
        return float(int(text.replace(" ", ""), 16))
    if not re.fullmatch(r"[+-]?\s*(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", text):
        return None
    value = float(text.replace(" ", ""))
    return value if math.isfinite(value) else None
