"""Tokens are revoked and queues paused by two people, through HTTP APIs that policy alone describes."""

from __future__ import annotations

import re

import pytest

from sandbox.practice_api import PracticeApi
from tests.scenarios.opening import LEDGER_TOKEN
from tests.scenarios.room import ALERTS, CRITICAL, OMAR, RUTH, VERA, Json, Room, text_of

REVOKE = "provability-fabric token123 token456 because capability bypass"


async def revocation(room: Room, text: str = REVOKE) -> Json:
    """A revocation is asked for; returns its card."""
    await room.command(OMAR, "/revoke", text)
    return await room.sees("Revoke capability tokens.*waiting for approval")


async def approved(room: Room, card: Json, channel: str = CRITICAL) -> None:
    await room.say(RUTH, "APPROVED - agreed", card["ts"], channel=channel)


async def pause(room: Room) -> Json:
    await room.command(OMAR, "/ops", "auditron queue-pause because workers loop")
    return await room.sees("Pause the job queue.*waiting for approval", channel=ALERTS)


async def answer(room: Room, words: str, channel: str = CRITICAL) -> str:
    """What Omar hears alone when he types this."""
    known = len(room.ephemerals(OMAR))
    await room.command(OMAR, "/ops", words, channel)
    heard = await room.until(lambda: room.ephemerals(OMAR)[known:], f"an answer to {words[:80]}")
    return text_of(heard[-1])


def effects(api: PracticeApi) -> list[tuple[str, str]]:
    """The changes that arrived there."""
    return [(method, path) for method, path, _ in api.calls]


async def test_two_tokens_are_revoked_by_two_people_and_read_back(room: Room) -> None:
    card = await revocation(room)
    shown = text_of(card)
    assert "Owner agent-billing, Tenant acme, Capability retrieval:read" in shown
    assert "POST /capability-tokens/revoke" in shown
    assert "none" in shown

    await approved(room, card)

    done = text_of(await room.sees("is done and was read back", card["ts"]))
    assert "No longer listed under Active capability tokens: token123, token456. 3 left there." in done
    assert ["token789", "token-ci-7", "token-oncall"] == room.ledger.active()
    assert [("POST", "/capability-tokens/revoke", room.request_id(card))] == room.ledger.calls


async def test_the_system_need_not_be_named_when_only_one_has_the_action(room: Room) -> None:
    card = await revocation(room, "token789 because leaked")
    await approved(room, card)
    await room.sees("No longer listed.*token789", card["ts"])


async def test_thirty_tokens_are_read_whole_by_the_approver(room: Room) -> None:
    names = [f"batch-{number:02}" for number in range(30)]
    room.ledger.issue(*names)
    card = await revocation(room, f"provability-fabric {' '.join(names)} because the key of the batch leaked")
    shown = text_of(card)
    assert all(f"{name}: Owner agent-batch" in shown for name in names)
    assert "the key of the batch leaked" in shown

    await approved(room, card)
    await room.sees("is done and was read back.*and 20 more", card["ts"])


async def test_who_may_look_sees_the_tokens_alone(room: Room) -> None:
    await room.command(VERA, "/ops", "provability-fabric tokens")
    told = text_of(await room.hears(VERA, "Active capability tokens"))

    assert "token123" in told
    assert "agent-billing" in told
    assert [] == room.from_bot()


async def test_a_long_list_is_shown_as_far_as_a_message_holds_and_comes_as_a_file(room: Room) -> None:
    room.ledger.issue(*(f"token-with-a-rather-long-name-{number:04}" for number in range(500)))
    await room.command(OMAR, "/ops", "provability-fabric tokens")
    told = text_of(await room.hears(OMAR, "431 more rows: all of them are in"))
    assert "token123" in told


LOOKS = {
    "provability-fabric receipts": "rcpt-1041.*rcpt-1040.*rcpt-1039",
    "provability-fabric receipts 5m": "rcpt-1041",
    "provability-fabric receipts yesterday": "is no duration",
    "provability-fabric certificates since=12h": "cert-214",
    "provability-fabric health": "Version: 2.4.1",
    "auditron queue-stats": "Waiting: 42",
    "auditron health": "Database: ok",
}


async def test_looks_are_answered_privately(room: Room) -> None:
    for words, expected in LOOKS.items():
        assert re.search(expected, await answer(room, words)), words

    assert [] == room.from_bot() + room.from_bot(channel=ALERTS)


async def test_a_look_that_two_systems_have_is_asked_about(room: Room) -> None:
    told = await answer(room, "health", "C0RANDOM")
    assert "More than one system has that" in told
    assert "`/ops auditron health`" in told
    assert "`/ops provability-fabric health`" in told


async def test_a_queue_is_paused_and_resumed_as_it_is_written(room: Room) -> None:
    card = await pause(room)
    await approved(room, card, ALERTS)
    done = text_of(await room.sees("is done and was read back.*Paused: yes", card["ts"], channel=ALERTS))
    assert "/ops auditron queue-resume because" in done

    await room.command(OMAR, "/ops", "auditron queue-resume because workers are mended")
    await room.sees("is done and was read back.*Paused: no", channel=ALERTS)
    assert not room.queue_admin.paused


async def test_what_is_dangerous_is_confirmed_by_typing_its_name(room: Room) -> None:
    await room.command(OMAR, "/ops", "auditron queue-clean because the dashboard is full")
    assert "Removed jobs do not come back" in text_of(await room.modal(OMAR))
    await room.submit(OMAR, because="the dashboard is full", confirm="auditron")
    card = await room.sees("Remove finished and failed jobs.*waiting for approval", channel=ALERTS)
    await approved(room, card, ALERTS)
    await room.sees("is done and was read back.*Failed is 0", card["ts"], channel=ALERTS)
    assert 0 == room.queue_admin.counts["completed"]


async def test_a_key_is_revoked_by_its_id(room: Room) -> None:
    await room.command(OMAR, "/ops", "auditron revoke-key key-acme-1 because it was posted publicly")
    card = await room.sees("Revoke an API key.*waiting for approval.*Acme GmbH", channel=ALERTS)
    assert "POST /api/admin/api-keys/key-acme-1/revoke" in text_of(card)
    await approved(room, card, ALERTS)
    await room.sees("is done and was read back.*Active: no", card["ts"], channel=ALERTS)


MANY = " ".join(f"t-{number:04}" for number in range(51))
REFUSED = {
    "provability-fabric revoke-tokens token123 token999 because x": "Not listed .*token999.*`tokens` shows",
    "provability-fabric revoke-tokens token123 token123 because x": "stands here twice",
    "provability-fabric revoke-tokens ../admin because x": "cannot stand here",
    "provability-fabric revoke-tokens TOKEN123 because x": "cannot stand here",
    f"provability-fabric revoke-tokens {MANY} because x": "write 1 to 50 of them, not 51",
    f"provability-fabric revoke-tokens {'t' * 1500} because x": "1 to 200 characters, not 1500",
    f"provability-fabric revoke-tokens {'t' * 100_000} because x": "the limit is 1800",
    "provability-fabric revoke-tokens token123\ntoken456 because x": "line breaks",
    "provability-fabric revoke-tokens who=token123 because x": "`who`",
    "provability-fabric revoke-tokens token_ids=token123,,token456 because x": "1 to 200 characters, not 0",
    "auditron queue-resume because x": "so already, and there is nothing to do. Paused: no",
    "auditron queue-pause now because x": "one value too many",
    "auditron revoke-key ../../queue/pause because x": "cannot stand here",
    "auditron revoke-key %2e%2e because x": "cannot stand here",
    "auditron revoke-key nobody because x": "knows nothing of the kind.*Look at what you named",
}


async def test_what_cannot_be_is_refused_privately_and_nothing_is_sent(room: Room) -> None:
    for words, expected in REFUSED.items():
        assert re.search(expected, await answer(room, words)), words[:80]

    assert [] == effects(room.ledger) + effects(room.queue_admin)
    assert [] == room.from_bot() + room.from_bot(channel=ALERTS)


async def test_what_is_missing_is_asked_for_in_a_modal(room: Room) -> None:
    await room.command(OMAR, "/revoke", "provability-fabric because leaked")
    assert "up to 50, with a space between" in text_of(await room.modal(OMAR))
    await room.submit(OMAR, token_ids="token123 token456", because="leaked")
    card = await room.sees("Revoke capability tokens.*token123, token456.*waiting for approval")
    await approved(room, card)
    await room.sees("is done and was read back", card["ts"])


async def test_who_lacks_the_role_gets_no_card(room: Room) -> None:
    await room.command(VERA, "/revoke", REVOKE)
    await room.hears(VERA, "Only O2 Read Operator or O3 Approver may request revoke-tokens.*PF-54")
    assert [] == room.from_bot()


async def test_the_same_command_twice_in_a_second_is_one_request_and_one_call(room: Room) -> None:
    for _ in range(2):
        await room.command(OMAR, "/revoke", REVOKE)
    card = await room.sees("Revoke capability tokens.*waiting for approval")
    await room.hears(OMAR, r"https://[^|]+\|R-[^>]*> already asks for the same, and you asked for it")
    await approved(room, card)
    await room.sees("is done and was read back", card["ts"])

    assert 1 == len(room.ledger.calls)


async def test_a_token_that_somebody_else_revoked_meanwhile_voids_the_request(room: Room) -> None:
    card = await revocation(room)
    room.ledger.revoke("token456")
    await approved(room, card)
    await room.sees("void.*Not listed under Active capability tokens: token456", card["ts"])
    assert [] == effects(room.ledger)


async def test_an_owner_that_changed_voids_the_request(room: Room) -> None:
    card = await revocation(room)
    room.ledger.hand_over("token123", "agent-mallory")
    await approved(room, card)
    await room.sees("void.*tokens token123", card["ts"])
    assert [] == effects(room.ledger)


async def test_words_of_an_api_mention_nobody(room: Room) -> None:
    room.ledger.hand_over("token123", "<!channel> <@U03RUTH> *approved*")
    card = await revocation(room, "token123 because leaked")

    assert "<!channel>" not in text_of(card)
    assert "&lt;!channel&gt;" in text_of(card)


async def test_an_api_that_says_200_and_changes_nothing_is_not_believed(room: Room) -> None:
    card = await revocation(room)
    room.ledger.fault("no-effect", True)
    await approved(room, card)
    told = text_of(await room.sees("answered 200", card["ts"]))
    assert "Still listed under Active capability tokens: token123, token456" in told
    assert 1 == len(room.ledger.calls)


async def test_a_line_that_is_cut_after_the_change_ends_in_what_was_read_back(room: Room) -> None:
    card = await revocation(room)
    room.ledger.fault("cut", True)
    await approved(room, card)
    await room.sees("is done and was read back.*No longer listed.*token123, token456", card["ts"])
    assert {room.request_id(card)} == {key for _, _, key in room.ledger.calls}


FAULTS = {
    "expired": "does not accept the bot's token",
    "html": "knows nothing of the kind",
    "huge": "longer than 1024 KiB",
    "elsewhere": "redirect",
}


async def test_an_api_that_answers_badly_is_told_before_anybody_is_asked(room: Room) -> None:
    for fault, expected in FAULTS.items():
        room.ledger.fault(fault, True)
        told = await answer(room, f"provability-fabric revoke-tokens token123 because {fault}")
        room.ledger.fault(fault, False)
        assert re.search(expected, told), fault
        assert LEDGER_TOKEN not in told
        assert "elsewhere.invalid" not in told

    assert [] == effects(room.ledger)
    assert [] == room.from_bot()


@pytest.mark.parametrize("fault", ["expired", "huge"])
async def test_an_api_that_turns_bad_while_people_decide_is_sent_nothing(room: Room, fault: str) -> None:
    card = await revocation(room)
    room.ledger.fault(fault, True)
    await approved(room, card)
    await room.sees(r"\bvoid\b", card["ts"])

    assert [] == effects(room.ledger)
    assert 5 == len(room.ledger.active())


async def test_an_api_that_does_not_answer_is_told_in_bounded_time(room: Room) -> None:
    room.ledger.fault("hang", True)
    await room.command(OMAR, "/revoke", REVOKE)
    await room.hears(OMAR, "did not answer|cannot be reached|not answer")
    assert [] == room.from_bot()
