"""The way back of what was done: in which words it is asked for, and why it cannot be.

Pure but for the policy book and the registered actions that the world holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import texts
from handlers.actions import Params
from handlers.messages import Code, ThreadLink
from handlers.requests import wording as w
from handlers.requests.model import Request
from handlers.values import No, given_values, made_params
from handlers.world import World
from policies.decisions import goes_back_by_rule


def words_back(world: World, request: Request) -> tuple[str, ...]:
    """The action that undoes it and its values, empty when there is no way back.

    An action's name alone is done to the same target, if it takes one.
    """
    words = tuple(request.outcome.way_back.split())
    if len(words) == 1 and _is_granted(world, request, words[0]):
        takes = world.action(request.system, words[0]).takes
        return (*words, request.target) if takes else words
    return words


def line_back(world: World, request: Request) -> str:
    """The words to type for the way back."""
    return f"{world.book.address(request.system)} {' '.join(words_back(world, request))} because …"


def _is_granted(world: World, request: Request, action: str) -> bool:
    return world.book.action(request.system, action) is not None


def against_undo(world: World, request: Request) -> No | None:
    """Why what a request did cannot be undone by a request, and by which rule; None when it can.

    Whether the request is genuine, and what its target is now, is asked when the way back is.
    """
    named = Code(text=request.id)
    what = f"{request.action} {request.target}"
    if not request.done:
        return No(texts.say(w.UNDO_NOT_DONE, id=named, what=what), texts.RULE_UNDO)
    if request.extends:
        other = Code(text=request.extends)
        return No(texts.say(w.UNDO_EXTENSION, id=named, other=other), texts.RULE_UNDO)
    if request.undone_by:
        link = ThreadLink(slot=f"request/{request.undone_by}", text=request.undone_by)
        return No(texts.say(w.UNDONE_ALREADY, id=named, what=what, by=link), texts.RULE_UNDO)
    words = words_back(world, request)
    if not words:
        known = world.has_action(request.system, request.action)
        declared = world.action(request.system, request.action).way_back if known else ""
        why = declared.removeprefix("none").removeprefix(":").strip()
        line = w.UNDO_NO_WAY_BECAUSE if why else w.UNDO_NO_WAY
        return No(texts.say(line, id=named, what=what, why=why), texts.RULE_WAY_BACK)
    if not _is_granted(world, request, words[0]):
        return No(texts.say(w.UNDO_NOT_GRANTED, id=named, action=words[0]), texts.RULE_WAY_BACK)
    return None


def params_back(world: World, request: Request, known: Mapping[str, Any]) -> Params | No:
    """The parameters of the way back; `known` is what the request's thread knows."""
    name, *values = words_back(world, request)
    action, address = world.action(request.system, name), world.book.address(request.system)
    given = given_values(action, address, tuple(values), ())
    return given if isinstance(given, No) else made_params(action, address, {**known, **given})


def rule_back(world: World, done: Request) -> str:
    """The rule by which what was asked for a time goes back by itself; empty when it may only be proposed.

    It must be among the very rules that the approvers agreed under: they read then how it would end.
    """
    same = done.seal.rule_digest == world.book.rule_digest(done.system, done.action)
    return goes_back_by_rule(world.book, done.system, done.action) if same else ""


def changed_since(done: Request, sealed: Mapping[str, Any]) -> No | None:
    """Why the way back would undo somebody else's change; None when the target is as it was left.

    `sealed` is what the way back was looked at to be: where the effect said how it left these fields, they
    must be so still.
    """
    moved = [
        w.LEFT_AS.format(field=name, was=was, now=sealed.get(name))
        for name, was in sorted(done.outcome.leaves.items())
        if sealed.get(name) != was
    ]
    if not moved:
        return None
    return No(texts.say(w.CHANGED_SINCE, id=Code(text=done.id), what="; ".join(moved)), texts.RULE_UNDO)
