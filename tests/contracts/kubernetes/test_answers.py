"""Every way in which a cluster can answer badly, or not at all, says what to do next."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.systems.kubernetes.namespace import Namespace
from handlers.actions.kubernetes.objects import Deployment, Revision
from handlers.errors import CountersignError, DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from tests.contracts.kubernetes.ground import Ground
from tests.contracts.kubernetes.place import NAME, stamp
from tests.contracts.kubernetes.scripted import (
    WAITING,
    Answer,
    Scripted,
    answer,
    cut,
    cut_in_the_middle,
    scripted,
    status,
)

Connect = Callable[..., Namespace]
PERMITTED = "does not let the bot {verb} deployments.apps in namespace {namespace}"


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    async with scripted() as opened:
        yield opened


@pytest.fixture
def namespace(server: Scripted, connect: Connect, tmp_path: Path) -> Namespace:
    return connect(server.write_kubeconfig(tmp_path / "scripted"), seconds=1.0, rollout_wait=0.5)


async def seen(namespace: Namespace, server: Scripted) -> Deployment:
    """A deployment as it is read before the server begins to answer badly."""
    held, server.answers = server.answers, [answer(200, WAITING)]
    found = await namespace.deployment(NAME)
    server.answers = held
    server.asked.clear()
    return found


async def hang(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


async def huge(request: web.Request) -> web.StreamResponse:
    """Much more than any deployment, as long as somebody reads."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while True:
        await response.write(b" " * 1_000_000)


CAUSE = {"field": "spec.template.spec", "reason": "FieldValueInvalid", "message": "Invalid value: 's3cret'"}
INVALID = status(422, "Invalid", "Invalid value: 's3cret'", causes=[CAUSE])
QUOTA = status(403, "Forbidden", 'pods "x" is forbidden: exceeded quota: pods, requested: pods=1')
DENIED = status(
    422,
    "Invalid",
    "deployments.apps is forbidden: ValidatingAdmissionPolicy 'few' denied: four pods are enough here",
    causes=[{"message": "ValidatingAdmissionPolicy 'few' denied: four pods are enough here"}],
)
UNFIT = status(422, "Invalid", "the server rejected our request due to an error in our request")
BAD = [
    (401, status(401, "Unauthorized"), DoNotRetry, DoNotRetry, "does not accept the bot's credentials"),
    (403, status(403, "Forbidden"), DoNotRetry, DoNotRetry, "does not let the bot"),
    (403, QUOTA, DoNotRetry, DoNotRetry, "The cluster refuses it: .*exceeded quota: pods"),
    (422, DENIED, DoNotRetry, DoNotRetry, "The cluster refuses it: .*four pods are enough here"),
    (
        404,
        status(404, "NotFound"),
        DoNotRetry,
        DoNotRetry,
        "There is no deployment auditron-api in namespace",
    ),
    (404, "<html>not here</html>", DoNotRetry, DoNotRetry, "is no Kubernetes API .status 404"),
    (409, status(409, "Conflict"), TryAgainLater, TargetChanged, "409|was changed by somebody else"),
    (410, status(410, "Expired"), TryAgainLater, TryAgainLater, "answered 410"),
    (422, INVALID, DoNotRetry, DoNotRetry, "that it cannot be so: spec.template.spec .FieldValueInvalid"),
    (422, UNFIT, DoNotRetry, DoNotRetry, "error in our request"),
    (500, status(500, "InternalError"), TryAgainLater, OutcomeUnknown, "an error of its own .500"),
    (503, status(503, "ServiceUnavailable"), TryAgainLater, OutcomeUnknown, "an error of its own .503"),
    (504, status(504, "Timeout"), TryAgainLater, OutcomeUnknown, "an error of its own .504"),
    (502, "<html>bad gateway</html>", TryAgainLater, OutcomeUnknown, "an error of its own .502"),
    (200, "<html>welcome</html>", DoNotRetry, OutcomeUnknown, "is no Kubernetes API .status 200"),
    (200, [], DoNotRetry, OutcomeUnknown, "is no Kubernetes API"),
    (200, {"metadata": {}}, DoNotRetry, OutcomeUnknown, "not what its API promises .metadata.name"),
]


@pytest.mark.parametrize(("code", "body", "reading", "writing", "words"), BAD)
async def test_each_status_says_what_to_do_next(
    namespace: Namespace,
    server: Scripted,
    code: int,
    body: object,
    reading: type[CountersignError],
    writing: type[CountersignError],
    words: str,
) -> None:
    found = await seen(namespace, server)
    server.answers = [answer(code, body)]

    with pytest.raises(reading, match=words) as looked:
        await namespace.deployment(NAME)
    with pytest.raises(writing, match=words) as wrote:
        await namespace.scale(found, stamp("R-1"), 5)
    assert "s3cret" not in f"{looked.value} {wrote.value}"


@pytest.mark.parametrize("bad", [cut, cut_in_the_middle, hang, huge])
async def test_a_lost_answer_may_have_had_its_effect_only_when_it_was_a_write(
    namespace: Namespace, server: Scripted, bad: Answer
) -> None:
    found = await seen(namespace, server)
    server.answers = [bad]

    with pytest.raises(TryAgainLater):
        await namespace.deployment(NAME)
    with pytest.raises(OutcomeUnknown):
        await namespace.scale(found, stamp("R-1"), 5)


async def test_a_write_that_found_nobody_has_had_no_effect(
    server: Scripted, connect: Connect, tmp_path: Path
) -> None:
    found = await seen(connect(server.write_kubeconfig(tmp_path / "there")), server)
    server.url = "http://127.0.0.1:9"
    nowhere = connect(server.write_kubeconfig(tmp_path / "nowhere"))

    with pytest.raises(TryAgainLater, match="cannot be reached"):
        await nowhere.scale(found, stamp("R-1"), 5)


async def test_an_answer_from_elsewhere_is_not_believed(namespace: Namespace, server: Scripted) -> None:
    found = await seen(namespace, server)
    server.answers = [answer(307, {}, Location="/elsewhere"), answer(200, WAITING)]

    with pytest.raises(OutcomeUnknown, match="answered 307"):
        await namespace.scale(found, stamp("R-1"), 5)


async def test_a_busy_cluster_is_asked_again_when_it_says_so(namespace: Namespace, server: Scripted) -> None:
    busy = answer(429, status(429, "TooManyRequests"), **{"Retry-After": "0"})
    server.answers = [busy, busy, answer(200, WAITING)]

    assert NAME == (await namespace.deployment(NAME)).name
    assert 3 == len(server.asked)


async def test_a_cluster_that_wants_much_patience_is_told_as_away(
    namespace: Namespace, server: Scripted
) -> None:
    server.answers = [answer(429, status(429, "TooManyRequests", retryAfterSeconds=60))]

    with pytest.raises(TryAgainLater, match="too busy") as later:
        await namespace.deployment(NAME)
    assert 60.0 == later.value.after
    assert 1 == len(server.asked)


async def test_a_renewed_token_is_read_from_the_file_when_the_old_one_has_expired(
    namespace: Namespace, server: Scripted, tmp_path: Path
) -> None:
    await seen(namespace, server)
    server.answers = [answer(401, status(401, "Unauthorized")), answer(200, WAITING)]
    server.write_kubeconfig(tmp_path / "scripted", renewed=True)

    assert NAME == (await namespace.deployment(NAME)).name
    assert ["Bearer a-token", "Bearer renewed"] == [token for *_, token in server.asked]


async def test_a_test_of_a_json_patch_that_fails_is_a_change_and_a_fault_of_a_field_is_not(
    namespace: Namespace, server: Scripted
) -> None:
    found = await seen(namespace, server)
    earlier = {
        "metadata": {
            "name": "auditron-api-1",
            "annotations": {"deployment.kubernetes.io/revision": "3"},
            "ownerReferences": [{"uid": "u-1", "controller": True}],
        },
        "spec": {"template": WAITING["spec"]["template"]},
    }
    listed = answer(200, {"items": [earlier]})
    server.answers = [listed]
    (to,) = await namespace.revisions(found)

    for body, error in ((UNFIT, TargetChanged), (INVALID, DoNotRetry)):
        server.answers = [listed, answer(422, body)]
        with pytest.raises(error):
            await namespace.roll_back(found, stamp("R-1"), to)


async def test_a_revision_that_is_gone_is_not_rolled_back_to(namespace: Namespace, server: Scripted) -> None:
    found = await seen(namespace, server)
    server.answers = [answer(200, {"items": None})]
    gone = Revision(3, found.template, "hash", "", 0, age=timedelta(0))

    with pytest.raises(TargetChanged, match="revision 3"):
        await namespace.roll_back(found, stamp("R-1"), gone)
    assert [] == [one for one in server.asked if one[0] == "PATCH"]


async def test_a_missing_permission_is_named_by_verb_resource_and_namespace(
    ground: Ground, connect: Connect
) -> None:
    reader = connect(ground.reader, namespace=ground.namespace)
    found = await reader.deployment(NAME)

    told = PERMITTED.format(verb="patch", namespace=ground.namespace)
    with pytest.raises(DoNotRetry, match=told) as no:
        await reader.scale(found, stamp("R-1"), 5)
    assert "403" == no.value.code


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "not: [yaml",
        '{"current-context": "missing"}',
        '["a list"]',
        "\x00",
        '{"current-context": "c", "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],'
        ' "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],'
        ' "users": [{"name": "u", "token": "s3cret"}]}',
    ],
)
async def test_credentials_that_cannot_be_used_are_told_without_their_values(
    connect: Connect, tmp_path: Path, written: str | None
) -> None:
    kubeconfig = tmp_path / "broken"
    if written is not None:
        kubeconfig.write_text(written)

    with pytest.raises(DoNotRetry, match="credentials of the cluster cannot be used") as no:
        await connect(kubeconfig).deployment(NAME)
    assert "not-configured" == no.value.code
    assert "s3cret" not in "".join(traceback.format_exception(no.value))
