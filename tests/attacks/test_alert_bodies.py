"""Bodies that a sender with a token makes to hang, fill or deceive, as the routes read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.policy_folder import read_book
from bot.web.payloads import MAX_BODY, BadBody, read_json
from handlers.alerting.signals import Signal
from handlers.alerting.sources import SOURCES
from handlers.foreign import MOST_FAULTS, on_one_line
from policies.schema import PolicyBook
from tests.scenarios.bodies import notice, notification

RULES = Path("policies/rules")


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return read_book(RULES)


def one_signal(book: PolicyBook, source: str, body: Any) -> Signal:
    (signal,) = SOURCES[source].read(book, body).told.signals
    return signal


@pytest.mark.parametrize(
    "body",
    [
        b'{"labels": {"namespace": "auditron", "namespace": "clinchat-rag"}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 400_000 + b"]" * 400_000 + b"}",
        b'{"a": ' * 61 + b"1" + b"}" * 61,
        b'{"a": "\\ud800"}',
        b'{"a": "\\\\\\ude00"}',
        b'{"a": "\\\\ud83d\\ude00"}',
        b'{"a": "\\ud83d\\\\\\ude00"}',
        b'{"a": "\\ud83d\\ud83d\\ude00"}',
        b'\xff\xfe{\x00"\x00}\x00',
    ],
    ids=[
        "twice",
        "NaN",
        "infinity",
        "huge float",
        "huge int",
        "lists",
        "objects",
        "half",
        "half behind a backslash",
        "half behind letters",
        "halves apart",
        "three halves",
        "UTF-16",
    ],
)
def test_json_that_two_readers_could_take_for_two_things_is_refused(body: bytes) -> None:
    with pytest.raises(BadBody):
        read_json(body)


def test_characters_that_are_written_as_two_halves_are_read() -> None:
    assert {"a": "\U0001f600 \\ud83d"} == read_json(b'{"a": "\\ud83d\\uDE00 \\\\ud83d"}')


@pytest.mark.parametrize("source", ["alertmanager", "grafana", "generic"])
def test_half_a_million_faults_are_told_in_a_few_words(book: PolicyBook, source: str) -> None:
    many: list[Any] = [0] * (MAX_BODY // 2)
    for body in ({"version": "4", "groupKey": "x", "alerts": many}, {"version": "1", "alerts": many}):
        with pytest.raises(ValueError, match="alerts") as told:
            SOURCES[source].read(book, body)
        assert len(str(told.value)) < 1000


def test_names_of_fields_are_told_short_and_on_one_line(book: PolicyBook) -> None:
    nasty = {f"<!channel>\n{number}" + "x" * 5000: 1 for number in range(40)}
    with pytest.raises(ValueError, match="and 36 more faults") as told:
        SOURCES["generic"].read(book, {"version": "1", "alerts": [], **nasty})
    assert len(str(told.value)) < MOST_FAULTS * 200
    assert "\n" not in str(told.value)


def test_a_value_that_is_no_number_of_this_world_keeps_no_alert_from_its_thread(book: PolicyBook) -> None:
    alert = notice() | {"values": {"B": 10**400, "C": True, "D": 3, "E": "140"}}
    assert one_signal(book, "grafana", notification(alert)).claimed["Value"].startswith("D=3 ")


@pytest.mark.parametrize("label", ["Runbook", "runbook", "Runbook of the house"])
def test_a_senders_link_does_not_pass_for_policys_runbook(book: PolicyBook, label: str) -> None:
    evil = "https://evil.example/runbook"
    alert = {
        "id": "1",
        "name": "QueueBacklog",
        "state": "firing",
        "labels": {"namespace": "auditron"},
        "links": [{"label": label, "url": evil}],
    }
    links = one_signal(book, "generic", {"version": "1", "alerts": [alert]}).links
    assert ["Runbook, says the sender"] == [link.label for link in links if link.url == evil]


@pytest.mark.parametrize(
    ("nasty", "shown"),
    [
        ("a\u0301" + "\u0336" * 500, "a\u0301\u0336\u0336"),
        ("\u3164\u2800 \u115f\uffa0", "-"),
        ("queue\u202e\u200b \u2066full\n✅ Quarantined", "queue full ✅ Quarantined"),
        ("Nguy\u1ec5n Th\u1ecb H\u0301a\u0323\u0302n", "Nguy\u1ec5n Th\u1ecb H\u0301a\u0323\u0302n"),
        (" two  words\x7f", "two words"),
    ],
)
def test_foreign_text_is_one_line_that_covers_no_other(nasty: str, shown: str) -> None:
    assert shown == on_one_line(nasty)
