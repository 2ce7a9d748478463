"""Matchers of labels, as Alertmanager has them: `alertname=HighLatency`, `instance=~"web-.*"`, `job!=batch`.

https://prometheus.io/docs/alerting/latest/configuration/#matcher
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_VALUE = 200
"""Characters of a value."""
_MATCHER = re.compile(r"([a-zA-Z_][a-zA-Z0-9_]{0,99})(=~|!~|!=|=)(.+)", re.DOTALL)
_LISTED = re.compile(r"[\w-]+(\|[\w-]+)*", re.ASCII)
"""An expression that lists names, and is none to whoever reads it."""
_QUOTES = {'"': '"', "“": "”", "”": "”", "„": "“"}
"""Opening and closing ones; Slack's editors make straight quotes round."""
_ESCAPED = re.compile(r'\\([\\"n])')
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}


@dataclass(frozen=True, order=True)
class Matcher:
    """One condition on one label. An expression (`=~`, `!~`) holds for a whole value, in RE2's syntax."""

    name: str
    operator: str
    value: str

    @property
    def is_expression(self) -> bool:
        return self.operator.endswith("~")

    @property
    def is_positive(self) -> bool:
        return not self.operator.startswith("!")

    @property
    def names_one(self) -> bool:
        """Whether it holds for one value alone."""
        return self.operator == "="

    def holds_for(self, value: str) -> bool:
        """Whether a value fits. Only for what lists names, as `one_of_these` does: there RE2 and Python mean
        the same."""
        fits = re.fullmatch(self.value, value) is not None if self.is_expression else value == self.value
        return fits is self.is_positive

    def may_hold_for(self, value: str) -> bool:
        """Whether a value may fit, whoever wrote this: what is more than a list of names may."""
        return (self.is_expression and not _LISTED.fullmatch(self.value)) or self.holds_for(value)

    def __str__(self) -> str:
        quoted = self.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'{self.name}{self.operator}"{quoted}"'


def parse_matcher(text: str) -> Matcher | None:
    """The matcher that somebody typed, with or without quotes; None for anything else."""
    found = _MATCHER.fullmatch(text)
    if found is None:
        return None
    value = _unquoted(found[3])
    if not 1 <= len(value) <= LONGEST_VALUE or not all(char.isprintable() for char in value):
        return None
    return Matcher(found[1], found[2], value)


def _unquoted(text: str) -> str:
    closing = _QUOTES.get(text[0])
    if closing is None or len(text) < 2 or text[-1] not in (closing, '"'):
        return text
    return _ESCAPED.sub(lambda found: _ESCAPES[found[1]], text[1:-1])


def one_of_these(name: str, values: tuple[str, ...], *, negated: bool = False) -> Matcher:
    """A matcher for any of some values, or for none of them; a single value needs no expression.

    Raises ValueError without values: an empty expression would match alerts without the label.
    """
    if not values:
        raise ValueError(f"no values of {name} to match")
    if len(values) == 1:
        return Matcher(name, "!=" if negated else "=", values[0])
    return Matcher(name, "!~" if negated else "=~", "|".join(re.escape(value) for value in sorted(values)))


def equal(labels: Mapping[str, str]) -> tuple[Matcher, ...]:
    """A matcher for each label."""
    return tuple(Matcher(name, "=", value) for name, value in labels.items())
