"""Evicting the pods of a cordoned node: again and again, as their disruption budgets let them go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from handlers.actions import Order, Progress
from handlers.actions.kubernetes import node_wording as wording
from handlers.actions.kubernetes.node_ports import Nodes, PodHere
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TryAgainLater

_FIRST_PAUSE, _LONGEST_PAUSE, _SLOWER = 0.5, 5.0, 1.5
"""Seconds between rounds, and by how much they grow while nothing goes; kubectl waits five."""
_RESERVE, _MOST_RESERVE = 0.25, 30.0
"""The part of the action's time, and the most seconds of it, that are kept for reading back what stands."""

JOB = "Job"


def going(here: Iterable[PodHere]) -> tuple[PodHere, ...]:
    """The pods that a drain moves."""
    return tuple(pod for pod in here if not pod.stays)


def known_workloads(leaving: Iterable[PodHere]) -> list[str]:
    """What an approval names. Jobs come and go by themselves every few minutes: they are noise."""
    return sorted({pod.workload for pod in leaving if pod.kind != JOB})


class Eviction:
    """One drain's evictions. `gone` are the pods that it saw going.

    `again`: an earlier run began it, and what that one moved is not known here.
    """

    def __init__(self, nodes: Nodes, order: Order, way_back: str, *, again: bool = False) -> None:
        self._nodes = nodes
        self._order = order
        self._way_back = way_back
        self._of_which = wording.TAKEN_UP if again else ""
        self._name: str = order.params.node
        self._clock = asyncio.get_running_loop().time
        self._end = self._clock() + order.seconds - min(order.seconds * _RESERVE, _MOST_RESERVE)
        self._seen: dict[str, PodHere] = {}
        self._left: tuple[PodHere, ...] = ()
        self._why: dict[str, str] = {}
        self._told = Progress(0, 0, "")

    @property
    def gone(self) -> tuple[PodHere, ...]:
        left = {pod.uid for pod in self._left}
        return tuple(pod for uid, pod in self._seen.items() if uid not in left)

    async def of_all(self) -> Sequence[PodHere]:
        """Evict until nothing is left that a drain moves; returns the pods that stay.

        Raises StoppedMidway when that cannot be or its time is over, OutcomeUnknown when the cluster is away
        by then.
        """
        pause = _FIRST_PAUSE
        while True:
            away, before = "", len(self.gone)
            try:
                here = await self._look()
                if not self._left:
                    await self._tell()
                    return here
                await self._ask_to_go()
                await self._tell()
            except (TryAgainLater, OutcomeUnknown) as error:
                away = str(error)
            except DoNotRetry as no:
                raise self._stopped(str(no), "" if no.code == "404" else wording.STILL_CORDONED) from no
            if self._clock() >= self._end:
                if away:
                    raise OutcomeUnknown(away)
                left = wording.pods(len(self._left))
                raise self._stopped(wording.OUT_OF_TIME.format(left=left))
            pause = _FIRST_PAUSE if len(self.gone) > before else min(pause * _SLOWER, _LONGEST_PAUSE)
            await asyncio.sleep(min(pause, max(0.0, self._end - self._clock())))

    async def _look(self) -> Sequence[PodHere]:
        """What is there now; nobody may have let the node take pods again."""
        node = await self._nodes.node(self._name)
        here = await self._nodes.pods_on(self._name)
        self._left = going(here)
        self._seen |= {pod.uid: pod for pod in self._left}
        if not node.cordoned or node.uid != self._order.sealed["uid"]:
            raise self._stopped(wording.SOMEBODY_UNCORDONED.format(name=self._name), wording.TAKES_PODS)
        strangers = [pod for pod in self._left if not self._approved(pod)]
        if strangers and len(strangers) == len(self._left):
            raise self._stopped(wording.CAME_LATER.format(left=wording.pods(len(strangers))))
        return here

    def _approved(self, pod: PodHere) -> bool:
        """Whether the approval covers it: it may have been placed here just before the node was cordoned."""
        lost, workloads = self._order.sealed["lost"], self._order.sealed["workloads"]
        covered = pod.workload in workloads and all(pod.workload in lost.get(kind, ()) for kind in pod.loses)
        return pod.kind == JOB or covered

    async def _ask_to_go(self) -> None:
        """One round: each pod that is not going already is asked to, and what keeps it is noted."""
        for pod in self._left:
            if self._clock() >= self._end:
                return
            if pod.ending or not self._approved(pod):
                continue
            why = await self._nodes.evict(pod)
            self._why[pod.uid] = why

    async def _tell(self) -> None:
        held = wording.some(wording.held(self._held()))
        now = Progress(len(self.gone), len(self._seen), f"pods{self._of_which}", held)
        if now != self._told:
            self._told = now
            await self._order.tell(now)

    def _held(self) -> list[tuple[str, str, str]]:
        """The pods that something keeps from going: namespace, name, and what the cluster says."""
        return [(pod.namespace, pod.name, why) for pod in self._left if (why := self._why.get(pod.uid))]

    def _stopped(self, why: str, stands: str = wording.STILL_CORDONED) -> StoppedMidway:
        """What stands now, in lines; `stands` is what became of the node itself."""
        total = f"{wording.pods(len(self._seen))}{self._of_which}"
        others = (pod for pod in self._left if not self._why.get(pod.uid))
        left = [
            *wording.held(self._held()),
            *(wording.GOING.format(pod=pod.address) if pod.ending else pod.address for pod in others),
        ]
        lines = [stands.format(name=self._name)] if stands else []
        lines.append(wording.GONE_SO_FAR.format(gone=len(self.gone), total=total))
        if left:
            lines.append(wording.LEFT.format(left=wording.some(left)))
        return StoppedMidway(why, tuple(lines), self._way_back if stands == wording.STILL_CORDONED else "")
