"""A tutorial's approval bot: `python -m benchmarks.naive_bot SLACK_API_URL KUBECONFIG`.

It remembers requests in a dictionary, believes every event, checks one list of names and writes to the
cluster with the client that Countersign uses. After a crash it knows nothing, and an edit, a replay or a
second click would count. It is what the price of the promises is measured against.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from kubernetes.aio import client, config
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.cluster_sink import NAMESPACE
from benchmarks.load import BOT_TOKEN, PATH, SIGNING_SECRET
from benchmarks.serving import serve

APPROVERS = frozenset({"U03RUTH", "U03IVO"})
WAITING = "waiting for approval"


Look = Callable[[AsyncWebClient, dict[str, Any], str, int], Awaitable[None]]
"""What a bot does with an event before it causes the effect: on this deployment, to so many replicas."""


async def believe(_: AsyncWebClient, __: dict[str, Any], ___: str, ____: int) -> None:
    """Look at nothing."""


def make_app(slack_api: str, cluster: client.AppsV1Api, look: Look = believe) -> AsyncApp:
    app = AsyncApp(
        token=BOT_TOKEN, signing_secret=SIGNING_SECRET, client=AsyncWebClient(BOT_TOKEN, base_url=slack_api)
    )
    pending: dict[str, tuple[str, int, str]] = {}

    @app.command("/scale")
    async def scale(ack: AsyncAck, command: dict[str, Any], say: AsyncSay) -> None:
        await ack()
        deployment, replicas, *_ = str(command["text"]).split()
        card = await say(f"Scale {deployment} to {replicas}: {WAITING}")
        pending[str(card["ts"])] = (deployment, int(replicas), str(command["user_id"]))

    @app.event("message")
    async def message(event: dict[str, Any], say: AsyncSay) -> None:
        thread, user = str(event.get("thread_ts", "")), str(event.get("user", ""))
        if not str(event.get("text", "")).startswith("APPROVED") or thread not in pending:
            return
        deployment, replicas, requester = pending[thread]
        if user == requester or user not in APPROVERS:
            return
        del pending[thread]
        await look(app.client, event, deployment, replicas)
        await cluster.patch_namespaced_deployment(deployment, NAMESPACE, {"spec": {"replicas": replicas}})
        await say(f"{deployment} has {replicas} replicas now.", thread_ts=thread)

    return app


async def main(slack_api: str, kubeconfig: str) -> None:
    await config.load_kube_config(config_file=kubeconfig)  # type: ignore[no-untyped-call]
    async with client.ApiClient() as connection:
        await serve(make_app(slack_api, client.AppsV1Api(connection)).web_app(PATH))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
