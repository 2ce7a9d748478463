"""Every row of the runbooks that a cluster answers is reached from Slack in the practice workspace.

`tests/scenarios/runbook_rows.py` has the rows. Each of their commands is understood, is granted to somebody,
and is answered: seen, saved, put before its approvers, or refused with what there is instead.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.once import quiet
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, Room, text_of
from tests.scenarios.runbook_rows import (
    CHANGES,
    COUNTED,
    EVIDENCE,
    FOLLOWED,
    LOOKS,
    REFUSED,
    ROWS,
    Words,
)
from tests.scenarios.workloads import cluster_says


def test_no_row_is_left_out() -> None:
    """The ids are the runbooks' own: their number for each runbook tells when one is lost here."""
    prefix = {"provability-fabric": "PF", "clinchat-rag": "CC", "auditron": "AU"}
    found = {name: sum(row.startswith(f"{prefix[name]}-") for row in ROWS) for name in COUNTED}

    assert COUNTED == found
    assert 50 == len(ROWS)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """What carries the words makes no difference here: other scenarios try both ways."""
    async with ops_room(tmp_path) as opened:
        yield opened


def each(rows: Mapping[str, tuple[Words, ...]]) -> list[tuple[str, Words]]:
    return [(row, words) for row, several in rows.items() for words in several]


async def typed(room: Room, words: Words) -> str:
    """The words as they are typed, with a pod of the deployment that is there now."""
    system = words.text.split()[0]
    if "{pod}" not in words.text:
        return words.text
    found = await cluster_says(room, f"/api/v1/namespaces/{system}/pods?labelSelector=app%3D{system}-api")
    if not found["items"]:
        found = await cluster_says(room, f"/api/v1/namespaces/{system}/pods")
    name = next(one["metadata"]["name"] for one in found["items"] if "-api-" in one["metadata"]["name"])
    return words.text.format(pod=name)


async def answered_alone(room: Room, row: str, words: Words) -> str:
    """What is answered to nobody but who asked."""
    known = {one["id"] for one in room.ephemerals(words.who)}
    text = await typed(room, words)
    await room.command(words.who, "/ops", text)

    def new() -> str:
        fresh = [text_of(one) for one in room.ephemerals(words.who) if one["id"] not in known]
        return next((told for told in fresh if re.search(words.answer, told, re.DOTALL)), "")

    return str(await room.until(new, f"{row}: {text!r} to be answered with {words.answer!r}"))


async def test_every_look_is_answered(room: Room) -> None:
    for row, words in each(LOOKS):
        await answered_alone(room, row, words)
    assert [] == room.from_bot() + room.from_bot(channel=ALERTS)


async def test_what_does_not_run_from_slack_is_refused_with_what_there_is_instead(room: Room) -> None:
    for row, words in each(REFUSED):
        await answered_alone(room, row, words)
    assert [] == room.from_bot() + room.from_bot(channel=ALERTS)


async def test_what_is_followed_is_seen_by_the_channel(room: Room) -> None:
    for _, words in each(FOLLOWED):
        await room.command(words.who, "/ops", words.text)
        await room.sees(words.answer)
        await room.command(words.who, "/ops", "unfollow")
        await room.sees(f"{words.answer}.*stopped it")


async def test_all_evidence_is_saved_and_entered(room: Room) -> None:
    for row, words in each(EVIDENCE):
        await room.command(words.who, "/ops", words.text)
        await room.until(partial(succeeded, room, words), row)
        await room.sees(words.answer, channel=channel_of(words))
    held = (room.evidence / "manifest.jsonl").read_text().splitlines()
    assert 7 == len(held), "two logs; logs, receipts, certificates; events, logs"


def succeeded(room: Room, words: Words) -> bool:
    """Whether the request for just this is done."""
    system, action, target = words.text.split()[:3]
    what = f"{system} {action} {target if action == 'preserve-evidence' else ''}".strip()
    return any(one["detail"]["what"].startswith(what) for one in room.events("request-succeeded"))


def channel_of(words: Words) -> str:
    return CRITICAL if words.text.startswith("provability-fabric") else ALERTS


async def test_every_change_is_put_before_its_approvers(room: Room) -> None:
    asked: set[str] = set()
    for row, words in each(CHANGES):
        if words.text not in asked:
            # A form is opened in place of a receipt, and a receipt that comes late in place of a form.
            await room.until(lambda: quiet(room), "the receipt of the words before")
            await room.command(words.who, "/ops", words.text)
            if words.confirm:
                await confirmed(room, words)
        asked.add(words.text)
        channel = channel_of(words)

        def card(words: Words = words, channel: str = channel) -> bool:
            shown = map(text_of, room.from_bot(channel=channel))
            return any(
                "waiting for approval" in one and re.search(words.answer, one, re.DOTALL) for one in shown
            )

        await room.until(card, f"{row}: a card for {words.text!r}")

    def all_asked() -> bool:
        return len(asked) == len({one["subject"] for one in room.events("request-awaiting_approval")})

    await room.until(all_asked, "one request for each of the words")


async def confirmed(room: Room, words: Words) -> None:
    """The target's name is typed, because these values are dangerous."""
    view = await room.modal(words.who)
    given = {
        one["block_id"]: one["element"]["initial_value"]
        for one in view["blocks"]
        if one.get("element", {}).get("initial_value")
    }
    await room.submit(words.who, **{**given, "confirm": words.confirm})
