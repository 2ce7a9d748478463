"""What people read about nodes and drains: facts for the card, refusals, and outcomes that were read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from handlers.actions.kubernetes.node_ports import (
    BARE_PODS,
    EMPTY_DIRS,
    Amounts,
    BudgetHere,
    Elsewhere,
    Node,
    PodHere,
)

NODE, GOES, STAYS, LOST = "Node", "Pods that go", "Pods that stay", "Lost with them"
ROOM, BUDGETS = "Room elsewhere", "Disruption budgets"
"""Labels of facts on a card."""

ALREADY_CORDONED = "{name} is cordoned already. Nothing need be done."
NOT_CORDONED = "{name} takes pods already. Nothing need be done."
ALREADY_DRAINED = "{name} is cordoned and has no pod that a drain moves. Nothing need be done."
WOULD_LOSE = (
    "A drain of {name} would lose {what}. Nothing was changed. Move that by hand first, or let"
    " the policy setting `drain_may_lose` name {settings}."
)
LOSES = {
    EMPTY_DIRS: "files in empty directories of {pods}",
    BARE_PODS: "pods that nothing makes anew: {pods}",
}

CORDONED = "{name} is cordoned: no new pods are placed there. Those that run there stay."
UNCORDONED = "{name} takes new pods again. Those that left it do not come back by themselves."
CHANGED_SINCE = "{name} was {done} and is not any more: something else has changed it since."
DRAINED = "{name} is cordoned, and no pod that a drain moves is left there."
WENT = "{gone} went: {workloads}."
STAYED = "What stays there: {stayed}."
WAIT_FOR_NODE = "{count} of the cluster's pods wait for a node just now: the reading `pods` shows them."

OUT_OF_TIME = "the time that policy gives a drain is over, and {left} did not go"
SOMEBODY_UNCORDONED = "somebody let {name} take pods again while it was drained"
CAME_LATER = "{left} came there after it was approved"
STILL_CORDONED = "{name} is cordoned and stays so."
TAKES_PODS = "{name} takes pods."
GONE_SO_FAR = "{gone} of {total} went."
TAKEN_UP = " left when this was taken up again"
LEFT = "Still there: {left}."
GOING = "{pod} is on its way out"
HELD = "{pod}: {why}"
HELD_TOGETHER = "{pods} of {namespace} ({names}): {why}"
AND_MORE = " and {count} more"

_LONGEST_LIST = 8
_MOST_NAMED = 3


def pods(count: int) -> str:
    return f"{count} pod{'' if count == 1 else 's'}"


def some(found: Sequence[str]) -> str:
    """The first few of a list, and how many more there are."""
    more = len(found) - _LONGEST_LIST
    return "; ".join(found[:_LONGEST_LIST]) + (AND_MORE.format(count=more) if more > 0 else "")


def held(pods_held: Iterable[tuple[str, str, str]]) -> list[str]:
    """Pods by namespace, name and what keeps them: those that the same budget keeps are told together, the
    most first."""
    together: dict[tuple[str, str], list[str]] = {}
    for namespace, name, why in pods_held:
        together.setdefault((namespace, why), []).append(name)
    told = sorted(together.items(), key=lambda one: -len(one[1]))
    return [_held(namespace, why, sorted(names)) for (namespace, why), names in told]


def _held(namespace: str, why: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return HELD.format(pod=f"{namespace}/{names[0]}", why=why)
    more = len(names) - _MOST_NAMED
    first = ", ".join(names[:_MOST_NAMED]) + (AND_MORE.format(count=more) if more > 0 else "")
    return HELD_TOGETHER.format(pods=pods(len(names)), namespace=namespace, names=first, why=why)


def node_state(now: Node) -> str:
    """Whether it is well and takes pods."""
    return f"{'ready' if now.ready else 'not ready'}, {'cordoned' if now.cordoned else 'takes pods'}"


def workloads(going: Iterable[PodHere]) -> str:
    """How many pods each workload has among these."""
    counted = Counter(pod.workload for pod in going)
    return some([f"{name} ({pods(count)})" for name, count in sorted(counted.items())]) or "none"


def stayed(here: Iterable[PodHere]) -> str:
    """What a drain leaves alone."""
    named = {
        "DaemonSet": "{pods} of DaemonSets",
        "mirror": "{pods} of the node itself",
        "finished": "{pods}, finished",
    }
    counted = Counter(pod.stays for pod in here if pod.stays)
    return ", ".join(named[why].format(pods=pods(count)) for why, count in sorted(counted.items()))


def budgets(found: Sequence[BudgetHere]) -> str:
    """Which budgets decide, and how many pods each lets go now."""
    return some(
        [
            f"{one.namespace}/{one.name} lets {one.allowed} go now, covers {one.covered} of these"
            for one in found
        ]
    )


def room(found: Elsewhere, needed: Amounts) -> str:
    """Whether the others can take them: summed up, so no promise."""
    if not found.nodes:
        return "no other node takes pods: what goes waits for one"
    nodes = f"{found.nodes} other node{'' if found.nodes == 1 else 's'}"
    verdict = "enough, summed up" if found.left.holds(needed) else "not enough"
    return f"{nodes}: {_amounts(found.left)} left, {_amounts(needed)} needed: {verdict}"


def _amounts(of: Amounts) -> str:
    gib = 1024**3
    return f"{of.pods} places, {of.cpu / 1000:.2f} CPU, {of.memory / gib:.2f} GiB"


def would_lose(name: str, lost: dict[str, list[str]]) -> str:
    """Why a drain is refused, and what to do."""
    what = "; ".join(LOSES[kind].format(pods=some(found)) for kind, found in sorted(lost.items()))
    return WOULD_LOSE.format(name=name, what=what, settings=" and ".join(f"`{one}`" for one in sorted(lost)))


def lost(found: dict[str, list[str]]) -> str:
    """What policy lets go with the pods."""
    return "; ".join(LOSES[kind].format(pods=some(names)) for kind, names in sorted(found.items()))
