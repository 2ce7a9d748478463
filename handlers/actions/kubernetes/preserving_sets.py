"""`preserve-evidence <set> [24h]`: everything that policy names for an incident, in one go (PF-16, PF-51).

Logs, and what the system's own API answers. Each part is a file of its own with the same custody; what is
saved already is not saved twice, and a part that cannot be had does not keep the others from being saved.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from handlers.actions import Observation, Order, Params, Progress, Verified
from handlers.actions.kubernetes import log_wording as wording
from handlers.actions.kubernetes.evidence_ports import Custody, Evidence, answers_of, logs_of
from handlers.actions.kubernetes.listed import listed
from handlers.actions.kubernetes.logs_ports import LogsOf
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.preserving import DECLARED, custody_of, saved_lines
from handlers.actions.kubernetes.reading_logs import recent
from handlers.actions.kubernetes.vocabulary import KIND, listed_name
from handlers.actions.registry import action
from handlers.errors import DoNotRetry, OutcomeUnknown, StoppedMidway, TryAgainLater
from policies.cluster import EvidenceRule
from policies.fields import PositiveDuration, format_duration

Ago = Annotated[PositiveDuration | None, AfterValidator(recent), Field(description=wording.HINT_SINCE)]


class PreserveParams(Params):
    """Without a time, as far back as policy says."""

    evidence: Annotated[str, AfterValidator(listed_name), Field(description=wording.HINT_SET)]
    since: Ago = None

    @property
    def target(self) -> str:
        return self.evidence


@dataclass(frozen=True)
class _Part:
    """One file that is to be: what it is called in the manifest, and how it is taken."""

    what: str
    take: Callable[[Custody], Awaitable[Evidence]]


def _rule(system: KubernetesNamespace, params: PreserveParams) -> EvidenceRule:
    return listed(system.rules.evidence, "evidence", params.evidence)


def _whose(name: str) -> LogsOf:
    """`app=retrieval-gateway`, or the name of a deployment."""
    key, _, value = name.partition("=")
    return LogsOf(app=value) if value else LogsOf(name=key)


async def _silent(done: int, total: int) -> None:
    """The parts are told, not the containers of each."""


def _parts(system: KubernetesNamespace, params: PreserveParams) -> tuple[_Part, ...]:
    rule = _rule(system, params)
    since, room = params.since or rule.since, system.evidence

    def logs(of: LogsOf) -> _Part:
        return _Part(logs_of(of), lambda custody: room.take_logs(of, since, custody, _silent))

    def answers(name: str) -> _Part:
        return _Part(answers_of(name), lambda custody: room.take_answers(name, since, custody))

    return (*(logs(_whose(one)) for one in rule.logs), *map(answers, rule.readings))


async def _look(system: KubernetesNamespace, params: PreserveParams) -> Observation:
    await system.evidence.ready()
    parts = _parts(system, params)
    since = format_duration(params.since or _rule(system, params).since)
    shown = ((wording.SAVES, "; ".join(one.what for one in parts)), (wording.SINCE, f"{since} ago"))
    sealed = {"saves": [one.what for one in parts], "since": since}
    return Observation(sealed, shown=shown, covered=(wording.SAVES, wording.SINCE))


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    """Done is when every part is there; `run` takes what is missing."""
    found = {one.what: one for one in await system.evidence.of_request(order.request_id)}
    if any(what not in found for what in order.sealed["saves"]):
        return None
    return Verified(lines=_told(found[what] for what in order.sealed["saves"]))


def _told(found: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(line for one in found for line in saved_lines(one))


@action(
    "preserve-evidence",
    kind=KIND,
    params=PreserveParams,
    look=_look,
    ask=_ask,
    sealed="what is saved, and from when on",
    takes=("evidence", "since"),
    needs=("get pods/log", "list pods", "get deployments.apps"),
    **DECLARED,
)
async def preserve_evidence(system: KubernetesNamespace, order: Order) -> Verified:
    """Save every part, one after the other. What cannot be had is told beside what is saved."""
    parts = [one for one in _parts(system, order.params) if one.what in order.sealed["saves"]]
    there = {one.what: one for one in await system.evidence.of_request(order.request_id)}
    lost: list[str] = []
    code = "nothing-saved"
    for number, part in enumerate(parts):
        await order.tell(Progress(number, len(parts), wording.FILES, part.what))
        if part.what not in there:
            try:
                there[part.what] = await part.take(custody_of(order))
            except (DoNotRetry, TryAgainLater, OutcomeUnknown) as no:
                lost.append(wording.PART_LOST.format(what=part.what, why=no))
                code = no.code if isinstance(no, DoNotRetry) else code
    lines = _told(there[one.what] for one in parts if one.what in there)
    if lost and not lines:
        raise DoNotRetry(" ".join(lost), code)
    if lost:
        raise StoppedMidway(" ".join(lost), lines)
    return Verified(lines=lines)
