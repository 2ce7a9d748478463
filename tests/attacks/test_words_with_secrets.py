"""People paste what they should not into reasons: it counts as a reason, and travels no further."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.opening import ops_room
from tests.scenarios.refusing import release_waits
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, text_of
from tests.scenarios.workloads import asked, deployment, outcome

TOKEN = "ghp_Zq81LmVtX0aRbYc2WdKe3NfJgUh4PsOi5TxE"
PATIENT = "jane.doe@records.example.health"


async def test_what_is_pasted_into_a_reason_counts_and_is_not_told(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        await room.say(OMAR, f"ACK - {PATIENT} rang", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])
        await room.say(RUTH, f"@countersign severity SEV1 because {TOKEN} leaked", root["ts"])
        await room.sees(r"made this SEV1.*\[token hidden\] leaked", root["ts"])

        card = await asked(room, "/scale", f"auditron-api 5 because {TOKEN} leaked")
        assert "[token hidden] leaked" in text_of(card)
        await room.say(RUTH, f"APPROVED - {PATIENT} asked for it", card["ts"], channel=ALERTS)
        await outcome(room, card, "is done and was read back")

        shown = [text_of(one) for channel in (ALERTS, CRITICAL) for one in room.from_bot(channel=channel)]
        written = await deployment(room, "auditron", "auditron-api")
        told = "\n".join((*shown, json.dumps(room.record()), json.dumps(written)))
    assert 5 == written["spec"]["replicas"]
    for planted in (TOKEN, PATIENT):
        assert planted not in told


async def test_a_reason_in_a_form_is_redacted_too(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        waiting = await release_waits(room, OMAR)
        await room.press(RUTH, waiting.card, "Deny…")
        await room.submit(RUTH, reason=f"not with {TOKEN}")
        await room.sees(rf"denied.*{waiting.id}.*not with \[token hidden\]", waiting.thread)
        assert TOKEN not in json.dumps(room.record())
