"""Secrets are saved encrypted to a key that the bot does not have, and only that key opens them (PF-58)."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrage import DecryptError, decrypt, x25519

from bot.systems.kubernetes.backups import FOLDER, RECIPIENT
from bot.systems.kubernetes.namespace import Namespace
from handlers.errors import DoNotRetry, OutcomeUnknown
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.objects import OLD_KEY, OTHER_KEY, RULES, SECRET, Objects, change, encoded

KEY = x25519.Identity.generate()
BACKUP = change("backup-secrets", SECRET)


@pytest.fixture
async def objects(ground: Ground, connect: Callable[..., Namespace], tmp_path: Path) -> Objects:
    folder = tmp_path / "backups"
    folder.mkdir()
    environment = {FOLDER: str(folder), RECIPIENT: str(KEY.to_public())}
    namespace = connect(ground.bot, namespace=ground.namespace, rules=RULES, backups=environment)
    made = Objects(namespace, ground)
    await made.make()
    return made


def files(folder: Path) -> list[Path]:
    return sorted((folder / "backups").glob("*.age"))


async def test_what_is_saved_opens_with_the_key_and_can_be_applied_again(
    objects: Objects, tmp_path: Path
) -> None:
    done = await BACKUP.action.run(objects.namespace, await BACKUP.order(objects))

    (saved,) = files(tmp_path)
    opened = json.loads(decrypt(saved.read_bytes(), [KEY]))
    (item,) = opened["items"]
    assert ("List", "Secret", SECRET) == (opened["kind"], item["kind"], item["metadata"]["name"])
    assert {"key": encoded(OLD_KEY), "other": encoded(OTHER_KEY)} == item["data"]
    assert "resourceVersion" not in item["metadata"]
    assert f"Saved, encrypted: {SECRET} in {saved.name} ({saved.stat().st_size} bytes)." == done.lines[0]
    assert hashlib.sha256(saved.read_bytes()).hexdigest() in done.lines[1]
    assert 0o600 == stat.S_IMODE(saved.stat().st_mode)


async def test_no_value_is_in_the_folder_the_seal_or_the_outcome(objects: Objects, tmp_path: Path) -> None:
    wanted = await BACKUP.order(objects)
    done = await BACKUP.action.run(objects.namespace, wanted)

    written = [path.read_bytes() for path in (tmp_path / "backups").rglob("*") if path.is_file()]
    told = repr((wanted, done)).encode() + b"".join(written)
    values = (OLD_KEY, OTHER_KEY, encoded(OLD_KEY), encoded(OTHER_KEY))
    assert [] == [value for value in values if value.encode() in told]
    with pytest.raises(DecryptError):
        decrypt(files(tmp_path)[0].read_bytes(), [x25519.Identity.generate()])


async def test_it_is_saved_once_a_request(objects: Objects, tmp_path: Path) -> None:
    wanted = await BACKUP.order(objects)
    assert await BACKUP.action.ask(objects.namespace, wanted) is None
    done = await BACKUP.action.run(objects.namespace, wanted)

    assert done == await BACKUP.action.ask(objects.namespace, wanted)
    assert done == await BACKUP.action.run(objects.namespace, wanted)
    assert 1 == len(files(tmp_path))


async def test_a_file_that_is_not_what_was_saved_is_told(objects: Objects, tmp_path: Path) -> None:
    wanted = await BACKUP.order(objects)
    await BACKUP.action.run(objects.namespace, wanted)
    (saved,) = files(tmp_path)
    saved.write_bytes(b"something else")

    with pytest.raises(OutcomeUnknown, match="is not what it was"):
        await BACKUP.action.ask(objects.namespace, wanted)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "Set COUNTERSIGN_BACKUPS"),
        ({FOLDER: "/nowhere/at/all", RECIPIENT: str(KEY.to_public())}, "is not there or cannot be written"),
        ({FOLDER: "/", RECIPIENT: "age1nonsense"}, "is no age recipient"),
    ],
)
async def test_what_is_missing_for_a_backup_is_told_before_anybody_approves(
    ground: Ground, connect: Callable[..., Namespace], environment: dict[str, str], told: str
) -> None:
    namespace = connect(ground.bot, namespace=ground.namespace, rules=RULES, backups=environment)

    with pytest.raises(DoNotRetry, match=told):
        await BACKUP.action.look(namespace, BACKUP.params)
