"""Routes of an HTTP system: what is sent, what is looked at before, and what is read back after.

A route only says how; `actions` and `read` of the same file say who may. `$name` stands for a value that
people give, wherever it stands: in a path, a query, a body or a comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    TypeAdapter,
)
from pydantic_core import SchemaError

from policies import fields as f

REASON, REQUEST_ID = "reason", "request_id"
STAMPS = frozenset({REASON, REQUEST_ID})
"""Values that the bot itself has for a body: the record over there then names the request."""
TAKEN = STAMPS | {"because", "confirm", "target", "danger", "listed_in", "named", "warning"}
"""Names that a value cannot have: the bot and its forms use them."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REPEATABLE = frozenset({"PUT", "DELETE"})
"""Idempotent by RFC 9110, section 9.2.2 (https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2)."""
LONGEST_VALUE = 200
MOST_ITEMS = 100
MOST_SHOWN, MOST_SEALED = 10, 6
_DEEPEST_BODY = 5
_VALUE = r"[a-z][a-z0-9_]{0,39}"
_REFERENCE = re.compile(rf"\$({_VALUE})")
_SEGMENT = re.compile(rf"(?:[A-Za-z0-9._~:@-]|\${_VALUE})+")
_PAIR = re.compile(rf"[A-Za-z0-9._~-]+=(?:[A-Za-z0-9._~:,-]|\${_VALUE})*")


@dataclass(frozen=True)
class Sent:
    """`GET /capability-tokens?status=active` taken apart. `query` is empty or begins after the `?`."""

    method: str
    path: str
    query: str


def parse_send(text: str) -> Sent:
    """Take a request line apart. It was validated when the policy was loaded."""
    method, _, target = text.partition(" ")
    path, _, query = target.partition("?")
    return Sent(method, path, query)


def names_in(value: object) -> Iterator[str]:
    """The names after `$` in a text, or in every text of a body."""
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from names_in(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from names_in(inner)


def reference(value: object) -> str:
    """The name when a value is one reference and nothing else (`$token_ids`), else empty."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else ""


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put texts in place of `$name`. Raises KeyError for a name without a text."""
    return _REFERENCE.sub(lambda found: values[found[1]], template)


def _send(text: str) -> str:
    method, blank, target = text.partition(" ")
    if method not in METHODS or not blank:
        raise f.refuse(f"`{text[:80]}` is no request; write it like `POST /api/queue/pause`")
    path, mark, query = target.partition("?")
    segments = path.split("/")
    inner = segments[1:-1] if path.endswith("/") else segments[1:]
    if segments[0] or len(segments) < 2 or not all(map(_SEGMENT.fullmatch, inner)):
        raise f.refuse(f"`{path[:80]}` is no path; write one like `/api/keys/$key_id/revoke`")
    if {".", ".."} & set(segments):
        raise f.refuse("a path does not go up or stay; write it without `.` and `..`")
    if mark and not all(map(_PAIR.fullmatch, query.split("&"))):
        raise f.refuse(f"`?{query[:80]}` is no query; write it like `?status=active&since=$since`")
    return text


def _pattern(text: str) -> str:
    """Patterns are pydantic's own (Rust's regex): they take linear time, whatever people type."""
    for tried in (text, anchored(text)):
        try:
            TypeAdapter(Annotated[str, StringConstraints(pattern=tried)])
        except SchemaError:
            raise f.refuse(
                f"`{text[:80]}` is no pattern; write a regular expression without look-around"
            ) from None
    return text


def anchored(pattern: str) -> str:
    """A pattern that matches whole texts only."""
    return rf"\A(?:{pattern})\z"


def _scalar(value: object) -> object:
    if isinstance(value, str | int):
        return value
    raise f.refuse("write one value here: a text, a number, `true`, `false` or `$name`")


def _body(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    if _depth(value) > _DEEPEST_BODY:
        raise f.refuse(f"a body has at most {_DEEPEST_BODY} levels; take some out")
    return value


def _depth(value: object) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, tuple | list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _or_none(write: str) -> BeforeValidator:
    """Read the word `none` as None; another word is refused where key and value lines belong."""

    def check(value: object) -> object:
        if isinstance(value, str) and value != "none":
            raise f.refuse(f"`{value[:80]}` cannot stand here; write `none`, or {write}")
        return None if value == "none" else value

    return BeforeValidator(check)


def _word_none(value: object) -> object:
    return None if value == "none" else value


ValueName = Annotated[str, f.shaped(_VALUE, "write a value's name like `token_ids`")]
Reference = Annotated[str, f.shaped(rf"\${_VALUE}", "write one value, like `$token_ids`")]
FieldPath = Annotated[
    str, f.shaped(r"[\w@-]+(\.[\w@-]+){0,7}", "write a field of the answer, like `owner` or `queue.paused`")
]
ListPath = Annotated[
    str, f.shaped(r"\.|[\w@-]+(\.[\w@-]+){0,7}", "write the field that holds the list, or `.` for the whole")
]
Send = Annotated[str, AfterValidator(_send)]
Pattern = Annotated[str, f.up_to(200), AfterValidator(_pattern)]
Choice = Annotated[str, f.shaped(r"[^\s$,]{1,80}", "write one word")]
Scalar = Annotated[str | int | bool, BeforeValidator(_scalar)]


class Parameter(f.Rules):
    """A value that people give. `pattern` and `choices` hold for a text, or for each of a list.

    `least` and `most` bound a number, or how many a list has. `ago` is a duration that is sent as the
    moment so long ago (RFC 3339, UTC); only readings take one.
    """

    type: Literal["text", "number", "list", "ago"] = "text"
    pattern: Pattern | None = None
    choices: Annotated[tuple[Choice, ...], f.Distinct] = ()
    least: Annotated[int, Field(ge=-999_999_999, le=999_999_999)] | None = None
    most: Annotated[int, Field(ge=-999_999_999, le=999_999_999)] | None = None
    default: f.PositiveDuration | None = None


def _fits(parameter: Parameter) -> Parameter:
    kind, worded = parameter.type, parameter.type in ("text", "list")
    if worded and bool(parameter.pattern) == bool(parameter.choices):
        raise f.refuse(f"a {kind} needs its form; write either `pattern` or `choices`")
    if not worded and (parameter.pattern or parameter.choices):
        raise f.refuse(f"`pattern` and `choices` are for `text` and `list`, not for `{kind}`")
    bounds = [bound for bound in (parameter.least, parameter.most) if bound is not None]
    if kind in ("text", "ago") and bounds:
        raise f.refuse(f"`least` and `most` are for `number` and `list`, not for `{kind}`")
    if kind == "number" and len(bounds) < 2:
        raise f.refuse("a number needs both bounds; write `least` and `most`")
    if kind == "list" and not all(1 <= bound <= MOST_ITEMS for bound in bounds):
        raise f.refuse(f"a list has 1 to {MOST_ITEMS} items; write `least` and `most` in between")
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        raise f.refuse("`least` is more than `most`; exchange them")
    if parameter.default is not None and kind != "ago":
        raise f.refuse(f"a `{kind}` has no default: people say what they mean; take `default` out")
    return parameter


Taken = Annotated[Parameter, AfterValidator(_fits)]


class ReadingRoute(f.Rules):
    """A look: a GET whose JSON answer is one object, or a list at `each` whose rows are told by `id`.

    `show` is what people see, by label. `more` names the field that says a list goes on elsewhere: such a
    list proves nothing about what it lacks.
    """

    title: f.Title
    takes: Mapping[ValueName, Taken] = {}
    send: Send
    each: ListPath | None = None
    id: FieldPath | None = None
    more: FieldPath | None = None
    show: Annotated[Mapping[Annotated[str, f.up_to(40)], FieldPath], f.AtLeastOne]


class Expectation(f.Rules):
    """What a reading must find: fields with values in an object, or rows that a list has or lacks.

    The reading gets the action's values of the same names.
    """

    reading: f.Name
    where: Mapping[FieldPath, Scalar] = {}
    has: Reference | None = None
    lacks: Reference | None = None


class Before(Expectation):
    """What is looked at before: `seal` are the fields that an approval covers, `otherwise` the refusal."""

    seal: Annotated[tuple[FieldPath, ...], f.Distinct] = ()
    otherwise: f.Words | None = None


class After(Expectation):
    """What shows that it happened: the read-back, and the question that recovery asks."""


class ActionRoute(f.Rules):
    """A change. Each of the five things that make an action safe is written, or said to be `none`.

    `idempotent` tells whether sending it twice is sending it once: because the server honours the
    Idempotency-Key (`by-key`), by the effect's nature (`by-nature`: revoking, pausing), or not (`no`).
    What is not is never sent twice, and ends unknown rather than wrong. `confirm` says why whoever asks
    must type the target's name first.
    """

    takes: Mapping[ValueName, Taken] = {}
    target: f.Title | None = None
    send: Send
    body: Annotated[Mapping[str, Any], BeforeValidator(_body)] = {}
    before: Annotated[Before | None, _or_none("what is looked at: `{reading: queue-stats, seal: [paused]}`")]
    after: Annotated[
        After | None, _or_none("what is read back: `{reading: queue-stats, where: {paused: true}}`")
    ]
    confirm: f.Words | None = None
    way_back: Annotated[f.Name | None, BeforeValidator(_word_none)]
    idempotent: Literal["by-key", "by-nature", "no"] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows if it arrived."""
        if self.idempotent is None:
            return parse_send(self.send).method in REPEATABLE
        return self.idempotent != "no"

    @property
    def relies_on(self) -> tuple[str, ...]:
        """The readings that it looks at, before or after."""
        return tuple(sorted({one.reading for one in (self.before, self.after) if one is not None}))


class Routes(f.Rules):
    """The routes of one system, by the names that `read` and `actions` grant."""

    readings: Mapping[f.Name, ReadingRoute] = {}
    actions: Mapping[f.Name, ActionRoute] = {}

    def applied(self, action: str) -> dict[str, object] | None:
        """What the rules of an action include: its route and the readings that it relies on."""
        route = self.actions.get(action)
        if route is None:
            return None
        return {
            "route": route.model_dump(mode="json"),
            "readings": {name: self.readings[name].model_dump(mode="json") for name in route.relies_on},
        }
