"""A namespace is opened from the settings of its policy file and the environment of the process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.systems.kubernetes.opening import listed, opened
from handlers.errors import DoNotRetry, TryAgainLater
from sandbox.cluster import PracticeCluster
from tests.contracts.kubernetes.scripted import WAITING, after, answer, scripted

IN_A_POD = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}


async def test_settings_name_the_namespace_and_what_may_be_touched(
    practice: PracticeCluster, tmp_path: Path
) -> None:
    environment = {"KUBECONFIG": str(practice.write_kubeconfig(tmp_path / "kubeconfig"))}
    settings = {"namespace": "clinchat-rag", "deployments": "clinchat-rag-api, otel-collector"}

    async with opened(settings, SystemClock(), environment) as namespace:
        assert 3 == (await namespace.deployment("clinchat-rag-api")).replicas
        with pytest.raises(DoNotRetry, match="It lists: clinchat-rag-api, otel-collector"):
            await namespace.deployment("ledger")


async def test_a_context_picks_another_cluster_and_an_unknown_one_is_told(
    practice: PracticeCluster, tmp_path: Path
) -> None:
    environment = {"KUBECONFIG": str(practice.write_kubeconfig(tmp_path / "kubeconfig"))}
    here = {"namespace": "auditron", "context": "practice"}

    async with opened(here, SystemClock(), environment) as namespace:
        assert 6 == len(await namespace.pods())
    async with opened(here | {"context": "elsewhere"}, SystemClock(), environment) as namespace:
        with pytest.raises(DoNotRetry, match=r"cannot be used \(ConfigException\): look at the kubeconfig"):
            await namespace.pods()


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "No cluster is configured: set KUBECONFIG"),
        (IN_A_POD, "look at the service account of the bot's pod"),
    ],
)
async def test_a_cluster_that_is_not_configured_is_told_when_it_is_used(
    environment: dict[str, str], told: str
) -> None:
    async with opened({"namespace": "auditron"}, SystemClock(), environment) as namespace:
        with pytest.raises(DoNotRetry, match=told) as no:
            await namespace.pods()
    assert "not-configured" == no.value.code


async def test_a_token_file_may_end_with_a_newline(practice: PracticeCluster, tmp_path: Path) -> None:
    kubeconfig = practice.write_kubeconfig(tmp_path / "kubeconfig")
    written = json.loads(kubeconfig.read_text())
    (user,) = written["users"]
    (tmp_path / "token").write_text(f"{user['user'].pop('token')}\n")
    user["user"]["tokenFile"] = "token"
    kubeconfig.write_text(json.dumps(written))

    async with opened({"namespace": "auditron"}, SystemClock(), {"KUBECONFIG": str(kubeconfig)}) as namespace:
        assert 6 == len(await namespace.pods())


@pytest.mark.parametrize(
    ("key", "value"), [("server", "not an address"), ("server", "ftp://127.0.0.1"), ("token", "a\nb")]
)
async def test_an_address_or_token_that_cannot_be_one_is_told(
    practice: PracticeCluster, tmp_path: Path, key: str, value: str
) -> None:
    kubeconfig = practice.write_kubeconfig(tmp_path / "kubeconfig")
    written = json.loads(kubeconfig.read_text())
    place = written["clusters"][0]["cluster"] if key == "server" else written["users"][0]["user"]
    place[key] = value
    kubeconfig.write_text(json.dumps(written))

    async with opened({"namespace": "auditron"}, SystemClock(), {"KUBECONFIG": str(kubeconfig)}) as namespace:
        with pytest.raises(DoNotRetry, match="address or the token of the cluster cannot be used") as no:
            await namespace.pods()
    assert "not-configured" == no.value.code


@pytest.mark.parametrize("written", ["20", "soon", "-5s"])
async def test_a_wait_that_is_no_duration_keeps_the_bot_from_starting(written: str) -> None:
    settings = {"namespace": "auditron", "rollout_wait": written}

    with pytest.raises(DoNotRetry, match="rollout_wait"):
        async with opened(settings, SystemClock(), {}):
            pass


@pytest.mark.parametrize("written", ["2m", "0s", "soon"])
async def test_patience_that_is_none_or_without_end_keeps_the_bot_from_starting(written: str) -> None:
    with pytest.raises(DoNotRetry, match="answer_wait"):
        async with opened({"namespace": "auditron", "answer_wait": written}, SystemClock(), {}):
            pass


async def test_policy_says_how_long_an_answer_is_waited_for(tmp_path: Path) -> None:
    async with scripted([after(1.5, answer(200, WAITING))]) as slow:
        environment = {"KUBECONFIG": str(slow.write_kubeconfig(tmp_path / "kubeconfig"))}
        settings = {"namespace": "auditron", "answer_wait": "1s"}
        async with opened(settings, SystemClock(), environment) as namespace:
            with pytest.raises(TryAgainLater, match="did not answer within 1 seconds"):
                await namespace.deployment("auditron-api")
        async with opened(settings | {"answer_wait": "60s"}, SystemClock(), environment) as namespace:
            assert 3 == (await namespace.deployment("auditron-api")).replicas


async def test_impersonation_is_on_or_off_and_nothing_between() -> None:
    settings = {"namespace": "auditron", "impersonate": "sometimes"}

    with pytest.raises(DoNotRetry, match="impersonate is `on` or `off`"):
        async with opened(settings, SystemClock(), {}):
            pass


@pytest.mark.parametrize(
    "settings", [{"namespace": "audit ron"}, {"namespace": "auditron", "deployments": "auditron-api; worker"}]
)
async def test_a_name_that_cannot_be_one_keeps_the_bot_from_starting(settings: dict[str, str]) -> None:
    with pytest.raises(DoNotRetry, match="cannot be the name of anything in a cluster"):
        async with opened(settings, SystemClock(), {}):
            pass


@pytest.mark.parametrize(
    ("written", "names"), [("", ()), (" , ", ()), ("api", ("api",)), ("api, worker ,", ("api", "worker"))]
)
def test_deployments_are_names_with_commas_between_them(written: str, names: tuple[str, ...]) -> None:
    assert names == listed({"deployments": written})
