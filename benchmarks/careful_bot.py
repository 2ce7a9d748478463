"""The naive bot, doubting: `python -m benchmarks.careful_bot SLACK_API_URL KUBECONFIG REDIS_URL`.

Before its effect it records the event, reads the message, the person and their group from Slack, looks at
the deployment, asks the cluster for a dry run, and keeps a claim: straight through, with the libraries that
Countersign uses. There is no policy, no seal, no record, no recovery and no other replica. Nobody who wants
these answers before a change takes less than it does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from kubernetes.aio import client, config
from redis.asyncio import Redis
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.cluster_sink import NAMESPACE
from benchmarks.load import PATH
from benchmarks.naive_bot import make_app
from benchmarks.serving import serve

GROUP = "S03ONCALL"


class Doubtful(Exception):
    """What Slack says is not what the event said."""


class Careful:
    """Looks at everything that an approval stands on."""

    def __init__(self, cluster: client.AppsV1Api, store: Redis) -> None:
        self._cluster = cluster
        self._store = store

    async def look(
        self, slack: AsyncWebClient, event: dict[str, Any], deployment: str, replicas: int
    ) -> None:
        """Raises Doubtful where Slack or the cluster says otherwise."""
        await self._keep("recorded", event)
        channel, thread, user = event["channel"], event["thread_ts"], event["user"]
        replies, person, _, found = await asyncio.gather(
            slack.conversations_replies(
                channel=channel, ts=thread, oldest=event["ts"], inclusive=True, limit=1
            ),
            slack.users_info(user=user),
            slack.usergroups_users_list(usergroup=GROUP),
            self._cluster.read_namespaced_deployment(deployment, NAMESPACE),
        )
        said = [one for one in replies["messages"] if one["ts"] == event["ts"]]
        if not said or said[0]["text"] != event["text"] or person["user"]["deleted"]:
            raise Doubtful(event["ts"])
        await self._keep("approved", event)
        body = {"metadata": {"resourceVersion": _version(found)}, "spec": {"replicas": replicas}}
        await self._cluster.patch_namespaced_deployment(deployment, NAMESPACE, body, dry_run="All")
        await self._keep("claimed", event)

    async def _keep(self, what: str, event: dict[str, Any]) -> None:
        await self._store.xadd("inbox", {what: json.dumps(event)})


def _version(found: Any) -> str:
    return str(found.metadata.resource_version)


async def main(slack_api: str, kubeconfig: str, redis_url: str) -> None:
    await config.load_kube_config(config_file=kubeconfig)  # type: ignore[no-untyped-call]
    store: Redis = Redis.from_url(redis_url)
    async with client.ApiClient() as connection:
        cluster = client.AppsV1Api(connection)
        await serve(make_app(slack_api, cluster, Careful(cluster, store).look).web_app(PATH))
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
