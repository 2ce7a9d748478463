"""The values of a route: typed by its policy, and filled into paths, queries and bodies.

A value cannot leave its place: in a path it is percent-encoded, and what would name another path is
refused before that, because some servers decode once more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import GenericAlias
from typing import Annotated, Any, ClassVar
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    create_model,
)

from handlers.actions import Params
from handlers.actions.http import wording as w
from handlers.errors import DoNotRetry
from policies.fields import format_duration, parse_duration, refuse
from policies.routes import (
    LONGEST_VALUE,
    MOST_ITEMS,
    Parameter,
    anchored,
    fill,
    names_in,
    parse_send,
    reference,
)

Values = Mapping[str, Any]
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,8})")
_SHOWN = 3
"""So many items of a list stand in a title."""


class RouteParams(Params):
    """Values of one route. `named` is the text that names its target, `warning` why it must be typed."""

    named: ClassVar[str] = ""
    warning: ClassVar[str] = ""

    @property
    def target(self) -> str:
        texts = {name: _in_words(value) for name, value in self}
        return fill(self.named, texts) if self.named else ", ".join(texts.values())

    @property
    def danger(self) -> str:
        return self.warning


def _in_words(value: Any) -> str:
    return listed(value) if isinstance(value, tuple) else str(value)


def _whole(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def typed(value: Any) -> str:
    """A value as people would type it."""
    return " ".join(value) if isinstance(value, tuple) else str(value)


def listed(names: tuple[str, ...], most: int = _SHOWN) -> str:
    """Names in words, not more than so many."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else w.LIST_LONG.format(shown=shown, more=len(names) - most)


def params_of(
    name: str, takes: Mapping[str, Parameter], sends: Sequence[str], named: str = "", warning: str = ""
) -> type[RouteParams]:
    """The parameter model of a route. What stands in a path is held to more than its own form.

    `sends` are the request lines that get its values: its own first, then those of what it looks at.
    """
    in_path = {each for send in sends for each in names_in(parse_send(send).path)}
    fields: dict[str, Any] = {
        key: (
            _type(one, in_path=key in in_path),
            Field(format_duration(one.default) if one.default else ..., description=_hint(one)),
        )
        for key, one in takes.items()
    }
    made = create_model(name, __base__=RouteParams, **fields)
    made.named = named or ("" if takes else parse_send(sends[0]).path)
    made.warning = warning
    return made


def _hint(parameter: Parameter) -> str:
    """What can be written, for the modal that asks for it."""
    match parameter.type:
        case "number":
            return w.HINT_NUMBER.format(least=parameter.least, most=parameter.most)
        case "ago":
            return w.HINT_AGO
        case "list":
            return w.HINT_LIST.format(most=parameter.most or MOST_ITEMS)
        case "text":
            return w.HINT_CHOICES.format(choices=", ".join(parameter.choices)) if parameter.choices else ""


def _type(parameter: Parameter, *, in_path: bool) -> Any:
    match parameter.type:
        case "number":
            return Annotated[int, BeforeValidator(_number(parameter))]
        case "ago":
            return Annotated[str, AfterValidator(_ago)]
        case "list":
            items = GenericAlias(tuple, (_text(parameter, in_path=in_path), ...))
            return Annotated[items, AfterValidator(_count(parameter))]
        case "text":
            return _text(parameter, in_path=in_path)


def _text(parameter: Parameter, *, in_path: bool) -> Any:
    form = TypeAdapter[str](Annotated[str, StringConstraints(pattern=anchored(parameter.pattern or ""))])

    def check(text: str) -> str:
        shown = text[:60]
        if not 1 <= len(text) <= LONGEST_VALUE:
            raise refuse(w.BAD_LENGTH.format(most=LONGEST_VALUE, count=len(text)))
        if parameter.choices and text not in parameter.choices:
            raise refuse(w.BAD_CHOICE.format(value=shown, choices=", ".join(parameter.choices)))
        if parameter.pattern and not _matches(form, text):
            raise refuse(w.BAD_FORM.format(value=shown, pattern=parameter.pattern))
        if in_path and (text in (".", "..") or set(text) & set("/\\%?#;") or not text.isprintable()):
            raise refuse(w.BAD_PATH.format(value=shown))
        return text

    return Annotated[str, AfterValidator(check)]


def _matches(form: TypeAdapter[str], text: str) -> bool:
    try:
        form.validate_python(text)
    except ValidationError:
        return False
    return True


def _count(parameter: Parameter) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    least, most = parameter.least or 1, parameter.most or MOST_ITEMS

    def check(items: tuple[str, ...]) -> tuple[str, ...]:
        if not least <= len(items) <= most:
            raise refuse(w.BAD_COUNT.format(least=least, most=most, count=len(items)))
        twice = next((item for item in items if items.count(item) > 1), None)
        if twice is not None:
            raise refuse(w.TWICE_GIVEN.format(value=twice))
        return items

    return check


def _number(parameter: Parameter) -> Callable[[object], object]:
    least, most = parameter.least or 0, parameter.most or 0

    def check(value: object) -> object:
        text = str(value)
        if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
            raise refuse(w.BAD_NUMBER.format(value=text[:60], least=least, most=most))
        return int(text)

    return check


def _ago(text: str) -> str:
    parse_duration(text)
    return text


def address(send: str, values: Values, now: datetime) -> tuple[str, str]:
    """Method, and path with query, with every value percent-encoded (RFC 3986).

    Raises DoNotRetry for a path that would not be the route's.
    """
    sent = parse_send(send)
    texts = {name: quote(_as_sent(value, now), safe="") for name, value in values.items()}
    path = fill(sent.path, texts)
    if {".", ".."} & set(path.split("/")):
        raise DoNotRetry(w.BAD_PATH.format(value=path[:60]), "bad-path")
    query = fill(sent.query, texts)
    return sent.method, f"{path}?{query}" if query else path


def _as_sent(value: Any, now: datetime) -> str:
    if isinstance(value, timedelta):
        return (now - value).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def values_of(params: Params, takes: Mapping[str, Parameter]) -> dict[str, Any]:
    """The values as routes use them: a duration is a timedelta, everything else what it is."""
    given = dict(params)
    return {
        name: parse_duration(given[name]) if one.type == "ago" else given[name] for name, one in takes.items()
    }


def passed_on(values: Values, takes: Mapping[str, Parameter]) -> dict[str, Any]:
    """What a reading gets of an action's values: those of its own names, and its defaults."""
    return {name: values.get(name, one.default) for name, one in takes.items()}


def filled(template: Any, values: Values) -> Any:
    """A body with values in place: `$name` alone is the value itself, inside a text it is its text."""
    if isinstance(template, str):
        name = reference(template)
        if name:
            value = values[name]
            return list(value) if isinstance(value, tuple) else value
        return fill(template, {key: _whole(value) for key, value in values.items()})
    if isinstance(template, Mapping):
        return {key: filled(value, values) for key, value in template.items()}
    if isinstance(template, tuple | list):
        return [filled(value, values) for value in template]
    return template
