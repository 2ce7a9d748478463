"""Who is on call: rotations, overrides, feeds that are away; what may stand in on_call.yaml."""

# ruff: noqa: E501

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from handlers.alerts.on_call import on_call_now
from handlers.errors import TryAgainLater
from handlers.messages import Group, User, plain
from handlers.ports.on_call import Turn
from handlers.world import World
from policies.on_call import Rotation
from tests.unit.policies.folder import ON_CALL, edited, faults_of, load, shipped


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WEEKS = Rotation.model_validate(
    {"people": ("U0A", "U0B"), "starts": "2026-01-05T09:00", "turn": "7d", "zone": "America/New_York",
     "overrides": ({"since": "2026-01-08T00:00", "until": "2026-01-09T00:00", "user": "U0C"},)}
)  # fmt: skip


@pytest.mark.parametrize(
    ("moment", "user"),
    [
        pytest.param("2026-01-05T13:59", "", id="before it starts: nobody"),
        pytest.param("2026-01-05T14:00", "U0A", id="09:00 in New York"),
        pytest.param("2026-01-12T13:59", "U0A", id="the last minute of the first week"),
        pytest.param("2026-01-12T14:00", "U0B", id="the second week"),
        pytest.param("2026-01-08T05:00", "U0C", id="an override"),
        pytest.param("2026-01-09T05:00", "U0A", id="its end"),
        pytest.param("2026-03-09T12:59", "U0A", id="an hour earlier in UTC once clocks are in summer"),
        pytest.param("2026-03-09T13:00", "U0B", id="still 09:00 in New York"),
        pytest.param("2026-11-02T13:59", "U0A", id="and back"),
        pytest.param("2026-11-02T14:00", "U0B", id="in winter"),
    ],
)
def test_turns_change_at_their_time_of_day(moment: str, user: str) -> None:
    assert user == WEEKS.on_call(at(moment))


def test_a_turn_that_ends_while_clocks_go_back_ends_once() -> None:
    hours = Rotation.model_validate(
        {"people": ("U0A", "U0B"), "starts": "2026-11-01T00:30", "turn": "1h", "zone": "America/New_York"}
    )
    moments = [f"2026-11-01T{hour:02}:{minute:02}" for hour in range(5, 9) for minute in (0, 20, 40)]

    users = [hours.on_call(at(moment)) for moment in moments]

    assert ["U0A"] * 2 == users[:2], "01:20 EDT"
    assert 3 == sum(one != other for one, other in pairwise(users))


FEED = """schedules:
  security:
    title: Security on call
    fallback: S03ONCALL
    feed:
      kind: icalendar
      settings: {url: "https://example.com/oncall.ics"}
      people: {Omar@example.com: U02OMAR}
"""


class Said:
    """A feed that says this, or fails."""

    def __init__(self, *names: str, stale: bool = False, away: bool = False) -> None:
        self.turn_ = Turn(names, at("2026-11-21T02:00"), stale=stale)
        self.away = away

    async def turn(self, at: datetime) -> Turn:
        if self.away:
            raise TryAgainLater("the calendar answered 503")
        return self.turn_


def world(feed: Said | None) -> World:
    files = shipped()
    files[ON_CALL] = files[ON_CALL].replace("schedules:\n", FEED, 1)
    system = next(name for name in files if name.startswith("systems/"))
    files[system] = files[system].replace("on_call: oncall-o3", "on_call: security", 1)
    rosters = {"security": feed} if feed else {}
    return cast(World, SimpleNamespace(book=load(files), rosters=rosters))


async def called(feed: Said | None) -> tuple[list[Any], str]:
    found = await on_call_now(world(feed), "credit-monitoring", at("2026-11-21T03:00"))
    assert found is not None
    return list(found.spans), plain(found.note)


async def test_addresses_are_mapped_to_slack_ids_in_any_letter_case() -> None:
    assert ([User(id="U02OMAR")], "") == await called(Said("omar@EXAMPLE.com"))


async def test_an_old_copy_says_its_age() -> None:
    spans, note = await called(Said("omar@example.com", stale=True))

    assert [User(id="U02OMAR")] == spans
    assert "last read" in note


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (Said("U02OMAR"), "names somebody whom policy does not map"),
        (Said(), "names nobody now"),
        (Said(away=True), "could not be asked (the calendar answered 503)"),
        (None, "names nobody now"),
    ],
)
async def test_where_nobody_is_known_the_fallback_is_called_and_it_is_said_why(
    feed: Said | None, said: str
) -> None:
    spans, note = await called(feed)

    assert [Group(id="S03ONCALL")] == spans
    assert said in note


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("[U03RUTH, U03IVO]", "[ruth]", "schedules.oncall-o3.rotation.people[0]", "write the person's member id"),
        ('"2026-01-05T09:00"', '"Monday"', "schedules.oncall-o3.rotation.starts", "`Monday` is no local time"),
        ("turn: 7d", "turn: 5m", "schedules.oncall-o3", "a turn of 5m is too short"),
        ("    fallback: S03ONCALL\n", "", "schedules.oncall-o3.fallback", "`fallback` is missing; add it"),
        ("    rotation:\n      people: [U03RUTH, U03IVO]\n      starts: \"2026-01-05T09:00\"\n      turn: 7d\n"
         "      zone: America/New_York\n", "", "schedules.oncall-o3", "write either `rotation` or `feed`"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_schedule_is_told_with_the_mend(old: str, new: str, key: str, said: str) -> None:
    faults = faults_of(edited(ON_CALL, old, new))

    assert [(key, True)] == [(one.key, said in one.message) for one in faults], faults


@pytest.mark.parametrize(
    ("written", "key", "said"),
    [
        ("{kind: pager, settings: {}}", "kind", "unknown kind of notifier `pager`"),
        ("{kind: pagerduty}", "settings", "`pagerduty` needs the setting `routing_key`"),
        ("{kind: pagerduty, settings: {routing_key: abc}}", "settings.routing_key", "a secret is never written here"),
        ('{kind: pagerduty, settings: {routing_key: "${K}", color: red}}', "settings.color", "unknown setting `color`"),
        ("{kind: email, settings: {host: mail}}", "to", "nobody is named; add `to: [...]`"),
        ('{kind: pagerduty, settings: {routing_key: "${K}"}, to: [a]}', "to", "this kind has no addresses"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_notifier_is_told_with_the_mend(written: str, key: str, said: str) -> None:
    files = shipped()
    files[ON_CALL] += f"  one: {written}\n"

    faults = faults_of(files)

    assert [(f"notifiers.one.{key}", True)] == [(one.key, said in one.message) for one in faults], faults


def test_a_ladder_that_tells_whom_nobody_knows_is_refused() -> None:
    faults = faults_of(edited("severities.yaml", "{on_call: devops}", "{on_call: devpos}"))

    assert ["unknown schedule `devpos`; did you mean `devops`?"] == [one.message for one in faults]


def test_an_override_that_ends_before_it_begins_is_refused() -> None:
    backwards = '{since: "2026-12-27T09:00", until: "2026-12-24T09:00", user: U03IVO}'
    faults = faults_of(
        edited(
            ON_CALL,
            "      zone: America/New_York\n",
            f"      zone: America/New_York\n      overrides: [{backwards}]\n",
        )
    )

    assert ["schedules.oncall-o3.rotation.overrides[0].until"] == [one.key for one in faults]


def test_reminders_change_nothing_about_who_may_approve() -> None:
    book = load(shipped())
    without = replace_unanswered(shipped())

    assert book.revision != load(without).revision
    assert book.rule_digest("credit-monitoring", "release") == load(without).rule_digest(
        "credit-monitoring", "release"
    )


def replace_unanswered(files: dict[str, str]) -> dict[str, str]:
    """The same folder without its `unanswered`."""
    system = next(name for name in files if name.startswith("systems/"))
    text = files[system]
    return files | {system: text[: text.index("\n# Requests that nobody answers")]}
