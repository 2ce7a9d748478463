"""A small language of rules for JSON that complains as Slack does: `… [json-pointer:/blocks/0/text]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.slack.shapes import Json


class Rule(Protocol):
    """Checks one value; what is wrong is added to `faults`, each with its JSON pointer."""

    def check(self, value: object, at: str, faults: list[str]) -> None: ...


def fault(faults: list[str], words: str, at: str) -> None:
    faults.append(f"{words} [json-pointer:{at}]")


@dataclass(frozen=True)
class Str:
    """A string of `least` to `most` characters."""

    most: int
    least: int = 1
    pattern: str | None = None

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, str):
            fault(faults, "must be a string", at)
        elif len(value) > self.most:
            fault(faults, f"must be less than {self.most + 1} characters", at)
        elif len(value) < self.least:
            fault(faults, f"must be more than {self.least - 1} characters", at)
        elif self.pattern and not re.fullmatch(self.pattern, value):
            fault(faults, f"must match pattern: {self.pattern}", at)


@dataclass(frozen=True)
class Pattern:
    """A string of a form; Slack says which one (slackapi/python-slack-sdk issue 1521)."""

    form: str

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, str) or not re.fullmatch(self.form, value):
            fault(faults, f"input must match regex pattern: {self.form}", at)


@dataclass(frozen=True)
class Whole:
    """An integer within bounds, both included."""

    least: int
    most: int

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            fault(faults, "must be an integer", at)
        elif not self.least <= value <= self.most:
            fault(faults, f"must be between {self.least} and {self.most}", at)


@dataclass(frozen=True)
class Flag:
    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, bool):
            fault(faults, "must be a boolean", at)


@dataclass(frozen=True)
class Among:
    """One of a few words."""

    words: tuple[str, ...]

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if value not in self.words:
            fault(faults, f"must be a valid enum value: {', '.join(self.words)}", at)


@dataclass(frozen=True)
class Anything:
    """Not looked into further: a shape that the practice Slack stores but does not know in detail."""

    def check(self, value: object, at: str, faults: list[str]) -> None:
        return


@dataclass(frozen=True)
class Many:
    """An array of `least` to `most` items."""

    item: Rule
    most: int
    least: int = 1

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, list):
            fault(faults, "must be an array", at)
            return
        if len(value) > self.most:
            fault(faults, f"no more than {self.most} items allowed", at)
        if len(value) < self.least:
            fault(
                faults,
                f"no fewer than {self.least} items allowed"
                if self.least > 1
                else "must have at least 1 item",
                at,
            )
        for index, each in enumerate(value):
            self.item.check(each, f"{at}/{index}", faults)


@dataclass(frozen=True)
class Shape:
    """An object: `required` and `optional` fields, nothing else; `also` checks what no single field tells."""

    required: Mapping[str, Rule]
    optional: Mapping[str, Rule] = field(default_factory=dict)
    also: Callable[[Json, str, list[str]], None] | None = None

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, dict):
            fault(faults, "must be an object", at)
            return
        for name in self.required:
            if value.get(name) is None:
                fault(faults, f"missing required field: {name}", at)
        for name, each in value.items():
            rule = self.required.get(name) or self.optional.get(name)
            if name == "type" or each is None:
                continue
            if rule is None:
                fault(faults, f"invalid additional property: {name}", at)
            else:
                rule.check(each, f"{at}/{name}", faults)
        if self.also:
            self.also(value, at, faults)


@dataclass(frozen=True)
class Typed:
    """An object that says in `type` which shape it has."""

    shapes: Mapping[str, Rule]

    def check(self, value: object, at: str, faults: list[str]) -> None:
        if not isinstance(value, dict):
            fault(faults, "must be an object", at)
            return
        kind = value.get("type")
        if kind is None:
            fault(faults, "missing required field: type", at)
        elif (shape := self.shapes.get(str(kind))) is None:
            fault(faults, f"unsupported type: {kind}", f"{at}/type")
        else:
            shape.check(value, at, faults)


@dataclass(frozen=True)
class Text:
    """A text object: plain_text, or where allowed mrkdwn, of up to `most` characters."""

    most: int
    mrkdwn: bool = False

    def check(self, value: object, at: str, faults: list[str]) -> None:
        words = Str(self.most)
        shapes: dict[str, Rule] = {"plain_text": Shape({"text": words}, {"emoji": Flag()})}
        if self.mrkdwn:
            shapes["mrkdwn"] = Shape({"text": words}, {"verbatim": Flag()})
        Typed(shapes).check(value, at, faults)
