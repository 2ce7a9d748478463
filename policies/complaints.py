"""Pydantic's validation errors as faults: by error code, each with what to write instead."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic_core import ErrorDetails

from policies.faults import Fault, closest, unknown
from policies.fields import FAULT
from policies.source import Path, Source, dotted

_EXPECTED = {
    "string_type": "text (put quotes round it)",
    "int_type": "a whole number",
    "bool_type": "`true` or `false`",
    "tuple_type": "a list, such as `[one, two]`",
    "dict_type": "`key: value` lines",
    "mapping_type": "`key: value` lines",
    "model_type": "`key: value` lines",
}
_FOUND = {str: "text", int: "a number", bool: "true or false", tuple: "a list", dict: "`key: value` lines"}


def complaints(source: Source, model: type[BaseModel], error: ValidationError) -> Iterator[Fault]:
    """The faults that a validation error means. Lines that the reader has complained of are left out."""
    details = error.errors(include_url=False)
    accused = {fault.line for fault in source.faults}
    meant = {p for d in details if d["type"] == "extra_forbidden" and (p := _meant(model, _path(d)))}
    for detail in details:
        path = _path(detail)
        line = source.line(path)
        if detail["type"] == "missing" and (path in meant or path in source.lines):
            continue
        if line not in accused or detail["type"] == "missing":
            yield Fault(source.file, line, dotted(path), _message(model, path, detail))


def _path(detail: ErrorDetails) -> Path:
    return tuple(step for step in detail["loc"] if step != "[key]")


def _meant(model: type[BaseModel], path: Path) -> Path:
    meant = closest(str(path[-1]), _keys_at(model, path[:-1]))
    return (*path[:-1], meant) if meant else ()


def _message(model: type[BaseModel], path: Path, detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == FAULT:
        return detail["msg"]
    if kind == "extra_forbidden":
        return unknown("key", str(path[-1]), _keys_at(model, path[:-1]))
    if kind == "missing":
        return f"`{path[-1]}` is missing; add it"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, found {_FOUND.get(type(detail['input']), 'something else')}"
    if kind == "greater_than_equal":
        return f"{detail['input']} is too small; write {context['ge']} or more"
    if kind == "less_than_equal":
        return f"{detail['input']} is too large; write {context['le']} or less"
    if kind == "literal_error":
        return f"`{detail['input']}` is not known here; write one of {context['expected']}"
    return detail["msg"]


def _keys_at(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The keys that the schema knows at a path."""
    annotation: Any = model
    for step in path:
        annotation = _within(_model_or_container(annotation), step)
    found = _model_or_container(annotation)
    return tuple(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else ()


def _model_or_container(annotation: Any) -> Any:
    """Look through Annotated, Optional and root models."""
    if get_origin(annotation) is Annotated:
        return _model_or_container(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _model_or_container(next(arg for arg in get_args(annotation) if arg is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _model_or_container(annotation.model_fields["root"].annotation)
    return annotation


def _within(annotation: Any, step: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation.model_fields[str(step)].annotation
    value_of = get_args(annotation)
    return value_of[0] if isinstance(step, int) else value_of[1]
