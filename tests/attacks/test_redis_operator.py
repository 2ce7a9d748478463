"""An operator of Redis reads and changes keys. No effect comes of it, and what was changed is told."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.alerts.stored import alert_key
from handlers.changes import due
from handlers.lockdown import KEY as LOCKDOWN
from handlers.work import Key, Queue
from tests.attacks.forging import KEYS, all_done
from tests.attacks.operating import (
    Change,
    change,
    drop,
    have_it_run,
    inject,
    stored,
    waits,
    with_fields,
    with_seal,
)
from tests.scenarios.edge import click_payload, submission_payload
from tests.scenarios.opening import ops_room, serving_replica
from tests.scenarios.refusing import Waiting, assert_untouched, disk, release_waits
from tests.scenarios.room import IVO, OMAR, RUTH, Room, text_of

APPROVED = "APPROVED - false positive confirmed"


async def test_a_gate_that_was_taken_out_of_the_seal_still_holds(room: Room) -> None:
    waiting = await release_waits(room, OMAR, resolved=False)
    change(room, waiting.id, with_seal(criteria=[]))
    await room.say(RUTH, APPROVED, waiting.thread)
    await all_done(room)
    assert waiting.disk == disk(room)
    assert [] == [entry for entry in room.events("request-succeeded") if entry["subject"] == waiting.id]


async def test_a_gate_that_was_ticked_in_the_seal_is_not_met(room: Room) -> None:
    waiting = await release_waits(room, OMAR, resolved=False)
    met = [one | {"met": True} for one in stored(room, waiting.id)["seal"]["criteria"]]
    change(room, waiting.id, with_seal(criteria=met))
    await room.say(RUTH, APPROVED, waiting.thread)
    await all_done(room)
    assert waiting.disk == disk(room)


@pytest.mark.parametrize(
    "fields",
    [
        {"target": "RUN-20261121-HARMLESS"},
        {"reason": "Ruth asked me to"},
        {"shown": [["Files", "0 files"]]},
        {"documents": [["Evidence of no exposure", "there is none"]]},
        {"alert_id": ""},
    ],
    ids=lambda fields: next(iter(fields)),
)
async def test_what_an_approver_is_shown_cannot_be_changed(room: Room, fields: dict[str, object]) -> None:
    waiting = await release_waits(room, OMAR)
    change(room, waiting.id, with_fields(**fields))
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*the bot's own mark", waiting.thread)
    await all_done(room)
    assert waiting.disk == disk(room)


async def test_a_form_is_not_filled_with_what_somebody_wrote_to_the_store(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    true = stored(room, waiting.id)
    change(room, waiting.id, with_fields(target="RUN-20261121-HARMLESS", reason="nothing at all"))
    await room.press(RUTH, waiting.card, "Approve…")
    await all_done(room)
    change(room, waiting.id, lambda _: true)
    if room.slack.views.stacks.get(RUTH):
        assert "HARMLESS" not in json.dumps(room.slack.views.stacks[RUTH])
        await room.submit(RUTH, reason="yes")
    await all_done(room)
    assert waiting.disk == disk(room)


async def test_an_expired_request_cannot_be_given_more_time(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    later = (room.clock.now() + timedelta(days=30)).isoformat()
    change(room, waiting.id, with_fields(expires_at=later))
    drop(room, Queue.DUE, f"request/{waiting.id}/expiry")
    room.advance(hours=5)
    await room.say(RUTH, APPROVED, waiting.thread)
    await all_done(room)
    assert waiting.disk == disk(room)


async def test_a_request_that_ran_cannot_be_put_back_to_approved(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    root = room.monitor.root
    away = root.rename(root.with_name("away"))
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.until(lambda: stored(room, waiting.id)["state"] == "approved", "the approval")
    kept = stored(room, waiting.id)
    away.rename(root)
    room.advance(seconds=10)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)
    await room.command(IVO, "/ops", f"credit-monitoring quarantine {waiting.run} because it began again")
    await room.sees("Quarantine a run.*done")
    await all_done(room)
    isolated = room.where(waiting.run)
    change(room, waiting.id, lambda _: kept)
    have_it_run(room, waiting.id)
    await all_done(room)
    assert isolated == room.where(waiting.run)


@pytest.mark.parametrize(
    "how",
    [
        with_fields(params={"run_id": "RUN-20261121-OTHER", "case_id": ""}),
        with_fields(action="quarantine"),
        with_fields(approvals_needed=0),
        with_fields(automatic=True),
        with_fields(claim=7),
        with_seal(sealed={}),
        with_seal(rule_digest="0" * 64),
    ],
    ids=["params", "action", "approvals_needed", "automatic", "claim", "sealed", "rule_digest"],
)
async def test_an_approved_request_that_is_changed_does_not_run(room: Room, how: Change) -> None:
    waiting = await release_waits(room, OMAR)
    root = room.monitor.root
    away = root.rename(root.with_name("away"))
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.until(lambda: stored(room, waiting.id)["state"] == "approved", "the approval")
    change(room, waiting.id, how)
    away.rename(root)
    room.advance(seconds=10)
    await room.until(lambda: stored(room, waiting.id)["state"] in ("void", "failed"), "the end")
    assert waiting.disk == disk(room)


@pytest.mark.parametrize("do", ["execute", "look-again"])
async def test_work_that_is_injected_for_a_waiting_request_spends_nothing(room: Room, do: str) -> None:
    waiting = await release_waits(room, OMAR)
    inject(room, Queue.DUE, f"request/{waiting.id}/mine", due(do, request=waiting.id))
    await all_done(room)
    assert_untouched(room, waiting)


async def test_a_card_is_not_shown_anew_with_what_somebody_wrote(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    change(room, waiting.id, with_fields(target="RUN-20261121-HARMLESS"))
    inject(room, Queue.DUE, "mine", due("show-again", slot=f"request/{waiting.id}"))
    await all_done(room)
    assert [] == [one for one in room.from_bot() if "HARMLESS" in text_of(one)]


@pytest.mark.parametrize("kind", ["click", "form"])
async def test_an_approval_that_is_injected_into_the_inbox_has_no_effect(room: Room, kind: str) -> None:
    waiting = await release_waits(room, OMAR)
    carried = {"do": "approve", "subject": waiting.id, "revision": 1, "mac": "0" * 64}
    payload = submission_payload(RUTH, json.dumps(carried))
    if kind == "click":
        payload = click_payload(RUTH, "approve", waiting.id, waiting.thread, trigger="1.2.3")
    inject(room, Queue.PEOPLE, "trigger/mine", json.dumps(payload))
    await all_done(room)
    assert_untouched(room, waiting)


async def test_an_alert_that_is_written_to_the_store_makes_nothing_happen_by_itself(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    made = stored(room, waiting.id) | {
        "id": "R-FAKED", "automatic": True, "state": "requested", "approvals_needed": 0, "mark": "",
    }  # fmt: skip
    with room.server.plain() as client:
        client.hset(KEYS.object(Key("request", "R-FAKED")), mapping={"v": 1, "doc": json.dumps(made)})
        alert = json.loads(client.hget(KEYS.object(alert_key(made["alert_id"])), "doc") or "{}")
        alert["containment"].append("R-FAKED")
        client.hset(KEYS.object(alert_key(made["alert_id"])), "doc", json.dumps(alert))
    for state in ("requested", "approved", "executing"):
        change(room, "R-FAKED", with_fields(state=state))
        have_it_run(room, "R-FAKED")
        await room.until(lambda: not waits(room, Queue.DUE, "request/R-FAKED/run"), "the bot to have done")
    assert_untouched(room, waiting)


async def test_a_lockdown_is_not_lifted_by_words_that_somebody_wrote(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await room.command(RUTH, "/ops", "lockdown because a token leaked")
    await room.sees("Lockdown: no action has any effect")
    key = KEYS.object(LOCKDOWN)
    with room.server.plain() as client:
        lock = json.loads(client.hget(key, "doc") or "{}")
        word = lock["start"] | {"by": IVO, "reason": "it is over"}
        client.hset(key, "doc", json.dumps(lock | {"lifts": [word]}))
    await room.command(RUTH, "/ops", "lift because I say so")
    await room.until(lambda: room.events("lockdown-lift-wanted"), "one word for lifting")
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees("stopped everything.*a token leaked", waiting.thread)
    assert [] == room.events("lockdown-lifted")
    assert_untouched(room, waiting)


async def a_lockdown(room: Room) -> None:
    await room.command(RUTH, "/ops", "lockdown because a token leaked")
    await room.sees("Lockdown: no action has any effect")


async def held_on(room: Room, waiting: Waiting) -> None:
    """What is approved has no effect, it is told who took the lockdown away, and two people can lift it."""
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees("stopped everything.*a token leaked", waiting.thread)
    await room.sees("took the lockdown out of it. It was not lifted, so it holds on")
    assert_untouched(room, waiting)
    for who in (RUTH, IVO):
        await room.command(who, "/ops", "lift because the store has another password now")
    await room.sees("The lockdown is lifted.*has another password now")
    await room.say(RUTH, APPROVED, waiting.thread)
    await room.sees(f"{waiting.id}.*is done and was read back", waiting.thread)


async def test_a_lockdown_that_was_deleted_holds_on(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await a_lockdown(room)
    with room.server.plain() as client:
        client.delete(KEYS.object(LOCKDOWN))
    await held_on(room, waiting)


async def test_a_lockdown_that_was_deleted_holds_on_for_a_replica_that_never_saw_it(tmp_path: Path) -> None:
    async with ops_room(tmp_path, replicas=0) as room:
        async with serving_replica(room):
            waiting = await release_waits(room, OMAR)
            await a_lockdown(room)
        with room.server.plain() as client:
            client.delete(KEYS.object(LOCKDOWN))
            lie = {"at": room.clock.now().isoformat(), "event": "lockdown-lifted", "actor": RUTH}
            lock = room.events("lockdown-started")[-1]["subject"]
            client.xadd(KEYS.audit, {"entry": json.dumps(lie | {"subject": lock, "seq": 99})}, id="9999-0")
        async with serving_replica(room):
            await held_on(room, waiting)


async def test_an_earlier_lifted_lockdown_in_the_place_of_this_one_lifts_nothing(room: Room) -> None:
    waiting = await release_waits(room, OMAR)
    await a_lockdown(room)
    for who in (RUTH, IVO):
        await room.command(who, "/ops", "lift because it was a drill")
    await room.sees("The lockdown is lifted")
    key = KEYS.object(LOCKDOWN)
    with room.server.plain() as client:
        lifted = client.hgetall(key)
    await room.command(RUTH, "/ops", "lockdown because a token leaked again")
    await room.sees("Lockdown: no action has any effect.*leaked again")
    with room.server.plain() as client:
        client.hset(key, mapping=lifted)
    await held_on(room, waiting)


async def test_a_message_that_was_changed_while_it_waited_is_not_sent(room: Room) -> None:
    down = room.slack.faults.add({"kind": "down"})
    record = await room.alert()
    await room.until(lambda: len(room.events("request-succeeded")) == 2, "the card to change no more")
    with room.server.plain() as client:
        for name, text in client.hgetall(KEYS.outbox_deliveries).items():
            client.hset(KEYS.outbox_deliveries, name, text.replace(b"email send 001", b"NOTHING TO SEE"))
    # Slack stays away until then: a call that was under way with the message as it was would else succeed.
    await room.until(lambda: room.events("message-undeliverable"), "it to be set aside")
    room.slack.faults.clear(down.id)
    await all_done(room)
    assert [] == [one for one in room.from_bot() if "NOTHING TO SEE" in text_of(one)]
    assert record["Run_ID"] in json.dumps(room.record())
