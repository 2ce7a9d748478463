"""Values that people type after an action or reading, by position or by name, made into its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_origin

from pydantic import ValidationError

from handlers import texts
from handlers.actions import Action, Params, Reading
from handlers.messages import Code, Line


class Takes(Protocol):
    """An action or a reading: `takes` are the names of the values that people type, in order."""

    @property
    def name(self) -> str: ...
    @property
    def takes(self) -> tuple[str, ...]: ...
    @property
    def fillers(self) -> tuple[str, ...]: ...
    @property
    def pairs(self) -> bool: ...
    @property
    def params(self) -> type[Params]: ...


@dataclass(frozen=True)
class No:
    """Why a wish comes to nothing, for the person alone."""

    line: Line
    rule: str = ""
    field: str = ""
    """The parameter that is wrong, where it is one."""
    missing: tuple[str, ...] = ()
    """The parameters that are not given at all."""
    away: bool = False
    """Whether it only is so because a system did not answer."""


def usage(what: Takes, address: str) -> str:
    """The words to type: `/ops auditron scale <deployment> <replicas> because <reason>`.

    `address` is the beginning of them, up to the system. A reading changes nothing and needs no reason.
    """
    fields = what.params.model_fields
    named = {name: fields[name].title or name for name in what.takes}
    takes = " ".join(f"<{named[name]}>" if fields[name].is_required() else f"[{name}]" for name in what.takes)
    words = " ".join(f"{address} {what.name} {takes}".split())
    if isinstance(what, Reading):
        return words
    lasting = " [for 2h]" if isinstance(what, Action) and what.timed else ""
    return f"{words}{lasting} because <reason>"


def given_values(
    what: Takes, address: str, values: tuple[str, ...], named: tuple[tuple[str, str], ...]
) -> dict[str, Any] | No:
    """Values by position and by name; unknown names and values too many are answered, not guessed.

    When the last parameter is a list, it takes all the words that are left. Fillers are dropped after the
    first value, which may be a name that looks like one.
    """
    takes, listed = what.takes, _takes_list(what)
    if what.pairs:
        values, named = _pairs_as_values(what, values, named)
    values = (*values[:1], *(value for value in values[1:] if value.lower() not in what.fillers))
    if len(values) > len(takes) and not listed:
        word = Code(text=values[len(takes)][:60])
        return No(texts.say(texts.TOO_MANY_VALUES, word=word, usage=Code(text=usage(what, address))))
    given: dict[str, Any] = dict(zip(takes, values, strict=False))
    if listed and len(values) >= len(takes):
        given[takes[-1]] = values[len(takes) - 1 :]
    for name, value in ((name.lower(), value) for name, value in named):
        if name not in takes:
            known = ", ".join(takes) or "nothing"
            return No(texts.say(texts.UNKNOWN_NAME, name=Code(text=name[:60]), action=what.name, known=known))
        if name in given:
            return No(texts.say(texts.GIVEN_TWICE, name=Code(text=name)))
        given[name] = tuple(value.split(",")) if listed and name == takes[-1] else value
    return {name: _folded(name, value) for name, value in given.items()}


def _pairs_as_values(
    what: Takes, values: tuple[str, ...], named: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Values and named ones, with each pair that names no parameter as the value of one that is not given."""
    own = tuple((name, value) for name, value in named if name.lower() in what.takes)
    pairs = tuple(f"{name}={value}" for name, value in named if name.lower() not in what.takes)
    given = {name.lower() for name, _ in own}
    free = [name for name in what.takes[len(values) :] if name not in given]
    if _takes_list(what) or len(pairs) > len(free):
        return (*values, *pairs), own
    return values, (*own, *zip(free, pairs, strict=False))


def filled_values(what: Takes, typed: Mapping[str, str]) -> dict[str, Any]:
    """Values as they were typed into a modal, those left empty not at all; a list is words between spaces."""
    listed = _takes_list(what)
    filled: dict[str, Any] = {}
    for name in what.takes:
        text = typed.get(name, "").strip()
        if text:
            filled[name] = tuple(text.split()) if listed and name == what.takes[-1] else _folded(name, text)
    return filled


def _takes_list(what: Takes) -> bool:
    last = what.params.model_fields[what.takes[-1]] if what.takes else None
    return last is not None and get_origin(last.annotation) is tuple


def _folded(name: str, value: Any) -> Any:
    """Ids of runs and cases count in any letter case."""
    return value.upper() if name in ("run_id", "case_id") else value


def made_params(what: Takes, address: str, values: Mapping[str, Any]) -> Params | No:
    """The parameters, or a sentence about the first value that is missing or wrong."""
    fields = what.params.model_fields
    missing = [name for name, field in fields.items() if field.is_required() and not values.get(name)]
    if missing:
        line = texts.say(texts.NEED_TARGET, usage=Code(text=usage(what, address)))
        return No(line, field=missing[0], missing=tuple(missing))
    try:
        return what.params.model_validate({name: values[name] for name in fields if name in values})
    except ValidationError as faulty:
        first = faulty.errors(include_url=False, include_context=False)[0]
        name = str(first["loc"][0]) if first["loc"] else what.name
        return No(texts.say(texts.BAD_VALUE, name=Code(text=name), why=first["msg"]), field=name)
