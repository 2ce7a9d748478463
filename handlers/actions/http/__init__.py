"""Actions and readings that a system's own policy file describes as HTTP routes; no code per action."""

from __future__ import annotations

from handlers.actions import Action, Params, Reading, Report
from handlers.actions.http.acting import Change
from handlers.actions.http.looking import see
from handlers.actions.http.ports import HttpApi
from handlers.actions.http.values import params_of, values_of
from handlers.actions.registry import Registry
from policies.routes import ActionRoute, ReadingRoute, Routes

KIND = "http"


def registry_of(routes: Routes) -> Registry:
    """The actions and readings of one system's routes."""
    registry = Registry()
    for name, route in routes.actions.items():
        registry.add(_action(name, route, routes))
    for name, reading in routes.readings.items():
        registry.add_reading(_reading(name, reading))
    return registry


def _action(name: str, route: ActionRoute, routes: Routes) -> Action:
    ways = {each: tuple(one.takes) for each, one in routes.actions.items()}
    change = Change(route, routes.readings, ways)
    sends = (route.send, *(routes.readings[name].send for name in route.relies_on))
    looked = [f"{field} of {route.before.reading}" for field in route.before.seal] if route.before else []
    return Action(
        name=name,
        kind=KIND,
        params=params_of(name, route.takes, sends, route.target or "", route.confirm or ""),
        look=change.look,
        run=change.run,
        ask=change.ask,
        sealed=", ".join(["the request as it will be sent", *looked]),
        precondition="none possible: looked at right before it is sent",
        stamp="request id as Idempotency-Key, and where the route's body names it",
        question=_question(route),
        way_back=route.way_back or "none",
        takes=tuple(route.takes),
        tells_whose=False,
    )


def _question(route: ActionRoute) -> str:
    after = route.after
    if after is None:
        return "none: it ends unknown, and a person looks"
    if after.has or after.lacks:
        return f"does {after.reading} {'list' if after.has else 'no longer list'} {after.has or after.lacks}?"
    wanted = " and ".join(f"{field} {value}" for field, value in after.where.items())
    return f"does {after.reading} show {wanted}?"


def _reading(name: str, route: ReadingRoute) -> Reading:
    async def read(api: HttpApi, params: Params) -> Report:
        return (await see(api, route, values_of(params, route.takes))).report()

    return Reading(
        name=name,
        kind=KIND,
        title=route.title,
        params=params_of(name, route.takes, (route.send,)),
        read=read,
        takes=tuple(route.takes),
    )
