"""`preserve-logs` and `preserve-events`: evidence before repair (rows PF-16, PF-51, CC-56).

Neither changes the cluster. What each saves is a whole file where the bot keeps evidence, entered into the
manifest with who asked, why, and its digest; only its name, size and digest go to Slack.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from handlers.actions import Observation, Order, Params, Progress, Verified
from handlers.actions.kubernetes import log_wording as wording
from handlers.actions.kubernetes.evidence_ports import Custody, Evidence
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.reading_logs import LogsTarget, recent
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN
from handlers.actions.registry import action
from handlers.errors import OutcomeUnknown
from policies.fields import PositiveDuration, format_duration

USUAL = timedelta(hours=1)
Since = Annotated[PositiveDuration, AfterValidator(recent)]


class PreserveLogsParams(LogsTarget):
    since: Since = USUAL


class PreserveEventsParams(Params):
    since: Since = USUAL

    @property
    def target(self) -> str:
        return wording.EVENTS


def custody_of(order: Order) -> Custody:
    """For whom an order takes evidence."""
    asked, agreed = (tuple(one.signed for one in them) for them in (order.requested_by, order.approved_by))
    return Custody(order.request_id, asked, agreed, order.reason, order.at)


def saved_lines(found: Evidence) -> tuple[str, ...]:
    """A file of evidence, for its thread. Raises OutcomeUnknown when it is not what was entered."""
    if not found.whole:
        raise OutcomeUnknown(wording.NOT_WHOLE.format(name=found.name))
    saved = wording.SAVED.format(what=found.what, name=found.name, size=found.size)
    return saved, wording.DIGEST.format(sha256=found.sha256), *found.remarks


def _saved(found: Evidence) -> Verified:
    return Verified(lines=saved_lines(found))


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    found = await system.evidence.of_request(order.request_id)
    return _saved(found[-1]) if found else None


async def _look_at_logs(system: KubernetesNamespace, params: PreserveLogsParams) -> Observation:
    await system.evidence.ready()
    containers = await system.logs.containers(params.of)
    since = format_duration(params.since)
    shown = (("Containers", f"{len(containers)}: {', '.join(containers)}"), (wording.SINCE, f"{since} ago"))
    return Observation({"logs of": params.of.told, "since": since}, shown=shown)


DECLARED = {
    "precondition": "none: it reads what is there when it runs",
    "stamp": "the request in the manifest's line",
    "question": "is there a line of this request in the manifest, and has its file that digest?",
    "way_back": "none: evidence stays",
}


@action(
    "preserve-logs",
    params=PreserveLogsParams,
    look=_look_at_logs,
    kind=KIND,
    ask=_ask,
    sealed="whose logs, and from when on",
    takes=("name", "since", "app", "container", "label"),
    listed_in=LISTED_IN,
    needs=("get pods/log", "list pods", "get deployments.apps"),
    **DECLARED,
)
async def preserve_logs(system: KubernetesNamespace, order: Order) -> Verified:
    """Save the lines as the cluster has them."""
    params: PreserveLogsParams = order.params

    async def news(done: int, total: int) -> None:
        await order.tell(Progress(done, total, "containers"))

    return _saved(await system.evidence.take_logs(params.of, params.since, custody_of(order), news))


async def _look_at_events(system: KubernetesNamespace, params: PreserveEventsParams) -> Observation:
    await system.evidence.ready()
    since = format_duration(params.since)
    return Observation(
        {"events of": wording.EVENTS, "since": since}, shown=((wording.SINCE, f"{since} ago"),)
    )


@action(
    "preserve-events",
    params=PreserveEventsParams,
    look=_look_at_events,
    kind=KIND,
    ask=_ask,
    sealed="from when on",
    takes=("since",),
    needs=("list events everywhere",),
    **DECLARED,
)
async def preserve_events(system: KubernetesNamespace, order: Order) -> Verified:
    """Save the events of the whole cluster."""
    return _saved(await system.evidence.take_events(order.params.since, custody_of(order)))
