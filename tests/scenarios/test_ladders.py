"""The ladders of the shipped policies, rung by rung: who is told when, in Slack and outside."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.attacks.forging import all_done
from tests.scenarios.bodies import notice, notification, post
from tests.scenarios.opening import ops_room
from tests.scenarios.room import ALERTS, OMAR, Json, Room, text_of

DEVOPS = "<@U02(OMAR|PIA)>"


async def clinchat(room: Room, name: str, severity: str) -> Json:
    """An alert of ClinChat's; its thread's root."""
    told = notification(notice(name, namespace="clinchat-rag", severity=severity))
    assert 202 == (await post(room, told))[0]
    return await room.sees(rf"(?i){severity} · {name}", channel=ALERTS)


def mailed(room: Room) -> list[tuple[str, str]]:
    """Subject and addresses of every message in the practice inbox."""
    return [(str(one["Subject"]), str(one["To"])) for one in room.outside.mail.messages]


async def test_the_contacts_of_the_credit_monitor_are_called_in_their_order(tmp_path: Path) -> None:
    """CM-65, CM-66: @oncall-o3 at once, #security-incidents, then @eng-lead."""
    async with ops_room(tmp_path) as room:
        _, root = await room.contained()
        await room.sees("subteam.S03ONCALL", root["ts"])
        room.advance(minutes=15, seconds=5)
        await room.sees("within 15 minutes.*", root["ts"])
        room.advance(minutes=15)
        told = await room.sees("waiting for 30 minutes.*S03ONCALL", channel="C0SECURITY")
        assert f"p{root['ts'].replace('.', '')}|its own thread>: it counts only there" in text_of(told)
        await room.say(OMAR, "ACK - looking", told["ts"], "C0SECURITY")
        await room.hears(OMAR, "does not live in this thread, so nothing happened.*its own thread")
        assert [] == room.events("alert-acknowledged")
        assert [] == [one for one in room.from_bot(channel="C0SECURITY") if "S04ENGLEAD" in str(one)]
        room.advance(minutes=30)
        await room.sees("waiting for an hour.*S04ENGLEAD", root["ts"])
        await room.sees("waiting for an hour", channel="C0SECURITY")


async def test_the_matrix_of_clinchat_is_climbed_level_by_level(tmp_path: Path) -> None:
    """CC-64, CC-65: 0 to 15 minutes, 15 to 30, 30 to 60, an hour and more; CC-06 and CC-63 outside Slack."""
    async with ops_room(tmp_path) as room:
        root = await clinchat(room, "IncidentDeclared", "sev-1")
        await room.sees(f"Level 1.*{DEVOPS}", root["ts"], ALERTS)
        await room.until(lambda: room.outside.pagerduty.incidents, "an incident")
        room.advance(minutes=15, seconds=5)
        await room.sees(f"Level 2.*{DEVOPS}.*S04ENGLEAD|Level 2.*S04ENGLEAD.*{DEVOPS}", root["ts"], ALERTS)
        room.advance(minutes=15)
        await room.sees("Level 3.*S03APPROVERS", channel="C0SECURITY")
        officers = "security-incidents@example.com, privacy@example.com"
        await room.until(lambda: officers in [to for _, to in mailed(room)], "mail to the officers")
        room.advance(minutes=30)
        await room.sees("Level 4: CTO and Legal.*S04ENGLEAD", channel="C0SECURITY")


async def test_what_clinchat_is_warned_of_pages_only_once_nobody_has_answered(tmp_path: Path) -> None:
    """CC-06: PagerDuty is for escalation, then the team's list; both follow the thread to its end."""
    async with ops_room(tmp_path) as room:
        root = await clinchat(room, "HighLatency", "warning")
        room.advance(minutes=10)
        await all_done(room)
        assert [] == room.outside.pagerduty.incidents
        room.advance(minutes=5, seconds=5)
        (incident,) = await room.until(lambda: room.outside.pagerduty.incidents, "an incident")
        assert ("triggered", "warning") == (incident.state, incident.severity)
        room.advance(minutes=15)
        team = "production-team@example.com, oncall-devops@example.com"
        await room.until(lambda: [to for _, to in mailed(room)] == [team], "mail to the team")
        await room.say(OMAR, "ACK - scaling up", root["ts"], ALERTS)
        await room.until(lambda: "acknowledged" == incident.state, "the incident to be acknowledged")
        await room.until(lambda: 2 == len(mailed(room)), "mail of the answer")
        over = notice("HighLatency", "resolved", namespace="clinchat-rag", severity="warning")
        assert 202 == (await post(room, notification(over, status="resolved")))[0]
        await room.until(lambda: "resolved" == incident.state, "the incident to be resolved")
        await room.until(lambda: 3 == len(mailed(room)), "mail of the end")
        assert [incident] == room.outside.pagerduty.incidents


async def test_what_is_critical_pages_at_once_and_by_text_where_the_runbook_says_so(tmp_path: Path) -> None:
    """AU-34, CC-06, CC-08."""
    async with ops_room(tmp_path) as room:
        pages = room.outside.pagerduty.incidents
        assert 202 == (await post(room, notification(notice("ApiDown", namespace="auditron"))))[0]
        await room.until(lambda: 1 == len(pages), "AUDITRON's incident")
        await clinchat(room, "ServiceDown", "critical")
        await room.until(lambda: 2 == len(pages), "ClinChat's incident")
        await room.until(lambda: ["waits"] == room.outside.texts.news(), "the text message")
        await room.until(lambda: 1 == len(mailed(room)), "the mail")
        assert ["critical", "critical"] == [one.severity for one in pages]


async def test_a_p0_that_is_not_over_after_four_hours_is_escalated_whoever_has_it(tmp_path: Path) -> None:
    """PF-15: the team is paged at once; PF-66."""
    fabric = {"namespace": "provability-fabric", "severity": "critical"}
    async with ops_room(tmp_path) as room:
        assert 202 == (await post(room, notification(notice("CrossTenantAccess", **fabric))))[0]
        root = await room.sees("P0 · CrossTenantAccess")
        pages = room.outside.pagerduty.incidents
        (first,) = await room.until(lambda: pages, "the page")
        await room.say(OMAR, "ACK - isolating the tenant", root["ts"])
        await room.sees("acknowledged as O2", root["ts"])
        await room.until(lambda: "acknowledged" == first.state, "the incident to be acknowledged")
        room.advance(hours=3, minutes=59)
        await all_done(room)
        assert [] == room.events("alert-unresolved")
        room.advance(minutes=1, seconds=5)
        await room.sees("is not over 4 hours after it began.*Engineering Manager.*S04ENGLEAD", root["ts"])
        await room.sees("is not over 4 hours after", channel="C0SECURITY")
        await room.until(lambda: 2 == len(pages), "another page")
        assert ("resolved", "triggered") == (first.state, pages[-1].state)
        assert "is not over 4 hours after it began. The runbook" in pages[-1].summary
        over = notice("CrossTenantAccess", "resolved", **fabric)
        assert 202 == (await post(room, notification(over, status="resolved")))[0]
        await room.until(lambda: "resolved" == pages[-1].state, "the end there too")


async def test_a_p0_that_is_over_within_four_hours_is_left_alone(tmp_path: Path) -> None:
    fabric = {"namespace": "provability-fabric", "severity": "critical"}
    async with ops_room(tmp_path) as room:
        for status in ("firing", "resolved"):
            told = notification(notice("CrossTenantAccess", status, **fabric), status=status)
            assert 202 == (await post(room, told))[0]
            await room.until(partial(room.events, f"alert-{status}"), status)
        room.advance(hours=4, seconds=5)
        assert 202 == (await post(room, notification(notice("ApiDown", namespace="auditron"))))[0]
        await room.sees("critical · ApiDown", channel=ALERTS)
        assert [] == room.events("alert-unresolved")
