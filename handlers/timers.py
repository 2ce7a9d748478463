"""Work whose time has come: expiries, rungs, executions and second looks. Each item is handled once.

A timer that was armed for an earlier state does nothing: the state machines decide, not the timer.
"""

from __future__ import annotations

import json
from typing import Any

from handlers.activation import announce_policies
from handlers.alerting.clocks import lapse, wake
from handlers.alerting.counting import gather, watch_storm
from handlers.alerting.duty import show_duty
from handlers.alerting.reviewing import review
from handlers.alerting.switching import end_switch
from handlers.alerts.outlasting import OutlastDue
from handlers.asking.ending import end_of_time
from handlers.asking.making import AskDue
from handlers.asking.requesting import ask_now
from handlers.changes import Cause, Draft, settle
from handlers.escalating.catching_up import catch_up_all
from handlers.escalating.climbing import ClimbDue, climb, outlast
from handlers.escalating.notifying import NotifyDue, notify
from handlers.escalating.reminding import RemindDue, remind
from handlers.identity.noting import tell_approvers
from handlers.looking.board import refresh_board
from handlers.looking.followed import look_on
from handlers.looking.home import refresh_home
from handlers.looking.readings import LookDue, look_now
from handlers.pictures.showing import show_picture
from handlers.requests import machine as request_machine
from handlers.requests.beside import show_beside
from handlers.requests.model import Request, RequestState
from handlers.requests.transitions import move_request, request_key
from handlers.running.execution import execute
from handlers.running.followups import look_again, show_again
from handlers.running.watching import watch
from handlers.sending import SecondPost, take_back
from handlers.trimming import trim
from handlers.work import Claimed, Verdict
from handlers.world import World


def is_effect(claimed: Claimed) -> bool:
    """Whether this item of the DUE queue runs what was approved."""
    return bool(json.loads(claimed.item.body)["do"] == "execute")


async def on_due(world: World, claimed: Claimed) -> Verdict:
    """Handle one claimed item of the DUE queue."""
    body = json.loads(claimed.item.body)
    cause = Cause(claimed.item.id, "countersign", world.clock.now(), claimed.item, claimed.token)
    with world.crowd.enter(body.get("system", ""), long=bool(body.get("long"))):
        return await _do(world, cause, body, claimed.attempt)


async def _do(world: World, cause: Cause, body: dict[str, Any], attempt: int) -> Verdict:
    match body["do"]:
        case "execute":
            return await execute(world, cause, body["request"])
        case "expire":
            return await _expire(world, cause, body["request"])
        case "climb":
            return await climb(world, cause, ClimbDue.model_validate(body))
        case "lapse":
            return await lapse(world, cause, body["alert"], body["epoch"])
        case "outlast":
            return await outlast(world, cause, OutlastDue.model_validate(body))
        case "wake":
            return await wake(world, cause, body["alert"], body["epoch"], body["until"])
        case "notify":
            return await notify(world, cause, NotifyDue.model_validate(body))
        case "remind":
            return await remind(world, cause, RemindDue.model_validate(body))
        case "review":
            return await review(world, cause, body["of"], body["severity"])
        case "catch-up":
            return await catch_up_all(world, cause, body["after"])
        case "look-again":
            return await look_again(world, cause, body["request"])
        case "show-again":
            return await show_again(world, cause, body["slot"])
        case "ask":
            return await ask_now(world, cause, AskDue.model_validate(body))
        case "take-back":
            return await take_back(world, cause, SecondPost.model_validate(body))
        case "trim":
            return await trim(world, cause, body["keep_days"])
        case "watch":
            return await watch(world, cause, body["request"])
        case "end":
            return await end_of_time(world, cause, body["request"])
        case "notes":
            return await tell_approvers(world, cause, body["request"])
        case "beside":
            return await show_beside(world, cause, body["of"], body["target"])
        case "board":
            return await refresh_board(world, cause, body["channel"])
        case "home":
            return await refresh_home(world, cause, body["user"])
        case "follow":
            return await look_on(world, cause, body["follow"])
        case "gather":
            return await gather(world, cause, body["alert"])
        case "alerts-on":
            return await end_switch(world, cause, body["of"], body["switch"])
        case "storm":
            return await watch_storm(world, cause, body["channel"])
        case "read":
            return await look_now(world, cause, LookDue.model_validate(body))
        case "picture":
            return await show_picture(world, cause, body["alert"], body["fired"], attempt)
        case "policies-active":
            return await announce_policies(world, cause, body["revision"], body["before"], body["by"])
        case "on-call":
            return await show_duty(world, cause, body["alert"], body["of"], body["fired"])
        case unknown:
            raise ValueError(f"{cause.id}: no handler for due work named {unknown!r}")


async def _expire(world: World, cause: Cause, request_id: str) -> Verdict:
    key = request_key(request_id)

    async def decide(draft: Draft) -> None:
        request = draft.load((await world.store.read((key,)))[key], Request)
        waits = (RequestState.AWAITING_APPROVAL, RequestState.APPROVED)
        if request is not None and request.state in waits and world.clock.now() >= request.expires_at:
            move_request(draft, world, request, request_machine.Expired())

    return await settle(world.store, cause, decide)
