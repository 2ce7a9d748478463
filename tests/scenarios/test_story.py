"""The story of the first thread: quarantine, acknowledgement, resolution, release by two people."""

from __future__ import annotations

from tests.scenarios.room import OMAR, RUTH, Room, text_of


async def test_a_quarantined_run_is_released_by_two_people(room: Room) -> None:
    record, root = await room.contained()
    run, thread = record["Run_ID"], root["ts"]
    case_id = room.case()["Case_ID"]
    assert f"runs/QUARANTINE/{run}" == room.where(run)

    await room.say(OMAR, f"ACK - O2 Omar investigating {case_id}", thread)
    await room.sees("acknowledged as O2", thread)

    await room.resolved(record, root)
    assert "Resolved" == room.case()["Status"]

    card = await room.release_asked(record, root)
    assert "False positive confirmed or mitigation applied" in text_of(card)
    assert "Case resolved and documented" in text_of(card)
    await room.say(RUTH, "APPROVED - false positive confirmed", thread)
    await room.sees(f"{room.request_id(card)}.*is done and was read back", thread)

    assert room.where(run).startswith("runs/CREDIT_MONITORING/")
    assert any("Quarantine released on" in note["Text"] for note in room.case()["Notes"])
    sequence = [entry["seq"] for entry in room.record()]
    assert list(range(1, len(sequence) + 1)) == sequence


async def test_a_denial_leaves_everything_where_it_was(room: Room) -> None:
    record, root = await room.contained()
    await room.resolved(record, root)
    card = await room.release_asked(record, root)
    await room.say(RUTH, "DENIED - root cause not yet identified", root["ts"])
    await room.sees(f"denied.*{room.request_id(card)}.*root cause not yet identified", root["ts"])
    assert f"runs/QUARANTINE/{record['Run_ID']}" == room.where(record["Run_ID"])
