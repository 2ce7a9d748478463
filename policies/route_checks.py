"""What must hold between the routes of a system: every name that they use is there and can stand there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from pydantic import BaseModel

from policies.catalog import Catalog
from policies.checks import fault_at
from policies.faults import Fault, unknown
from policies.routes import (
    MOST_SEALED,
    MOST_SHOWN,
    STAMPS,
    TAKEN,
    ActionRoute,
    After,
    Before,
    Expectation,
    Parameter,
    ReadingRoute,
    names_in,
    parse_send,
    reference,
)
from policies.source import Path, Source
from policies.systems import System

_BODIED = frozenset({"POST", "PUT", "PATCH"})


def route_names(source: Source, part: str, routed: bool) -> frozenset[str]:
    """The names of a system's own `actions` or `readings`, when one of its kinds has routes."""
    routes = source.value.get("routes")
    named = routes.get(part) if routed and isinstance(routes, dict) else None
    return frozenset(named) if isinstance(named, dict) else frozenset()


def check_routes(source: Source, system: System, catalog: Catalog) -> Iterator[Fault]:
    """Names mean one thing, values are taken and used, and what is looked at and read back can be."""
    routes = system.routes
    if not routes.readings and not routes.actions:
        return
    routed = [kind for kind in system.kinds if catalog[kind].routes]
    if not routed:
        kinds = " or ".join(f"`{name}`" for name, kind in catalog.items() if kind.routes)
        yield fault_at(source, ("routes",), f"only a system of kind {kinds} has routes; add it to `kinds`")
        return
    owners = {
        name: kind for kind in system.kinds for name in catalog[kind].actions | catalog[kind].readings
    } | dict.fromkeys(routes.readings, "routes.readings")
    for part, names in (("readings", routes.readings), ("actions", routes.actions)):
        for name in names:
            owner = owners.get(name, f"routes.{part}")
            if owner != f"routes.{part}":
                why = f"`{owner}` has `{name}` already; give this one another name"
                yield fault_at(source, ("routes", part, name), why)
    for name, reading in routes.readings.items():
        yield from _check_reading(source, ("routes", "readings", name), reading)
    for name, route in routes.actions.items():
        yield from _check_action(source, ("routes", "actions", name), route, system)


def _check_reading(source: Source, path: Path, reading: ReadingRoute) -> Iterator[Fault]:
    if parse_send(reading.send).method != "GET":
        yield fault_at(source, (*path, "send"), "a reading changes nothing; write `GET /…`")
    if (reading.each is None) != (reading.id is None):
        why = "a list needs both: `each` is where it stands, `id` is the field that tells its rows apart"
        yield fault_at(source, path, why)
    if reading.more and not reading.each:
        yield fault_at(source, (*path, "more"), "only a list goes on elsewhere; add `each`, or take this out")
    if len(reading.show) > MOST_SHOWN:
        why = f"{len(reading.show)} columns are too many to read; show {MOST_SHOWN} at most"
        yield fault_at(source, (*path, "show"), why)
    yield from _check_values(source, path, reading.takes, {"send": reading.send}, stamps=False)


def _check_action(source: Source, path: Path, route: ActionRoute, system: System) -> Iterator[Fault]:
    method = parse_send(route.send).method
    if method == "GET":
        why = "a GET changes nothing; write POST, PUT, PATCH or DELETE, or make it a reading"
        yield fault_at(source, (*path, "send"), why)
    if route.body and method not in _BODIED:
        yield fault_at(source, (*path, "body"), f"a {method} carries no body; take it out")
    for name, parameter in route.takes.items():
        if parameter.type == "ago":
            why = "a moment that moves cannot be approved; only readings take `ago`"
            yield fault_at(source, (*path, "takes", name), why)
    looks = {"before": _wanted(route.before), "after": _wanted(route.after)}
    used = {"send": route.send, "body": route.body, "target": route.target or "", **looks}
    yield from _check_values(source, path, route.takes, used, stamps=True)
    if route.before:
        yield from _check_look(source, (*path, "before"), route.before, route, system)
    if route.after:
        yield from _check_look(source, (*path, "after"), route.after, route, system)
    known = {*system.routes.actions, *system.actions}
    if route.way_back is not None and route.way_back not in known:
        yield fault_at(source, (*path, "way_back"), unknown("action", route.way_back, known))


def _wanted(look: Expectation | None) -> list[object]:
    """The values of a look in which names can stand."""
    return [] if look is None else [look.where, look.has, look.lacks]


def _check_values(
    source: Source, path: Path, takes: Mapping[str, Parameter], used: Mapping[str, object], *, stamps: bool
) -> Iterator[Fault]:
    """Every `$name` is taken, whatever is taken is used, and a list stands where a list can."""
    own = STAMPS if stamps else frozenset[str]()
    for key, value in used.items():
        for name in names_in(value):
            if name not in takes and not (key == "body" and name in own):
                yield fault_at(source, (*path, key), _not_taken(name, takes, key, own))
            elif key == "send" and takes[name].type == "list":
                why = f"`${name}` is a list and cannot stand in a path or query; send it in `body`"
                yield fault_at(source, (*path, key), why)
    for name, parameter in takes.items():
        if name in TAKEN or hasattr(BaseModel, name):
            yield fault_at(source, (*path, "takes", name), f"`{name}` is the bot's own; use another name")
        if parameter.type == "list" and name != tuple(takes)[-1]:
            why = "a list takes all the words that are left; write it last"
            yield fault_at(source, (*path, "takes", name), why)
    named = set(chain.from_iterable(map(names_in, used.values())))
    for name in takes:
        if name not in named:
            why = f"`{name}` is asked for and never used; write `${name}` where it belongs, or take it out"
            yield fault_at(source, (*path, "takes", name), why)


def _not_taken(name: str, takes: Mapping[str, Parameter], key: str, own: frozenset[str]) -> str:
    if name in own:
        return f"`${name}` can stand only in `body`, not in `{key}`"
    return f"{unknown('value', name, takes)}; add it under `takes`"


def _check_look(
    source: Source, path: Path, look: Before | After, route: ActionRoute, system: System
) -> Iterator[Fault]:
    """What is looked at exists, gets its values, and can answer the question."""
    readings = system.routes.readings
    reading = readings.get(look.reading)
    if reading is None:
        yield fault_at(source, (*path, "reading"), unknown("reading", look.reading, readings))
        return
    for name, parameter in reading.takes.items():
        taken = route.takes.get(name)
        if taken is None and parameter.default is None:
            why = f"`{look.reading}` takes `{name}`, which this action does not; add it under `takes`"
            yield fault_at(source, (*path, "reading"), why)
        if taken is not None and taken.type != parameter.type:
            why = f"`{name}` is a {taken.type} here and a {parameter.type} in `{look.reading}`; use one type"
            yield fault_at(source, (*path, "reading"), why)
    for field, wanted in look.where.items():
        if any(names_in(wanted)) and not reference(wanted):
            why = "a value is compared as it is; write `$name` alone"
            yield fault_at(source, (*path, "where", field), why)
    yield from _check_question(source, path, look, reading)
    for key in ("has", "lacks"):
        name = reference(getattr(look, key))
        if name and name in route.takes and route.takes[name].type == "number":
            why = f"`${name}` is a number; rows are told by a text or a list of texts"
            yield fault_at(source, (*path, key), why)


def _check_question(
    source: Source, path: Path, look: Before | After, reading: ReadingRoute
) -> Iterator[Fault]:
    asked = [key for key in ("where", "has", "lacks") if getattr(look, key)]
    fitting = ("has", "lacks") if reading.each else ("where",)
    for key in asked:
        if key not in fitting:
            other = "a list: write `has` or `lacks`" if reading.each else "one object: write `where`"
            yield fault_at(source, (*path, key), f"`{look.reading}` is {other}")
    if len(asked) > 1:
        yield fault_at(source, path, f"write one of {' and '.join(f'`{key}`' for key in asked)}")
    if not asked and (isinstance(look, After) or reading.each):
        wanted = " or ".join(f"`{key}`" for key in fitting)
        yield fault_at(source, path, f"say what must be found there; add {wanted}")
    for index, field in enumerate(look.seal if isinstance(look, Before) else ()):
        if field not in reading.show.values():
            why = f"nobody approves what is not shown; add `{field}` under `show` of `{look.reading}`"
            yield fault_at(source, (*path, "seal", index), why)
    if isinstance(look, Before) and len(look.seal) > MOST_SEALED:
        why = f"{len(look.seal)} fields are too many to weigh; seal {MOST_SEALED} at most"
        yield fault_at(source, (*path, "seal"), why)
    if isinstance(look, Before) and look.seal and look.lacks:
        why = "what a list lacks has no fields to seal; take `seal` out"
        yield fault_at(source, (*path, "seal"), why)
