"""From a claimed inbox item through Bolt to a listener, and back to the inbox."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.slack.listeners import CLAIMED, HANDLED
from handlers import texts
from handlers.cards import note
from handlers.changes import Cause, Draft, Place
from handlers.errors import DoNotRetry, StoreUnavailable, TryAgainLater
from handlers.messages import Code, Tone
from handlers.sending import SHUT_OUT, SHUT_OUT_REST
from handlers.work import Claimed
from handlers.world import World

_WAITS = (TryAgainLater, StoreUnavailable)
"""What the worker tries again for as long as it lasts."""
Respond = Callable[[Claimed], Awaitable[dict[str, Any]]]


def make_dispatcher(bolt: AsyncApp, world: World, tries: int) -> Respond:
    """A function that handles one item and returns the response body that Slack needs, often empty.

    It raises what the listener raised, so that the worker can try again, `tries` times: Bolt by itself would
    log and go on.
    """
    failures: dict[str, Exception] = {}

    @bolt.error
    async def keep(error: Exception, context: dict[str, Any]) -> None:
        failures[context[CLAIMED].token + context[CLAIMED].item.id] = error

    async def dispatch(claimed: Claimed) -> dict[str, Any]:
        payload = json.loads(claimed.item.body)
        context: dict[str, Any] = {CLAIMED: claimed}
        request = AsyncBoltRequest(mode="socket_mode", body=payload, context=context)
        response = await bolt.async_dispatch(request)
        failure = failures.pop(claimed.token + claimed.item.id, None)
        if isinstance(failure, DoNotRetry) and failure.code in SHUT_OUT:
            raise TryAgainLater(str(failure), after=SHUT_OUT_REST) from failure
        if isinstance(failure, DoNotRetry):
            await _tell_refusal(world, claimed, payload, failure)
            return {}
        if failure is not None:
            if claimed.attempt >= tries and not isinstance(failure, _WAITS):
                await _tell_failure(world, claimed, payload)
            raise failure
        if not request.context.get(HANDLED):
            await _consume_unheard(world, claimed)
        return json.loads(response.body) if response.body and response.body.startswith("{") else {}

    return dispatch


async def _tell_refusal(world: World, claimed: Claimed, payload: Mapping[str, Any], no: DoNotRetry) -> None:
    """Slack refuses something that the bot needs (a scope, a channel): tell who spoke; nothing happened."""
    user, place = _speaker(payload)
    draft = Draft(Cause(claimed.item.id, user or "slack", world.clock.now(), claimed.item, claimed.token))
    draft.record("slack-refused", claimed.item.id, why=str(no), code=no.code)
    if user and place.channel:
        line = texts.say(texts.SLACK_REFUSED, why=str(no), words=Code(text="countersign manifest"))
        draft.whisper(place, user, note(line, Tone.BAD))
    await world.store.commit(draft.build())


async def _tell_failure(world: World, claimed: Claimed, payload: Mapping[str, Any]) -> None:
    """What cannot be handled is set aside by the worker: tell who spoke, who would wait in vain."""
    user, place = _speaker(payload)
    if not user or not place.channel:
        return
    draft = Draft(Cause(f"{claimed.item.id}/failed", user, world.clock.now()))
    line = texts.say(texts.NOT_HANDLED, tries=claimed.attempt)
    draft.whisper(place, user, note(line, Tone.BAD))
    await world.store.commit(draft.build())


def _speaker(payload: Mapping[str, Any]) -> tuple[str, Place]:
    """Who spoke and where, whatever the payload's shape."""
    event = payload.get("event") or {}
    user = event.get("user") or payload.get("user_id") or payload.get("user") or ""
    channel = event.get("channel") or payload.get("channel_id") or payload.get("channel") or ""
    user = user.get("id", "") if isinstance(user, Mapping) else user
    channel = channel.get("id", "") if isinstance(channel, Mapping) else channel
    return str(user), Place(
        str(channel), str(event.get("thread_ts", "")), str(payload.get("response_url", ""))
    )


async def _consume_unheard(world: World, claimed: Claimed) -> None:
    """What no listener wants (a plain channel message, an unknown command's event) is finished too."""
    cause = Cause(claimed.item.id, "slack", world.clock.now(), claimed.item, claimed.token)
    await world.store.commit(Draft(cause).build())
