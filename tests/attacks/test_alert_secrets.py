"""A sender writes secrets into every field of an alert: they reach nobody, by no way that the bot has."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.bodies import post
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, CRITICAL, text_of
from tests.unit.alerting.told import alertmanager, generic, grafana, somewhere_else

PLANTED = {
    "alertmanager": "ghp_Zq81LmVtX0aRbYc2WdKe3NfJgUh4PsOi5TxE",
    "grafana": "jane.doe@records.example.health",
    "generic": "xoxb-12345678901-AbCdEfGhIjKlMnOpQrStUvWx",
}
BODIES: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "alertmanager": alertmanager, "grafana": grafana, "generic": generic
}  # fmt: skip
CALLED = "tell: [{group: S03ONCALL}]\n        say: Nobody has acknowledged this within one hour."


def telling_everybody(policies: Path) -> None:
    """Warnings go out of Slack by every way there is, after an hour."""
    file = policies / "severities.yaml"
    text = file.read_text()
    assert CALLED in text
    ways = "{notify: text-messages}, {notify: pagerduty}, {notify: team-mail}"
    file.write_text(text.replace(CALLED, CALLED.replace("{group: S03ONCALL}", ways)))


async def test_what_a_sender_plants_reaches_nobody(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with ops_room(tmp_path, edit=telling_everybody) as room:
        texts, pager, mail = room.outside.texts, room.outside.pagerduty, room.outside.mail
        for source, planted in PLANTED.items():
            status, answer = await post(room, BODIES[source](planted, "auditron"), source)
            assert 202 == status, answer
            stray = somewhere_else(BODIES[source](planted, "auditron"))
            assert 422 == (await post(room, stray, source))[0]
        await room.until(lambda: 3 == len(room.events("alert-firing")), "three threads")
        await room.until(lambda: 3 == len(room.events("alerts-unplaced")), "three strays to be told")
        room.advance(hours=1, seconds=5)
        await room.until(
            lambda: 3 == len(texts.bodies) == len(pager.incidents) == len(mail.messages), "everybody"
        )
        shown = [text_of(one) for channel in (ALERTS, CRITICAL) for one in room.from_bot(channel=channel)]
        said = "\n".join(
            (
                *shown,
                json.dumps(room.record()),
                json.dumps(texts.bodies),
                json.dumps(pager.events),
                *(one.as_string() for one in mail.messages),
            )
        )
    logged = capfd.readouterr()
    for planted in PLANTED.values():
        assert planted not in said
        assert planted not in logged.out + logged.err
    assert 3 == sum("Hidden before anybody saw it" in one for one in shown)


async def test_alerts_are_known_by_what_was_sent_and_not_by_what_is_shown(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        for number in (1, 2, 1):
            body = generic(f"ghp_Zq81LmVtX0aRbYc2WdKe3NfJgUh4PsOi5Tx{number}", "auditron")
            body["alerts"][0]["started_at"] = f"2026-11-21T0{number}:00:00Z"
            await post(room, body, "generic")
            room.advance(minutes=2)
        await room.until(lambda: 3 == len(room.events("alert-firing")), "two alerts and a repeat")
        named = Counter(one["subject"] for one in room.events("alert-firing"))
        assert [1, 2] == sorted(named.values())
