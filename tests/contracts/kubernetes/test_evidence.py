"""What is saved before anything is repaired: whole, private, entered (PF-16, PF-51, CC-56)."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.systems.evidence_check import BROKEN, checked
from bot.systems.kubernetes.evidence import EVENTS_OF
from bot.systems.kubernetes.namespace import Namespace
from bot.systems.records import Record
from handlers.actions import Order, Verified
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.evidence_ports import Custody
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.actions.registry import REGISTRY
from handlers.errors import DoNotRetry, StoppedMidway, TryAgainLater
from policies.cluster import ClusterRules, EvidenceRule
from tests.contracts.kubernetes.administrator import administrator
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, Place, order
from tests.contracts.kubernetes.waiting import wait_for

HOUR = timedelta(hours=1)
PRESERVE = REGISTRY.find((KIND,), "preserve-evidence")
EXPOSURE = ClusterRules(
    evidence={"exposure": EvidenceRule(title="A day", logs=(f"app={NAME}",), readings=("receipts",))}
)


def custody(request: str) -> Custody:
    at = datetime(2026, 11, 21, 10, 42, 11, tzinfo=UTC)
    return Custody(request, ("O2 Omar (U02OMAR)",), (), "data exposure", at)


async def nobody(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


def manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def left(folder: Path) -> list[str]:
    """Everything that looks like a file of evidence, whole or not."""
    return sorted(one.name for one in folder.iterdir() if one.suffix in (".log", ".partial"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "evidence"
    made.mkdir()
    return made


@pytest.fixture
def saved(connect: Callable[..., Namespace], ground: Ground, folder: Path) -> Namespace:
    return connect(ground.bot, namespace=ground.namespace, evidence=folder, raw_logs=False)


async def test_logs_are_saved_raw_and_whole_with_their_digest_and_custody(
    saved: Namespace, ground: Ground, folder: Path
) -> None:
    found = await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)

    path = folder / found.name
    data = path.read_bytes()
    assert f"{ground.namespace}-logs-of-{NAME}-20261121T104211Z-R-1.log" == found.name
    assert (len(data), hashlib.sha256(data).hexdigest()) == (found.size, found.sha256)
    assert (
        0o600 == stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((folder / "manifest.jsonl").stat().st_mode)
    )
    pods = [one.name for one in await saved.pods() if one.name.startswith(f"{NAME}-")]
    assert all(f"==> {ground.namespace}/{pod}/".encode() in data for pod in pods)
    assert b"-password@postgres" in data
    (line,) = manifest(folder)
    told = ("R-1", f"logs of {NAME}", ["O2 Omar (U02OMAR)"], "data exposure", found.name, found.sha256, "")
    names = ("request", "what", "asked_by", "why", "file", "sha256", "previous")
    assert told == tuple(line[name] for name in names)
    assert [found.name] == left(folder)


async def test_it_is_told_how_many_containers_are_saved(saved: Namespace) -> None:
    told: list[tuple[int, int]] = []

    async def news(done: int, total: int) -> None:
        told.append((done, total))

    await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), news)

    assert [(0, 3), (1, 3), (2, 3), (3, 3)] == told


async def test_events_of_all_namespaces_are_saved_one_a_line(
    place: Place, saved: Namespace, folder: Path
) -> None:
    await place.administer({"spec": {"replicas": 4}})
    await wait_for(lambda: _seen(place))
    found = await saved.evidence.take_events(HOUR, custody("R-2"))

    events = [json.loads(line) for line in (folder / found.name).read_text().splitlines()]
    assert EVENTS_OF == found.what
    assert place.ground.namespace in {event["metadata"]["namespace"] for event in events}
    assert len({event["metadata"]["uid"] for event in events}) == len(events)


async def _seen(place: Place) -> bool:
    async with administrator(place.ground.admin) as cluster:
        found = await cluster.get(f"/api/v1/namespaces/{place.ground.namespace}/events")
        return bool(found["items"])


async def test_the_same_request_again_is_answered_with_what_was_saved(saved: Namespace, folder: Path) -> None:
    first = await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)
    again = await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)

    assert (first,) == (again,) == await saved.evidence.of_request("R-1")
    assert [first.name] == left(folder)
    assert 1 == len(manifest(folder))


async def test_the_last_of_the_same_is_found_and_nothing_of_another(saved: Namespace) -> None:
    assert await saved.evidence.newest(f"logs of {NAME}") is None
    await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)
    second = await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-2"), nobody)
    await saved.evidence.take_logs(LogsOf("auditron-worker"), HOUR, custody("R-3"), nobody)

    assert second == await saved.evidence.newest(f"logs of {NAME}")
    assert () == await saved.evidence.of_request("R-4")


async def test_a_line_of_the_manifest_that_is_changed_breaks_the_chain(
    saved: Namespace, folder: Path
) -> None:
    for number in (1, 2, 3):
        await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody(f"R-{number}"), nobody)
    assert () == checked(folder).faults

    path = folder / "manifest.jsonl"
    path.write_text(path.read_text().replace('"request": "R-2"', '"request": "R-9"'))
    assert (BROKEN.format(number=3),) == checked(folder).faults


async def test_a_file_that_was_touched_is_no_longer_whole(saved: Namespace, folder: Path) -> None:
    found = await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)
    with (folder / found.name).open("ab") as file:
        file.write(b"more\n")

    (known,) = await saved.evidence.of_request("R-1")
    assert not known.whole


async def test_what_cannot_be_read_leaves_nothing_that_is_called_evidence(
    saved: Namespace, folder: Path
) -> None:
    for of in (LogsOf("nothing-here"), LogsOf(NAME, container="no-such")):
        with pytest.raises(DoNotRetry):
            await saved.evidence.take_logs(of, HOUR, custody("R-1"), nobody)

    assert [] == left(folder)
    assert () == await saved.evidence.of_request("R-1")


async def test_too_much_is_refused_and_leaves_nothing(
    connect: Callable[..., Namespace], ground: Ground, folder: Path
) -> None:
    small = connect(ground.bot, namespace=ground.namespace, evidence=folder, evidence_mib=0)
    with pytest.raises(DoNotRetry, match="half of it is no evidence") as no:
        await small.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)

    assert "too-much" == no.value.code
    assert [] == left(folder)


async def test_without_a_folder_it_is_refused_with_the_setting_to_set(
    connect: Callable[..., Namespace], ground: Ground, tmp_path: Path
) -> None:
    none = connect(ground.bot, namespace=ground.namespace, evidence=None)
    with pytest.raises(DoNotRetry, match="Set COUNTERSIGN_EVIDENCE"):
        await none.evidence.ready()
    away = connect(ground.bot, namespace=ground.namespace, evidence=tmp_path / "not-mounted")
    with pytest.raises(DoNotRetry, match="no such folder"):
        await away.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)
    assert not (tmp_path / "not-mounted").exists()


async def test_containers_are_kept_while_their_evidence_is_new_and_whole(
    saved: Namespace, folder: Path
) -> None:
    """What the gate `evidence-kept` asks (PF-51)."""
    whose = await saved.logs.containers(LogsOf(NAME))
    assert frozenset() == await saved.evidence.kept(whose, HOUR)
    now = Custody("R-1", (), (), "data exposure", datetime.now(UTC))
    found = await saved.evidence.take_logs(LogsOf(NAME), HOUR, now, nobody)

    assert frozenset(whose) == await saved.evidence.kept((*whose, "another"), HOUR)
    assert frozenset() == await saved.evidence.kept(whose, 2 * HOUR), "it does not go back so far"
    with (folder / found.name).open("ab") as file:
        file.write(b"more\n")
    assert frozenset() == await saved.evidence.kept(whose, HOUR)


async def test_evidence_of_long_ago_keeps_nothing(saved: Namespace) -> None:
    whose = await saved.logs.containers(LogsOf(NAME))
    await saved.evidence.take_logs(LogsOf(NAME), HOUR, custody("R-1"), nobody)

    assert custody("R-1").at < datetime.now(UTC) - HOUR
    assert frozenset() == await saved.evidence.kept(whose, HOUR)


class Answers:
    """A ledger's answers. `away`: it does not answer."""

    def __init__(self, *, away: bool = False) -> None:
        self.away = away

    async def fetch(self, name: str, since: timedelta) -> Record:
        if self.away:
            raise TryAgainLater("The API cannot be reached.")
        return Record(b'{"receipts": [{"receipt_id": "rcpt-1"}]}', ("Access receipts: 1 rows.",))


async def preserved(namespace: Namespace, request: str = "R-1") -> Verified:
    wanted = await asked(namespace, request)
    done = await PRESERVE.run(namespace, wanted)
    assert done == await PRESERVE.ask(namespace, wanted)
    return done


async def asked(namespace: Namespace, request: str = "R-1") -> Order:
    params = PRESERVE.params.model_validate({"evidence": "exposure"})
    return order(request, params, (await PRESERVE.look(namespace, params)).sealed)


@pytest.fixture
def incident(connect: Callable[..., Namespace], ground: Ground, folder: Path) -> Callable[..., Namespace]:
    def opened(**more: bool) -> Namespace:
        options = {"evidence": folder, "records": Answers(**more), "rules": EXPOSURE}
        return connect(ground.bot, namespace=ground.namespace, **options)

    return opened


async def test_a_set_saves_logs_and_answers_each_as_a_file_of_one_request(
    incident: Callable[..., Namespace], folder: Path
) -> None:
    """PF-51: logs and receipts, with the same custody, in the same chain."""
    done = await preserved(incident())

    logs, receipts = manifest(folder)
    assert ["R-1", "R-1"] == [logs["request"], receipts["request"]]
    assert [f"logs of app={NAME}", "answers of receipts"] == [logs["what"], receipts["what"]]
    assert b"rcpt-1" in (folder / receipts["file"]).read_bytes()
    assert receipts["file"].endswith("-R-1.json")
    assert () == checked(folder).faults
    assert logs["asked_by"] == receipts["asked_by"] == ["O2 Omar (U02OMAR)"]
    told = " ".join(done.lines)
    assert all(one in told for one in (logs["sha256"], receipts["sha256"], "Access receipts: 1 rows."))


async def test_a_part_that_cannot_be_had_is_told_and_the_rest_is_saved(
    incident: Callable[..., Namespace], folder: Path
) -> None:
    wanted = await asked(incident())
    with pytest.raises(StoppedMidway, match="answers of receipts are not saved: The API cannot be") as stop:
        await PRESERVE.run(incident(away=True), wanted)

    assert [f"logs of app={NAME}"] == [one["what"] for one in manifest(folder)]
    assert manifest(folder)[0]["sha256"] in " ".join(stop.value.lines)
    assert await PRESERVE.ask(incident(), wanted) is None


async def test_who_takes_over_saves_what_is_missing_and_nothing_twice(
    incident: Callable[..., Namespace], folder: Path
) -> None:
    wanted = await asked(incident())
    with pytest.raises(StoppedMidway):
        await PRESERVE.run(incident(away=True), wanted)
    (first,) = manifest(folder)

    await PRESERVE.run(incident(), wanted)

    assert first == manifest(folder)[0]
    assert 2 == len(manifest(folder)) == len(await incident().evidence.of_request("R-1"))


async def test_a_set_that_policy_does_not_list_is_refused(incident: Callable[..., Namespace]) -> None:
    with pytest.raises(DoNotRetry, match=r"everything is no evidence that policy lists.*exposure"):
        await PRESERVE.look(incident(), PRESERVE.params.model_validate({"evidence": "everything"}))
