"""Matchers as Alertmanager's API v2 has them: in a silence as JSON, in a query as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.panel import Json
from sandbox.practice_api import Refused

_FILTER = re.compile(
    r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:\\.|[^"\\])*"|[^"\s]*)\s*', re.DOTALL
)
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATORS = {"=": (False, True), "!=": (False, False), "=~": (True, True), "!~": (True, False)}
_POSTED = {"name": str, "value": str, "isRegex": bool, "isEqual": bool}


@dataclass(frozen=True)
class Matcher:
    """A condition on a label; a label that is not there is an empty one."""

    name: str
    value: str
    is_regex: bool
    is_equal: bool

    def holds(self, labels: Mapping[str, str]) -> bool:
        found = labels.get(self.name, "")
        fits = bool(re.fullmatch(self.value, found)) if self.is_regex else found == self.value
        return fits is self.is_equal

    @property
    def json(self) -> Json:
        return {
            "name": self.name, "value": self.value, "isRegex": self.is_regex, "isEqual": self.is_equal,
        }  # fmt: skip

    def __str__(self) -> str:
        operator = next(word for word, kind in _OPERATORS.items() if kind == (self.is_regex, self.is_equal))
        return f"{self.name}{operator}{json.dumps(self.value, ensure_ascii=False)}"


def filters(texts: Iterable[str]) -> list[Matcher]:
    """What stands in `filter`. Raises Refused (400) for what is no matcher."""
    found = []
    for text in texts:
        read = _FILTER.fullmatch(text)
        if read is None:
            raise Refused(400, f"bad matcher format: {text}")
        value = json.loads(read[3]) if read[3].startswith('"') else read[3]
        found.append(_checked(Matcher(read[1], value, *_OPERATORS[read[2]])))
    return found


def posted(told: Json) -> Matcher:
    """A matcher of a silence. Raises Refused (400, 422) for one that is none."""
    given = {"isEqual": True, **told}
    if set(given) != set(_POSTED) or any(not isinstance(given[key], kind) for key, kind in _POSTED.items()):
        raise Refused(422, "a matcher has name, value, isRegex and isEqual")
    return _checked(Matcher(given["name"], given["value"], given["isRegex"], given["isEqual"]))


def _checked(matcher: Matcher) -> Matcher:
    if not _NAME.fullmatch(matcher.name):
        raise Refused(400, "invalid label matcher: invalid label name")
    try:
        re.compile(matcher.value if matcher.is_regex else "")
    except re.error as error:
        raise Refused(400, f"invalid label matcher: {error}") from None
    return matcher
