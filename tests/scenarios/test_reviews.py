"""What nobody need answer at once is looked at together; who is on call is told to whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from policies.clocks import next_review
from tests.scenarios.opening import ops_room
from tests.scenarios.room import OMAR, Room, text_of

REVIEW = "C0REVIEW"


async def until_review(room: Room) -> None:
    """Skip to just after the next Monday's review."""
    at = next_review(room.replicas[0].world.book, "SEV2", room.clock.now())
    assert at is not None
    room.advance(seconds=(at - room.clock.now() + timedelta(seconds=5)).total_seconds())


async def test_sev2_alerts_of_a_week_are_shown_together_on_monday_once(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        runs = [(await room.alert("SEV2"))["Run_ID"] for _ in range(3)]
        for run in runs:
            await room.sees(run, channel=REVIEW)
        await until_review(room)
        shown = await room.sees("3 .*SEV2.* alerts of Credit monitoring wait for this review", channel=REVIEW)
        assert 3 == text_of(shown).count("/archives/")
        late = await room.alert("SEV2")
        await room.sees(late["Run_ID"], channel=REVIEW)
        await until_review(room)
        await room.sees("1 .*SEV2.* alerts of Credit monitoring wait for this review", channel=REVIEW)
        assert [3, 1] == [one["detail"]["count"] for one in room.events("alerts-reviewed")]


async def test_the_review_is_on_a_monday_at_ten_in_new_york(tmp_path: Path) -> None:
    async with ops_room(tmp_path) as room:
        at = next_review(room.replicas[0].world.book, "SEV2", datetime(2026, 11, 21, tzinfo=UTC))

        assert datetime(2026, 11, 23, 15, tzinfo=UTC) == at


async def test_who_is_on_call_is_told_to_whoever_asks(room: Room) -> None:
    await room.command(OMAR, "/oncall", "")
    told = text_of(await room.hears(OMAR, "Who is on call now"))
    assert "<@U03" in told
    assert "ClinChat-RAG" in told
    await room.command(OMAR, "/ops", "oncall clinchat-rag")
    narrower = await room.until(
        lambda: [one for one in room.ephemerals(OMAR) if "Who is on call" in text_of(one)][1:], "one system"
    )
    assert "AUDITRON" not in text_of(narrower[0])


async def test_a_stranger_to_every_system_is_told_so(room: Room) -> None:
    await room.command("U0NOOR", "/oncall", "")
    await room.hears("U0NOOR", "You have a part in no system")
