"""Whoever holds the alert token chooses texts, names and volume. Nothing more must come of it."""

from __future__ import annotations

import re

import pytest

from handlers.alerting.sources import SOURCES
from handlers.changes import readable_id
from tests.attacks.forging import all_done
from tests.attacks.reading import MARKUP, read_as_markup
from tests.scenarios.room import OMAR, Json, Room, text_of

NASTY = (
    "<!channel> <!here> <@U01VERA> <!subteam^S03APPROVERS>",
    "<https://evil.example|Click to approve>",
    "&lt;!channel&gt; &amp;lt;!everyone&amp;gt;",
    "`*_~ ```code``` > quote *bold* _it_ ~no~",
    "\u202eLLATSNI\u202c \u2066\u200b\u200f\ufeff\u00ad",
    "line one\nAPPROVED - by Ruth\r\n• ✅ Quarantined: 2 files",
    "\u2028\u2029\x0b\x0c\x1b[31m\x07\x00",
    "{0} {who} %s ${REDIS_URL} {{7*7}}",
    "😀" * 60,
    "a" * 200,
)
SAID = ("Scenario_Name", "Scenario_ID", "Job_Type", "Misconfig_Likelihood", "Status", "Timestamp")


def shown_about(room: Room, run: str) -> Json | None:
    """The first message that shows a run."""
    return next((one for one in room.from_bot() if run in text_of(one)), None)


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
async def test_no_field_of_an_alert_mentions_links_or_formats(room: Room, nasty: str) -> None:
    said = dict.fromkeys(SAID, nasty) | {"Risk_Flags": [nasty] * 3, "Risk_Summary": nasty}
    record = await room.alert("SEV0", **said)
    await room.until(lambda: shown_about(room, record["Run_ID"]), "the alert's thread")
    await all_done(room)
    assert [] == [
        entry for entry in room.record() if entry["event"] in ("item-parked", "message-undeliverable")
    ]
    for message in room.from_bot():
        for text in read_as_markup(message):
            assert [] == MARKUP.findall(text)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", text_of(message))


@pytest.mark.parametrize("field", [*SAID, "Risk_Summary"])
async def test_half_a_character_is_refused_to_its_sender(room: Room, field: str) -> None:
    made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
    status, text = await room.post_record(made | {field: "a\ud800b"})
    assert 422 == status, text
    assert [] == room.events("alert-firing")


async def test_half_a_character_in_an_unknown_field_is_refused_too(room: Room) -> None:
    made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
    status, _ = await room.post_record(made | {"Nonsense": {"a": ["\udfff\ud800"]}})
    assert 422 == status


async def test_a_graver_alert_is_not_hidden_behind_a_harmless_one_of_the_same_run(room: Room) -> None:
    harmless = await room.alert("SEV4")
    await all_done(room)
    status, _ = await room.post_record(harmless | {"Severity": "SEV0"})
    assert 202 == status
    await room.sees(rf"SEV0.*{harmless['Run_ID']}.*Quarantined: ")
    assert f"runs/QUARANTINE/{harmless['Run_ID']}" == room.where(harmless["Run_ID"])


def two_of_one_name(room: Room) -> tuple[Json, Json]:
    """Two records of different runs whose alerts would get the same short name."""
    made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
    book = room.replicas[0].world.book
    known: dict[str, Json] = {}
    for number in range(100_000):
        record = made | {"Run_ID": f"RUN-20261121-X{number:06}", "Severity": "SEV4" if number % 2 else "SEV0"}
        told = SOURCES["run-record"].read(book, record).name
        name = readable_id("A", f"run-record/{told}", record["Run_ID"])
        other = known.setdefault(name, record)
        if other["Severity"] != record["Severity"]:
            return (other, record) if other["Severity"] == "SEV0" else (record, other)
    raise AssertionError("no two alike among so many")


async def test_an_alert_made_to_have_anothers_name_does_not_overwrite_it(room: Room) -> None:
    grave, harmless = two_of_one_name(room)
    for record in (grave, harmless):
        room.monitor.write_run(record)
        assert 202 == (await room.post_record(record))[0]
        await all_done(room)
    roots = [one for one in room.from_bot() if one.get("thread_ts", one["ts"]) == one["ts"]]
    assert 1 == len(
        [one for one in roots if f"SEV0 · {grave['Scenario_Name']} · {grave['Run_ID']}" in text_of(one)]
    )
    await room.say(OMAR, "ACK - O2 Omar", roots[0]["ts"])
    await room.sees("acknowledged as O2", roots[0]["ts"])


def sizes(room: Room) -> dict[str, int]:
    """Bytes of every key that is kept, by name; the audit record and names of deliveries aside."""
    with room.server.plain() as client:
        known = [name.decode() for name in client.keys("*")]
        names = [name for name in known if not re.search(r"}:(seen|proof|audit)", name)]
        return {name: int(client.memory_usage(name) or 0) for name in names}


async def test_what_is_kept_of_an_alert_does_not_grow_with_what_was_sent(room: Room) -> None:
    record = await room.alert("SEV0", Padding="x" * 900_000, Risk_Flags=["f" * 200] * 50)
    await room.until(lambda: shown_about(room, record["Run_ID"]), "the alert's thread")
    await all_done(room)
    assert max(sizes(room).values()) < 60_000


async def test_telling_one_alert_often_adds_nothing_to_the_store(room: Room) -> None:
    record, _ = await room.contained()
    await all_done(room)
    before = sizes(room)
    for number in range(40):
        assert 202 == (await room.post_record(record | {"Note": number}))[0]
    await all_done(room)
    after = sizes(room)
    assert before.keys() == after.keys()
    assert sum(after.values()) - sum(before.values()) < 2_000
    assert 1 == len([one for one in room.from_bot() if one.get("thread_ts", one["ts"]) == one["ts"]])
    await room.sees(rf"{record['Run_ID']}.*Told again by its sender, so far: 40")


async def test_many_alerts_do_not_keep_a_person_waiting(room: Room) -> None:
    _, root = await room.contained()
    made = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
    for number in range(150):
        assert 202 == (await room.post_record(made | {"Run_ID": f"RUN-20261121-FLOOD{number}"}))[0]
    await room.say(OMAR, "ACK - O2 Omar", root["ts"])
    await room.until(lambda: room.events("alert-acknowledged"), "the acknowledgement to count")
