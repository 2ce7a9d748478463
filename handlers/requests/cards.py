"""A request as a card: what is asked for, what was seen, who did what, and the next step."""

from __future__ import annotations

from datetime import timedelta

from handlers import texts
from handlers.cards import APPROVE, CANCEL, DENY, people, titles
from handlers.messages import (
    Button,
    ButtonStyle,
    Card,
    Check,
    Code,
    Fact,
    Line,
    Span,
    ThreadLink,
    Tone,
    User,
    When,
)
from handlers.requests import wording as w
from handlers.requests.model import Request, RequestState
from policies.decisions import goes_back_by_rule
from policies.fields import format_duration
from policies.schema import PolicyBook

_S = RequestState
_BEFORE_THE_RUN = (_S.REQUESTED, _S.AWAITING_APPROVAL, _S.APPROVED)
_MOST_BESIDE = 5
"""Requests at the same target that a card links to; what more there are, is counted."""
_LOOKS: dict[RequestState, tuple[Tone, str]] = {
    _S.REQUESTED: (Tone.WAITING, "asked"),
    _S.AWAITING_APPROVAL: (Tone.WAITING, "waiting for approval"),
    _S.APPROVED: (Tone.WORKING, "approved, about to run"),
    _S.EXECUTING: (Tone.WORKING, "running"),
    _S.SUCCEEDED: (Tone.GOOD, "done"),
    _S.FAILED: (Tone.BAD, "failed"),
    _S.UNKNOWN: (Tone.UNSURE, "outcome unknown"),
    _S.DENIED: (Tone.BAD, "denied"),
    _S.EXPIRED: (Tone.QUIET, "expired"),
    _S.CANCELLED: (Tone.QUIET, "cancelled"),
    _S.VOID: (Tone.BAD, "void"),
}


def look_of(state: RequestState) -> tuple[Tone, str]:
    """How a state looks, and how people read it."""
    return _LOOKS[state]


def state_words(state: RequestState) -> str:
    """A state as people read it."""
    return _LOOKS[state][1]


def request_link(request: Request) -> ThreadLink:
    """A link to a request's card."""
    return ThreadLink(slot=request.card_slot, text=f"{request.id} {request.action} {request.target}")


def request_card(request: Request, book: PolicyBook) -> Card:
    """The card of a request; the same slot is updated at every step."""
    tone, state = _LOOKS[request.state]
    state = texts.MIDWAY if request.midway else state
    rule = book.action(request.system, request.action)
    name = rule.title if rule else request.action
    name = w.LONGER.format(name=name) if request.extends else name
    asked_by, how = texts.OF_A_REQUEST
    facts = [Fact(label=asked_by, value=people(request.requesters)), Fact(label=how, value=(state,))]
    facts += _facts(request, request.shown)
    facts += lasts_fact(request, book)
    if request.beside and request.state is _S.AWAITING_APPROVAL:
        facts.append(Fact(label=w.BESIDE, value=_beside(request)))
    return Card(
        tone=tone,
        title=f"{name}: {request.target}",
        facts=tuple(facts),
        body=_body(request),
        documents=_facts(request, request.documents),
        diffs=_facts(request, request.diffs),
        checks_label=w.CRITERIA_LABEL if request.state is _S.AWAITING_APPROVAL else "",
        checks=_checks(request, book),
        trail=_trail(request, book),
        next_step=_next_step(request, book),
        buttons=_request_buttons(request),
        footnote=_seal_line(request),
        summary=f"{name} {request.target} ({request.id}): {state}",
    )


def _beside(request: Request) -> Line:
    """Links to the other requests at the same target."""
    spans: list[Span] = []
    for other, action in request.beside[:_MOST_BESIDE]:
        spans += [ThreadLink(slot=f"request/{other}", text=f"{other} {action}"), ", "]
    left = len(request.beside) - _MOST_BESIDE
    return (*spans[:-1], w.AND_MORE.format(count=left)) if left > 0 else tuple(spans[:-1])


def _facts(request: Request, told: tuple[tuple[str, str], ...]) -> tuple[Fact, ...]:
    """What an action found; what of it an approval covers is marked."""
    return tuple(
        Fact(label=f"{w.SEALED_MARK} {label}" if label in request.covered else label, value=(value,))
        for label, value in told
    )


def _body(request: Request) -> tuple[Line, ...]:
    """What it undoes, and why it is asked for."""
    undoes = ThreadLink(slot=f"request/{request.undoes}", text=request.undoes)
    lines = (texts.say(w.UNDOES, id=undoes),) if request.undoes else ()
    if request.extends:
        done = ThreadLink(slot=f"request/{request.extends}", text=request.extends)
        lines = (texts.say(w.EXTENDS, id=done),)
    return (*lines, ("Because: ", request.reason)) if request.reason else lines


def undone_line(request: Request) -> Line:
    """By which request it was undone."""
    link = ThreadLink(slot=f"request/{request.undone_by}", text=request.undone_by)
    return texts.say(w.UNDONE, by=link)


def lasts_fact(request: Request, book: PolicyBook) -> tuple[Fact, ...]:
    """For how long it is asked for, and what happens then; nothing for what has no end."""
    if not request.lasts:
        return ()
    rule = goes_back_by_rule(book, request.system, request.action)
    words = w.LASTS_TAKEN if rule else w.LASTS_PROPOSED
    line = texts.say(words, lasted=format_duration(timedelta(seconds=request.lasts)), rule=rule)
    return (Fact(label=w.LASTS_LABEL, value=line),)


def end_line(request: Request, book: PolicyBook) -> Line:
    """When it ends and what happens then; empty for what has no end."""
    if not request.lasts or request.state is not _S.SUCCEEDED or request.undone_by:
        return ()
    if request.ends_at is None:
        lasted = format_duration(timedelta(seconds=request.lasts))
        return texts.say(w.ENDS_NEVER, lasted=lasted)
    rule = goes_back_by_rule(book, request.system, request.action)
    words = w.ENDS_TAKEN if rule else w.ENDS_PROPOSED
    return texts.say(words, when=When(at=request.ends_at), rule=rule)


def _checks(request: Request, book: PolicyBook) -> tuple[Check, ...]:
    rule = book.action(request.system, request.action)
    worded = {gate.gate: gate.text for gate in rule.gates} if rule else {}
    criteria = request.seal.criteria
    checks = [Check(text=(worded.get(one.name, one.text),), met=one.met) for one in criteria]
    if request.approvals_needed and rule and rule.approve:
        given = len(request.approvals)
        words = f"Approval by {titles(book, rule.approve.roles)} ({given} of {request.approvals_needed})"
        full = given >= request.approvals_needed
        waits = request.state in (_S.REQUESTED, _S.AWAITING_APPROVAL)
        checks.append(Check(text=(words,), met=True if full else None if waits else False))
    return tuple(checks)


def _trail(request: Request, book: PolicyBook) -> tuple[Line, ...]:
    """Who did what, with times in the reader's zone."""
    trail: list[Line] = [("Asked ", When(at=request.created_at))]
    for one in request.approvals:
        said = f": {one.reason}" if one.reason else ""
        trail.append(("Approved by ", User(id=one.by), " ", When(at=one.at), said))
    if request.by_rule:
        trail.append(texts.say(w.BY_RULE, rule=request.by_rule))
    if request.state is _S.DENIED:
        trail.append(("Denied by ", User(id=request.ended_by), " ", When(at=request.changed_at)))
    if request.state is _S.CANCELLED:
        trail.append(("Cancelled by ", User(id=request.ended_by), " ", When(at=request.changed_at)))
    if request.note:
        trail.append((request.note,))
    trail += [(line,) for line in request.outcome.lines]
    if request.undone_by:
        trail.append(undone_line(request))
    trail += filter(None, [end_line(request, book)])
    return tuple(trail)


def _next_step(request: Request, book: PolicyBook) -> Line:
    if request.state is not _S.AWAITING_APPROVAL:
        return ()
    if request.seal.unmet:
        unmet = "; ".join(one.text for one in request.seal.unmet)
        return texts.say(texts.CRITERIA_UNMET, id=Code(text=request.id), unmet=unmet)
    rule = book.action(request.system, request.action)
    who = titles(book, rule.approve.roles) if rule and rule.approve else "nobody"
    return (
        f"{who}, not who asked: reply ",
        Code(text=f"APPROVED {request.id} - why"),
        " or ",
        Code(text=f"DENIED {request.id} - why"),
        " before ",
        When(at=request.expires_at),
        ".",
    )


def _request_buttons(request: Request) -> tuple[Button, ...]:
    if request.state is not _S.AWAITING_APPROVAL:
        return ()
    cancel = Button(label="Cancel", action=CANCEL, value=request.id)
    deny = Button(label="Deny…", action=DENY, value=request.id, style=ButtonStyle.DANGER)
    if request.seal.unmet:
        return deny, cancel
    approve = Button(label="Approve…", action=APPROVE, value=request.id, style=ButtonStyle.PRIMARY)
    return approve, deny, cancel


def _seal_line(request: Request) -> Line:
    sealed = f"sealed {request.digest[:12]}, revision {request.seal.revision}"
    line: Line = (Code(text=request.id), f" · {request.system} {request.action} · {sealed}")
    means = w.SEALED_MEANS if request.state in _BEFORE_THE_RUN else w.SEALED_MEANT
    return (*line, f" · {means}") if request.covered else line
