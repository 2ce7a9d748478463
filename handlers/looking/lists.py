"""What waits, and what ended last: told privately, each entry with a link to its card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handlers import texts
from handlers.alerts.cards import tone_of
from handlers.alerts.lines import clock_line
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import alert_list
from handlers.asking.heard import Heard, confide
from handlers.cards import note, people
from handlers.changes import Cause
from handlers.identity.answers import may_answer
from handlers.identity.standing import Standing
from handlers.looking import wording as w
from handlers.messages import Card, Line, Mark, Span, Strong, ThreadLink, Tone, User, When
from handlers.requests.cards import look_of, request_link
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import ended_list, open_list
from handlers.work import Ranked, Verdict
from handlers.world import World
from policies.decisions import has_part

SHOWN = 12
"""Entries that a list shows; what more there is, is counted."""


async def pending(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`pending`: the open requests of systems that one has a part in, those first that one may approve."""
    who = heard.voice.who
    systems = _systems(world, who, heard.second)
    found = [await world.store.ranked(open_list(system), SHOWN) for system in systems]
    requests = sorted(_requests(found), key=lambda one: one.created_at)
    mine = [one for one in requests if may_approve_now(world, one, who)]
    others = [one for one in requests if one not in mine]
    count = sum(one.count for one in found)
    lines: list[Line] = []
    if mine:
        lines += [(Strong(text=w.PENDING_MINE),), *(request_line(one) for one in mine)]
    if others:
        lines += [(Strong(text=w.PENDING_OTHERS),), *(request_line(one) for one in others)]
    headline = texts.say(w.PENDING, count=count) if count else (w.PENDING_NONE,)
    card = _list_card(headline, lines[: SHOWN + 2], count - min(len(requests), SHOWN))
    return await confide(world, cause, heard.voice, card)


async def history(world: World, cause: Cause, heard: Heard) -> Verdict:
    """`history [system]`: what ended last."""
    requests = await ended_here(world, _systems(world, heard.voice.who, heard.second or heard.system))
    headline = (w.HISTORY,) if requests else (w.HISTORY_NONE,)
    card = _list_card(headline, [result_line(one) for one in requests], 0)
    return await confide(world, cause, heard.voice, card)


async def open_here(world: World, systems: Iterable[str]) -> list[Request]:
    """The open requests of these systems, those first that were asked first."""
    found = [await world.store.ranked(open_list(system), SHOWN) for system in systems]
    return sorted(_requests(found), key=lambda one: one.created_at)


async def ended_here(world: World, systems: Iterable[str]) -> list[Request]:
    """The requests of these systems that ended last, the latest first."""
    found = [await world.store.ranked(ended_list(system), SHOWN, latest=True) for system in systems]
    return sorted(_requests(found), key=lambda one: one.changed_at, reverse=True)[:SHOWN]


def _systems(world: World, who: Standing, named: str) -> tuple[str, ...]:
    """The named system, or all, as far as somebody has a part in them."""
    names = (named.lower(),) if named else tuple(world.book.systems)
    return tuple(one for one in names if one in world.book.systems and has_part(world.book, one, who.roles))


def _requests(found: Iterable[Ranked]) -> Iterator[Request]:
    for ranked in found:
        for stored in ranked.objects:
            yield Request.model_validate_json(stored.body)


def may_approve_now(world: World, request: Request, who: Standing) -> bool:
    """Whether this person may approve it as it stands."""
    waits = request.state is RequestState.AWAITING_APPROVAL and not request.seal.unmet
    return waits and may_answer(world, request, who, approve=True).allowed


def _list_card(headline: Line, lines: Iterable[Line], more: int) -> Card:
    rest: tuple[Line, ...] = (texts.say(texts.MORE_ROWS, more=more),) if more > 0 else ()
    return note(headline, Tone.QUIET, *lines, *rest)


def request_line(request: Request) -> Line:
    """One open request: what, who asked, until when it can be answered."""
    tone, state = look_of(request.state)
    asked: Line = (Mark(tone=tone), request_link(request), " · ", *people(request.requesters))
    if request.state is not RequestState.AWAITING_APPROVAL:
        return (*asked, f" · {state}")
    unmet = f" · {w.PENDING_UNMET}" if request.seal.unmet else ""
    return (*asked, " · until ", When(at=request.expires_at), unmet)


def result_line(request: Request) -> Line:
    """One ended request: what, how it ended, who asked, and who approved or denied."""
    tone, state = look_of(request.state)
    line: Line = (Mark(tone=tone), _ended_link(request), f" · {state} ", When(at=request.changed_at), " · ")
    if request.automatic:
        return (*line, w.BY_ITSELF)
    approvers = people(one.by for one in request.approvals)
    agreed = (" ✓ ", *approvers) if approvers else ()
    denied = (" ✗ ", User(id=request.ended_by)) if request.state is RequestState.DENIED else ()
    return (*line, *people(request.requesters), *agreed, *denied)


def _ended_link(request: Request) -> Span:
    """What a policy runs by itself has no card of its own."""
    link = request_link(request)
    return link.text if request.automatic else link


async def open_work(world: World, system: str) -> tuple[list[Line], list[Line], list[Line]]:
    """What a board shows of one system: alerts to see to, open requests, outcomes that nobody knows."""
    alerts = [
        Alert.model_validate_json(one.body)
        for one in (await world.store.ranked(alert_list(system), SHOWN)).objects
    ]
    waiting = _requests([await world.store.ranked(open_list(system), SHOWN)])
    ended = _requests([await world.store.ranked(ended_list(system), SHOWN, latest=True)])
    unsure = [result_line(one) for one in ended if one.state is RequestState.UNKNOWN]
    return (
        [alert_line(world, one) for one in alerts],
        [request_line(one) for one in waiting if not one.automatic],
        unsure,
    )


def alert_line(world: World, alert: Alert) -> Line:
    """One alert: what, how grave, and who has it or until when somebody must."""
    tone = Tone.WORKING if alert.state is AlertState.ACKNOWLEDGED else tone_of(alert, world.book)
    link = ThreadLink(slot=alert.slot, text=f"{alert.severity} {alert.title}")
    return (Mark(tone=tone), link, " · ", *clock_line(alert))
