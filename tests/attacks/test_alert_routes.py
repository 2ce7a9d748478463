"""The doors of the alert routes: tokens, signatures, replays, floods, and texts that would be more."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.attacks.forging import all_done
from tests.attacks.reading import MARKUP, read_as_markup
from tests.attacks.test_alert_sender import NASTY
from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.room import ALERTS, INTAKE_TOKEN, Json, Room, text_of

KEY = "a-key-that-only-the-sender-has"
Open = Callable[..., AbstractAsyncContextManager[Room]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def with_variables(**variables: str) -> AsyncIterator[Room]:
        async with ops_room(tmp_path, replicas=0) as room:
            room.environment |= variables
            async with serving_replica(room) as running:
                room.replicas.append(running)
                yield room

    return with_variables


def signed(room: Room, body: bytes, *, key: str = KEY, ago: float = 0, said: bytes = b"") -> dict[str, str]:
    """The headers of the generic form's signature, over `said` where that is something else."""
    moment = str(int(room.clock.now().timestamp() - ago))
    made = hmac.new(key.encode(), moment.encode() + b":" + (said or body), hashlib.sha256).hexdigest()
    return {"X-Countersign-Signature": made, "X-Countersign-Timestamp": moment}


def generic(state: str = "firing") -> bytes:
    alert: Json = {
        "id": "import",
        "name": "ImportFailed",
        "state": state,
        "labels": {"namespace": "auditron"},
    }
    return json.dumps({"version": "1", "alerts": [alert]}).encode()


async def test_the_token_of_one_source_opens_no_other(opened: Open) -> None:
    async with opened(COUNTERSIGN_INTAKE_TOKEN_GRAFANA="grafanas-own-token") as room:
        body = notification(notice())
        assert 202 == (await post(room, body, "grafana", token="grafanas-own-token"))[0]
        assert 401 == (await post(room, body, "alertmanager", token="grafanas-own-token"))[0]
        assert 401 == (await post(room, body, "pagers", token="grafanas-own-token"))[0]
        assert 202 == (await post(room, body, "alertmanager"))[0]


@pytest.mark.parametrize("header", ["", "Basic", "Bearer", "Bearer ", f"Basic {INTAKE_TOKEN}", "Bearer x"])
async def test_nothing_but_a_token_opens_a_source(opened: Open, header: str) -> None:
    async with opened() as room:
        status, text = await post(room, notification(notice()), token="", Authorization=header)
        assert (401, "send the bearer token of this alert route\n") == (status, text)


async def test_a_signature_opens_its_source_once(opened: Open) -> None:
    async with opened(COUNTERSIGN_INTAKE_KEY_GENERIC=KEY) as room:
        headers = signed(room, generic())
        status, text = await post(room, generic(), "generic", token="", **headers)
        assert (202, True) == (status, json.loads(text)["new"])
        room.advance(minutes=4)  # the same words would be a repeat by now, were they signed anew
        status, text = await post(room, generic(), "generic", token="", **headers)
        assert (202, False) == (status, json.loads(text)["new"])


async def test_a_signed_end_cannot_be_replayed_over_a_new_beginning(opened: Open) -> None:
    async with opened(COUNTERSIGN_INTAKE_KEY_GENERIC=KEY) as room:
        over = signed(room, generic("resolved"))
        assert 202 == (await post(room, generic(), "generic", token="", **signed(room, generic())))[0]
        assert 202 == (await post(room, generic("resolved"), "generic", token="", **over))[0]
        await room.until(lambda: room.events("alert-resolved"), "the end")
        room.advance(minutes=3)
        assert 202 == (await post(room, generic(), "generic", token="", **signed(room, generic())))[0]
        await room.until(lambda: 2 == len(room.events("alert-firing")), "the new beginning")
        assert 202 == (await post(room, generic("resolved"), "generic", token="", **over))[0]
        await all_done(room)
        assert 1 == len(room.events("alert-resolved"))


async def test_a_signature_that_is_old_or_another_bodys_or_anothers_opens_nothing(opened: Open) -> None:
    async with opened(COUNTERSIGN_INTAKE_KEY_GENERIC=KEY) as room:
        body = generic()
        for headers in (
            signed(room, body, ago=301),
            signed(room, body, ago=-400),
            signed(room, body, key="guessed"),
            signed(room, body, said=generic("resolved")),
            signed(room, body) | {"X-Countersign-Timestamp": "soon"},
            {"X-Countersign-Signature": signed(room, body)["X-Countersign-Signature"]},
        ):
            assert 401 == (await post(room, body, "generic", token="", **headers))[0]
        assert [] == room.events("alert-firing")


async def test_no_key_means_that_no_signature_opens_anything(opened: Open) -> None:
    async with opened() as room:
        headers = signed(room, generic(), key="")
        assert 401 == (await post(room, generic(), "generic", token="", **headers))[0]


def _fired(room: Room) -> set[str]:
    """The alerts that fired, without the thread that a storm of them has got."""
    storms = {one["subject"].removeprefix("S-") for one in room.events("storm-began")}
    return {one["subject"] for one in room.events("alert-firing")} - {f"A-{storm}" for storm in storms}


async def test_a_flood_is_put_off_and_nothing_that_was_accepted_is_lost(opened: Open) -> None:
    async with opened(COUNTERSIGN_INTAKE_BURST="20") as room:
        accepted = 0
        for number in range(30):
            body = notification(notice("SomethingElse", pod=f"p-{number}"))
            status, text = await post(room, body)
            accepted += status == 202
            if status == 429:
                assert re.search(r"try again in \d+ s", text)
        assert 20 == accepted
        assert 202 == (await post(room, generic(), "generic"))[0]  # another source is not held up by it
        await room.until(lambda: 21 == len(_fired(room)), "all")
        room.advance(minutes=20)
        assert 202 == (await post(room, notification(notice("SomethingElse", pod="late"))))[0]


async def test_a_small_body_that_grows_large_is_never_unpacked(opened: Open) -> None:
    async with opened() as room:
        for body in (gzip.compress(generic()), gzip.compress(bytes(500_000_000), 9)):
            status, text = await post(room, body, "generic", **{"Content-Encoding": "gzip"})
            assert (415, "send the body as it is, not compressed\n") == (status, text)
        assert [] == room.events("alert-firing")


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
async def test_no_label_or_annotation_mentions_links_or_formats(opened: Open, nasty: str) -> None:
    async with opened() as room:
        alert = notice(pod=nasty)
        alert["annotations"] = dict.fromkeys(("summary", "description", "value", "runbook_url"), nasty)
        alert["generatorURL"] = nasty
        stray = notice(nasty, namespace="nobodys", system=nasty)
        assert 202 == (await post(room, notification(alert, stray, externalURL=nasty)))[0]
        await room.until(lambda: room.events("alert-firing"), "the alert's thread")
        await all_done(room)
        assert [] == room.events("item-parked") + room.events("message-undeliverable")
        said = room.from_bot() + room.from_bot(channel=ALERTS)
        assert 2 <= len(said)
        for message in said:
            for text in read_as_markup(message):
                assert [] == MARKUP.findall(text)
            assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", text_of(message))
