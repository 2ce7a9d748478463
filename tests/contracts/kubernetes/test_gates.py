"""What must be saved before something goes: judged from the manifests of the folders (PF-51, PF-58)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyrage import x25519

from bot.systems.kubernetes.backups import FOLDER, RECIPIENT
from bot.systems.kubernetes.namespace import Namespace
from handlers.actions import Observation
from handlers.actions.kubernetes import KIND
from handlers.actions.kubernetes.evidence_ports import Custody
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.actions.kubernetes.vocabulary import IsolateParams
from handlers.actions.registry import REGISTRY
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.objects import ROTATE, RULES, SECRET, Objects, change
from tests.contracts.kubernetes.place import NAME, Place
from tests.contracts.kubernetes.waiting import wait_for

HOUR = timedelta(hours=1)
GATES = {"isolate": {"evidence-kept": HOUR}, "rotate-secret": {"backed-up": HOUR}}
BACKUP = change("backup-secrets", SECRET)


def judged(seen: Observation) -> tuple[bool, str]:
    """Whether the one criterion is met, and what the card says about it."""
    (criterion,) = seen.criteria
    return criterion.met, dict(seen.shown)[
        {"backed-up": "Backup", "evidence-kept": "Evidence"}[criterion.name]
    ]


@pytest.fixture
async def objects(ground: Ground, connect: Callable[..., Namespace], tmp_path: Path) -> Objects:
    folder = tmp_path / "backups"
    folder.mkdir()
    environment = {FOLDER: str(folder), RECIPIENT: str(x25519.Identity.generate().to_public())}
    namespace = connect(ground.bot, namespace=ground.namespace, rules=RULES, backups=environment, gates=GATES)
    made = Objects(namespace, ground)
    await made.make()
    return made


async def rotation(objects: Objects) -> tuple[bool, str]:
    return judged(await ROTATE.action.look(objects.namespace, ROTATE.params))


async def test_a_secret_is_backed_up_while_the_very_version_is_in_a_whole_file(
    objects: Objects, tmp_path: Path
) -> None:
    assert (
        False,
        "none of it as it stands now within the last 1h: `backup-secrets` first; this card is then renewed",
    ) == (await rotation(objects))

    await BACKUP.action.run(objects.namespace, await BACKUP.order(objects))
    met, told = await rotation(objects)
    assert met
    assert "as it stands now, in " in told

    (file,) = (tmp_path / "backups").glob("*.age")
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert not (await rotation(objects))[0], "its file was cut"
    file.write_bytes(whole)
    assert (await rotation(objects))[0]

    await objects.administer(SECRET, {"metadata": {"annotations": {"somebody": "was here"}}})
    assert not (await rotation(objects))[0], "another version is there now"


async def test_a_backup_of_long_ago_is_none(
    objects: Objects, connect: Callable[..., Namespace], tmp_path: Path
) -> None:
    wanted = await BACKUP.order(objects)
    await BACKUP.action.run(objects.namespace, wanted)
    secret = await objects.namespace.secrets.read(SECRET)
    backups = objects.namespace.backups

    assert await backups.of_version(secret.uid, secret.resource_version, HOUR) is not None
    assert await backups.of_version(secret.uid, secret.resource_version, timedelta(0)) is None
    assert await backups.of_version("another", secret.resource_version, HOUR) is None


async def test_without_a_folder_nothing_is_backed_up_and_the_card_says_why(
    ground: Ground, connect: Callable[..., Namespace]
) -> None:
    made = Objects(connect(ground.bot, namespace=ground.namespace, rules=RULES, gates=GATES), ground)
    await made.make()

    met, told = await rotation(made)

    assert not met
    assert "Set COUNTERSIGN_BACKUPS" in told


# -- evidence


@pytest.fixture
def saved(connect: Callable[..., Namespace], ground: Ground, tmp_path: Path) -> Place:
    folder = tmp_path / "evidence"
    folder.mkdir()
    return Place(connect(ground.bot, namespace=ground.namespace, evidence=folder, gates=GATES), ground)


async def isolation(place: Place) -> tuple[bool, str]:
    action = REGISTRY.find((KIND,), "isolate")
    return judged(await action.look(place.namespace, IsolateParams(deployment=NAME)))


async def save(place: Place, request: str = "R-1") -> None:
    async def nobody(done: int, total: int) -> None:
        """Nobody wants to know."""

    custody = Custody(request, ("O2 Omar (U02OMAR)",), (), "data exposure", datetime.now(UTC))
    await place.namespace.evidence.take_logs(LogsOf(name=NAME), HOUR, custody, nobody)


async def test_evidence_is_kept_once_every_container_s_logs_are_saved(saved: Place) -> None:
    met, told = await isolation(saved)
    assert not met
    assert f"not saved yet: {NAME}-" in told

    await save(saved)

    assert (True, "the logs of all its containers are saved within the last 1h") == await isolation(saved)


async def test_a_pod_that_came_since_is_named(saved: Place) -> None:
    await save(saved)
    await saved.administer({"spec": {"replicas": 4}})
    await wait_for(saved.at_rest)

    met, told = await isolation(saved)

    assert not met
    assert 1 == told.partition(". Save")[0].count(f"{NAME}-")


async def test_what_has_no_pods_has_nothing_to_lose(saved: Place) -> None:
    await saved.administer({"spec": {"replicas": 0}})
    await wait_for(lambda: _without_pods(saved))

    assert (await isolation(saved))[0]


async def _without_pods(place: Place) -> bool:
    return not any(one.name.startswith(f"{NAME}-") for one in await place.namespace.pods())


async def test_without_a_folder_nothing_is_kept_and_the_card_says_why(
    ground: Ground, connect: Callable[..., Namespace]
) -> None:
    place = Place(connect(ground.bot, namespace=ground.namespace, evidence=None, gates=GATES), ground)

    met, told = await isolation(place)

    assert not met
    assert "Set COUNTERSIGN_EVIDENCE" in told


async def test_without_the_gate_in_policy_nothing_is_judged(place: Place) -> None:
    action = REGISTRY.find((KIND,), "isolate")

    assert () == (await action.look(place.namespace, IsolateParams(deployment=NAME))).criteria
