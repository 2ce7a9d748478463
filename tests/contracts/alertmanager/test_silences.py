"""Silences: one contract for Debian's Alertmanager and the practice one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.actions import Again, Sighting
from handlers.actions.alertmanager.ports import NewSilence
from handlers.actions.alertmanager.vocabulary import OfThisSystem
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry
from tests.contracts.alertmanager.conftest import Json, Manager, action

LATENCY = {"matchers": ('alertname="HighLatency"', "instance=~web-.*", "for", "2h")}
OURS = {"namespace": "auditron", "severity": "warning"}
NO_SUCH = "00000000-0000-4000-8000-000000000000"


async def made(manager: Manager) -> str:
    """A silence of an approved request; its id."""
    done = await action("silence").run(manager.api, await manager.order("silence", LATENCY))
    word, silence = done.way_back.split()
    assert "unsilence" == word
    return silence


async def test_an_approved_silence_stands_there_once_with_its_bounds_and_stamp(manager: Manager) -> None:
    silence = await made(manager)
    (found,) = await manager.silences()
    assert (silence, "active") == (found["id"], found["status"]["state"])
    assert "the disk is being changed; approved by O3 Ruth [countersign R-7QK2M]" == found["comment"]
    assert "O2 Omar (U02OMAR)" == found["createdBy"]
    told = {(one["name"], one["value"], one["isRegex"], one["isEqual"]) for one in found["matchers"]}
    assert {
        ("alertname", "HighLatency", False, True),
        ("instance", "web-.*", True, True),
        ("namespace", "auditron", False, True),
        ("severity", "critical", False, False),
    } == told
    lasts = datetime.fromisoformat(found["endsAt"]) - datetime.fromisoformat(found["startsAt"])
    assert timedelta(hours=2) - timedelta(seconds=30) < lasts <= timedelta(hours=2)


async def test_it_hides_its_own_and_never_what_is_grave_or_another_systems(manager: Manager) -> None:
    await made(manager)
    await manager.fires("HighLatency", instance="web-1", **OURS)
    await manager.fires("HighLatency", instance="web-2", namespace="auditron", severity="critical")
    await manager.fires("HighLatency", instance="web-1", namespace="clinchat-rag", severity="info")
    await manager.fires("HighLatency", instance="db-1", **OURS)
    assert {"HighLatency warning"} == await manager.suppressed()


async def test_names_that_policy_calls_grave_are_kept_audible_whatever_their_label(manager: Manager) -> None:
    everything = {"matchers": ("alertname=~.+", "for", "1h")}
    await action("silence").run(manager.api, await manager.order("silence", everything))
    await manager.fires("ApiDown", **OURS)
    await manager.fires("QueueBacklog", **OURS)
    assert {"QueueBacklog warning"} == await manager.suppressed()


async def test_the_look_shows_which_firing_alerts_it_would_hide(manager: Manager) -> None:
    await manager.fires("HighLatency", instance="web-1", **OURS)
    await manager.fires("HighLatency", instance="web-9", namespace="auditron", severity="critical")
    what = action("silence")
    seen = await what.look(manager.api, what.params.model_validate(LATENCY))
    assert "1 firing alert" == dict(seen.shown)["Would hide now"]
    ((_, listed),) = seen.documents
    assert "HighLatency (instance=web-1, namespace=auditron, severity=warning), since " in listed


async def test_recovery_finds_it_by_the_request_in_its_comment_and_ends_a_second_one(
    manager: Manager,
) -> None:
    order = await manager.order("silence", LATENCY)
    what = action("silence")
    assert await what.ask(manager.api, order) is None
    await what.run(manager.api, order)
    first, *_ = await manager.api.silences()
    now = datetime.now(UTC)
    late = NewSilence(
        sorted(first.matchers), now, now + timedelta(hours=2), by=first.by, comment=first.comment
    )
    await manager.api.make(late)  # as a call would that hung until its replica was gone
    found = await what.ask(manager.api, order)
    assert found is not None
    states = sorted(one["status"]["state"] for one in await manager.silences())
    assert ["active", "expired"] == states


async def test_another_requests_silence_is_not_taken_for_ones_own(manager: Manager) -> None:
    await made(manager)
    same = await manager.order("silence", {"matchers": ("alertname=HighLatency", "for", "1h")}, "R-7QK2")
    assert await action("silence").ask(manager.api, same) is None


async def test_what_is_hidden_long_enough_already_is_refused(manager: Manager) -> None:
    silence = await made(manager)
    shorter = {**LATENCY, "matchers": (*LATENCY["matchers"][:-1], "1h")}
    with pytest.raises(DoNotRetry, match=f"Silence {silence} hides this already"):
        await manager.order("silence", shorter)


async def test_unsilence_ends_it_and_says_how_to_hide_the_same_again(manager: Manager) -> None:
    silence = await made(manager)
    order = await manager.order("unsilence", {"silence": silence}, "R-9")
    assert await action("unsilence").ask(manager.api, order) is None
    done = await action("unsilence").run(manager.api, order)
    assert re.fullmatch(r'silence alertname="HighLatency" instance=~"web-\.\*" for \d+[mh]', done.way_back)
    (found,) = await manager.silences()
    assert "expired" == found["status"]["state"]
    assert await action("unsilence").ask(manager.api, order) is not None
    with pytest.raises(DoNotRetry, match="has ended at"):
        await manager.order("unsilence", {"silence": silence})


async def test_nobody_ends_another_systems_silence_or_one_that_is_not_there(manager: Manager) -> None:
    theirs = body(matchers=[matcher("namespace", "clinchat-rag")])
    _, answer = await manager.call("POST", "/api/v2/silences", theirs)
    with pytest.raises(DoNotRetry, match="not one of this system's"):
        await manager.order("unsilence", {"silence": answer["silenceID"]})
    with pytest.raises(DoNotRetry, match="has no silence"):
        await manager.order("unsilence", {"silence": NO_SUCH})


async def test_the_reading_lists_this_systems_silences_whoever_made_them(manager: Manager) -> None:
    silence = await made(manager)
    await manager.call("POST", "/api/v2/silences", body(matchers=[matcher("namespace", "clinchat-rag")]))
    _, foreign = await manager.call("POST", "/api/v2/silences", body())
    await manager.call("DELETE", f"/api/v2/silence/{foreign['silenceID']}")
    report = await REGISTRY.find_reading(("alertmanager",), "silences").read(manager.api, OfThisSystem())
    assert "1 active, 0 pending, 1 ended lately" == report.headline
    assert [(silence, "active"), (foreign["silenceID"], "expired")] == [row[:2] for row in report.rows]
    assert ("O2 Omar (U02OMAR)", "somebody") == tuple(row[3] for row in report.rows)


async def test_the_reading_lists_what_was_made_elsewhere_and_may_hide_this_systems_alerts(
    manager: Manager,
) -> None:
    everybodys = (
        [matcher("alertname", "HighLatency")],
        [matcher("namespace", "audit.*", isRegex=True)],
        [matcher("namespace", "clinchat-rag|auditron", isRegex=True)],
        [matcher("namespace", "clinchat-rag", isEqual=False), matcher("severity", "info")],
    )
    theirs = (
        [matcher("namespace", "clinchat-rag|ledger", isRegex=True)],
        [matcher("namespace", "auditron", isEqual=False), matcher("alertname", "HighLatency")],
    )
    ids = []
    for each in (*everybodys, *theirs):
        status, answer = await manager.call("POST", "/api/v2/silences", body(matchers=each))
        assert 200 == status
        ids.append(answer["silenceID"])
    report = await REGISTRY.find_reading(("alertmanager",), "silences").read(manager.api, OfThisSystem())
    assert '; 4 more without namespace="auditron", made elsewhere, may hide' in report.headline
    assert {(one, "active, for all that fits") for one in ids[:4]} == {row[:2] for row in report.rows}
    await manager.call("DELETE", f"/api/v2/silence/{ids[0]}")
    report = await REGISTRY.find_reading(("alertmanager",), "silences").read(manager.api, OfThisSystem())
    assert set(ids[1:4]) == {row[0] for row in report.rows}


async def test_the_end_of_it_is_seen_with_what_still_fires(manager: Manager) -> None:
    silence = await made(manager)
    watch = action("silence").watch
    assert watch is not None
    params = action("silence").params.model_validate(LATENCY)
    assert isinstance(await watch(manager.api, params, "R-7QK2M"), Again)
    await manager.fires("HighLatency", instance="web-1", **OURS)
    await manager.call("DELETE", f"/api/v2/silence/{silence}")
    seen = await watch(manager.api, params, "R-7QK2M")
    assert isinstance(seen, Sighting)
    assert not seen.well
    assert "before its time" in seen.lines[0]
    assert "Still firing: HighLatency (instance=web-1" in seen.lines[1]


async def test_a_bad_expression_is_refused_before_anybody_is_asked(manager: Manager) -> None:
    with pytest.raises(DoNotRetry, match="does not take these matchers"):
        await manager.order("silence", {"matchers": ("alertname=~(", "for", "1h")})


async def test_ending_what_ended_already_leaves_its_end_as_it_was(manager: Manager) -> None:
    silence = await made(manager)
    await manager.api.expire(silence)
    (before,) = await manager.silences()
    await manager.api.expire(silence)
    (after,) = await manager.silences()
    assert before["endsAt"] == after["endsAt"]


def matcher(name: str, value: str, **more: Any) -> Json:
    return {"name": name, "value": value, "isRegex": False, "isEqual": True, **more}


def body(**changed: Any) -> Json:
    """What Alertmanager's own page would post."""
    now = datetime.now(UTC)
    return {
        "matchers": [matcher("namespace", "auditron")],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "somebody",
        "comment": "by hand",
    } | changed


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 200),
        ({"endsAt": "2020-01-01T00:00:00Z"}, 400),
        ({"matchers": [matcher("namespace", "(", isRegex=True)]}, 400),
        ({"matchers": [matcher("namespace", "")]}, 400),
        ({"matchers": [matcher("name-space", "x")]}, 400),
        ({"matchers": []}, 422),
        ({"matchers": [{"name": "a"}]}, 422),
        ({"startsAt": "yesterday"}, 400),
        ({"id": NO_SUCH}, 404),
    ],
    ids=str,
)
async def test_both_take_and_refuse_the_same(manager: Manager, changed: Json, status: int) -> None:
    assert status == (await manager.call("POST", "/api/v2/silences", body(**changed)))[0]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/api/v2/silence/{NO_SUCH}", 404),
        ("DELETE", f"/api/v2/silence/{NO_SUCH}", 500),  # as 0.25 has it
        ("GET", "/api/v2/silence/nonsense", 422),
        ("GET", "/api/v2/silences?filter=%3D", 400),
        ("GET", "/api/v2/alerts?filter=a%3D~%22(%22", 400),
    ],
)
async def test_both_answer_the_same(manager: Manager, method: str, path: str, status: int) -> None:
    assert status == (await manager.call(method, path))[0]


async def test_secrets_in_labels_and_comments_are_not_told_and_the_stamp_is_found_all_the_same(
    manager: Manager,
) -> None:
    secret = "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy"
    await manager.fires("HighLatency", instance="web-1", password=secret, **OURS)
    await manager.call("POST", "/api/v2/silences", body(comment=f"token {secret} [countersign R-7QK2M]"))
    what = action("silence")
    seen = await what.look(manager.api, what.params.model_validate(LATENCY))
    report = await REGISTRY.find_reading(("alertmanager",), "silences").read(manager.api, OfThisSystem())
    assert secret not in f"{seen} {report}"
    assert "password=" in seen.documents[0][1]
    (one,) = await manager.api.silences()
    assert one.comment.endswith("[countersign R-7QK2M]")
