"""`handlers.actions.kubernetes.ports.KubernetesNamespace` on a real API server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.redaction.redactor import Redactor
from bot.systems.kubernetes import guards, objects, patches, pod_objects
from bot.systems.kubernetes.answers import CHANGED
from bot.systems.kubernetes.applied import AppliedManifests
from bot.systems.kubernetes.backups import NO_BACKUPS, BackupsOfNamespace
from bot.systems.kubernetes.calls import AUTOSCALERS, BUDGETS, DEPLOYMENTS, PODS, REPLICASETS, Call, Json
from bot.systems.kubernetes.config_maps import ConfigMapsOfCluster
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.evidence import MOST_MIB, EvidenceOfNamespace
from bot.systems.kubernetes.isolation import IsolationsOfNamespace
from bot.systems.kubernetes.jobs import JobsOfCluster
from bot.systems.kubernetes.logs import FOLLOWED, LogsOfNamespace
from bot.systems.kubernetes.nodes import NO_NODES, NodeRules, NodesOfCluster
from bot.systems.kubernetes.rehearsal import Rehearsal
from bot.systems.kubernetes.secrets import SecretsOfCluster
from bot.systems.kubernetes.view import NOT_LISTED, ViewOfCluster
from bot.systems.kubernetes.wire import items
from bot.systems.records import Records
from handlers.actions.kubernetes.logs_ports import LogSystem
from handlers.actions.kubernetes.objects import (
    Autoscaler,
    Change,
    Deployment,
    News,
    Pod,
    Revision,
    Stamp,
    Surroundings,
)
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from policies.cluster import NOTHING_LISTED, ClusterRules

Gates = Mapping[str, Mapping[str, timedelta]]
NO_GATES: Gates = {}
ROLLOUT_WAIT = 20.0
"""Seconds that an action waits for the pods before it tells how far they have come."""
_POLL_SECONDS = 0.5


async def _no_news(_: Deployment) -> None:
    """Nobody asked for it."""


class Namespace:
    """One namespace. `listed` are the deployments that may be touched; empty means all of them. `rules` are
    what policy lists beside them.

    `now` gives the time that ages are counted from, `rollout_wait` bounds `settling`, in seconds. `raw_logs`
    is whether lines of logs may leave; `logs_also` are deployments that may be read and not touched.
    `node_rules` say which nodes may be touched.
    `evidence` is the folder of evidence files, of at most `evidence_mib` each, and `records` what else of the
    system can be kept there; `followed` bounds the lines of a container between two looks. `backups` is the
    environment that says where secrets are saved, `log_system` where all logs are. `gates` are those of each
    action that ask for what was done within a time.
    """

    def __init__(
        self,
        connection: Connection,
        namespace: str,
        now: Callable[[], datetime],
        *,
        listed: Sequence[str] = (),
        rollout_wait: float = ROLLOUT_WAIT,
        raw_logs: bool = True,
        logs_also: Sequence[str] = (),
        rules: ClusterRules = NOTHING_LISTED,
        node_rules: NodeRules = NO_NODES,
        evidence: Path | None = None,
        evidence_mib: int = MOST_MIB,
        followed: int = FOLLOWED,
        backups: Mapping[str, str] = NO_BACKUPS,
        records: Records | None = None,
        log_system: LogSystem | None = None,
        gates: Gates = NO_GATES,
    ) -> None:
        self._connection = connection
        self._namespace = namespace
        self._now = now
        self._listed = tuple(listed)
        self._rollout_wait = rollout_wait
        self._raw_logs = raw_logs
        self._logs_also = tuple(logs_also)
        self.rules = rules
        self._redactor = Redactor()
        self._gates = gates
        self.view = ViewOfCluster(connection, namespace, now, listed)
        self.config_maps = ConfigMapsOfCluster(connection, namespace)
        self.secrets = SecretsOfCluster(connection, namespace)
        self._node_rules = node_rules
        self.nodes = NodesOfCluster(connection, node_rules)
        self.manifests = AppliedManifests(connection, namespace)
        self.isolation = IsolationsOfNamespace(connection, namespace, self._deployment)
        self.jobs = JobsOfCluster(connection, namespace, now, raw_logs=raw_logs)
        readable = (*self._listed, *logs_also) if self._listed else ()
        self._logs = LogsOfNamespace(
            connection,
            namespace,
            listed=readable,
            may_be_shown=raw_logs,
            followed=followed,
            elsewhere=log_system,
        )
        self.backups = BackupsOfNamespace(connection, namespace, backups, now)
        self._evidence = EvidenceOfNamespace(
            connection, namespace, evidence, now, listed=readable, most_mib=evidence_mib, records=records
        )

    @property
    def place(self) -> str:
        """Its name, and the context of the kubeconfig where policy names one."""
        context = self._connection.context
        return f"{self._namespace} ({context})" if context else self._namespace

    def within(self, action: str, gate: str) -> timedelta | None:
        """How recent what a gate asks for must be."""
        return self._gates.get(action, {}).get(gate)

    @property
    def evidence(self) -> EvidenceOfNamespace:
        """What is saved before anything is repaired."""
        return self._evidence

    @property
    def logs(self) -> LogsOfNamespace:
        """The logs of its pods."""
        return self._logs

    async def pods(self) -> tuple[Pod, ...]:
        """Every pod of the namespace."""
        return tuple(one.pod for one in await self.view.pods())

    async def deployment(self, name: str) -> Deployment:
        """A deployment as it stands."""
        return objects.deployment(await self._deployment(name))

    async def _deployment(self, name: str) -> Json:
        if self._listed and name not in self._listed:
            raise DoNotRetry(NOT_LISTED.format(name=name, listed=", ".join(self._listed)), "not-listed")
        return await self._connection.call(Call("get", DEPLOYMENTS, self._namespace, name))

    async def autoscaler(self, name: str) -> Autoscaler | None:
        """The autoscaler that a deployment has, if any."""
        bounds = (objects.autoscaler_of(one, name) for one in await self._list(AUTOSCALERS))
        return next((one for one in bounds if one is not None), None)

    async def surroundings(self, of: Deployment) -> Surroundings:
        """Its pods, the budgets that select them, its autoscaler; asked for at once."""
        pods = Call("list", PODS, self._namespace, query={"labelSelector": of.selector})
        found, budgets, scaler = await asyncio.gather(
            self._connection.call(pods), self._list(BUDGETS), self.autoscaler(of.name)
        )
        return Surroundings(
            pods=tuple(pod_objects.pod(one, self._now()) for one in items(found)),
            budgets=tuple(guards.budget(one) for one in budgets if guards.guards(one, of.labels)),
            autoscaler=scaler,
        )

    async def revisions(self, of: Deployment) -> tuple[Revision, ...]:
        """The templates that the cluster still knows, newest first."""
        found = [objects.revision(one, self._now()) for one in await self._replicasets(of)]
        # A cause may be a whole command line, as `kubectl --record` writes it.
        causes = (await self._redactor.each([one.cause for one in found])).lines
        found = [replace(one, cause=cause) for one, cause in zip(found, causes, strict=True)]
        return tuple(sorted(found, key=lambda one: one.number, reverse=True))

    async def scale(self, seen: Deployment, stamp: Stamp, replicas: int) -> Deployment:
        """Set spec.replicas."""
        return await self._patch(seen, patches.scaled(seen, stamp, replicas))

    async def restart(self, seen: Deployment, stamp: Stamp) -> Deployment:
        """Have every pod replaced."""
        return await self._patch(seen, patches.restarted(seen, stamp))

    async def set_image(self, seen: Deployment, stamp: Stamp, container: str, image: str) -> Deployment:
        """Give one container another image."""
        return await self._patch(seen, patches.image_set(seen, stamp, container, image))

    async def pause(self, seen: Deployment, stamp: Stamp, paused: bool) -> Deployment:
        """Stop the rollout where it is, or let it go on."""
        return await self._patch(seen, patches.paused(seen, stamp, paused))

    async def roll_back(self, seen: Deployment, stamp: Stamp, to: Revision) -> Deployment:
        """Put an earlier template back, whole: with the fields that this client does not know."""
        for one in await self._replicasets(seen):
            known = objects.revision(one, self._now())
            if (known.number, known.template) == (to.number, to.template):
                patch = patches.rolled_back(seen, stamp, one["spec"]["template"], known.cause)
                return await self._patch(seen, patch)
        raise TargetChanged(CHANGED.format(what=f"revision {to.number} of {seen.name}"))

    async def troubles(self, of: Deployment) -> tuple[str, ...]:
        """Why pods of a deployment do not come up, a reason for each that does not."""
        sets = {str(one["metadata"].get("uid", "")) for one in await self._replicasets(of)}
        pods = await self._list(PODS)
        mine = (one for one in pods if any(objects.owned_by(one, uid) for uid in sets))
        return tuple(filter(None, map(pod_objects.trouble, mine)))

    async def rehearse(self, write: Callable[[Namespace], Awaitable[object]]) -> tuple[Change, ...]:
        """Everything that `write` asks for, as dry runs."""
        rehearsal = Rehearsal(self._connection)
        await write(self._through(rehearsal))
        return tuple(rehearsal.changes)

    def _through(self, connection: Connection) -> Namespace:
        """The same namespace: made anew, so that nothing in it holds the real connection."""
        return Namespace(
            connection,
            self._namespace,
            self._now,
            listed=self._listed,
            rollout_wait=self._rollout_wait,
            raw_logs=self._raw_logs,
            logs_also=self._logs_also,
            rules=self.rules,
            node_rules=self._node_rules,
        )

    async def settling(self, written: Deployment, news: News = _no_news) -> Deployment:
        """Wait a bounded time for the rollout to end; the deployment as it was last read.

        A cluster that goes away meanwhile ends the waiting: that the write was stored is known already.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._rollout_wait
        now = written
        while True:
            try:
                now = await self.deployment(written.name)
            except (TryAgainLater, DoNotRetry, OutcomeUnknown):
                return now
            await news(now)
            if now.settled or (now.rollout.seen and now.rollout.stuck) or loop.time() >= end:
                return now
            await asyncio.sleep(_POLL_SECONDS)

    async def _list(self, resource: str) -> tuple[Json, ...]:
        return items(await self._connection.call(Call("list", resource, self._namespace)))

    async def _replicasets(self, of: Deployment) -> tuple[Json, ...]:
        found = await self._list(REPLICASETS)
        return tuple(one for one in found if objects.owned_by(one, of.uid))

    async def _patch(self, seen: Deployment, patch: Json | list[Json]) -> Deployment:
        call = Call("patch", DEPLOYMENTS, self._namespace, seen.name, patch, seen=seen.told)
        found = await self._connection.call(call)
        try:
            return objects.deployment(found)
        except DoNotRetry as strange:
            raise OutcomeUnknown(str(strange)) from strange
