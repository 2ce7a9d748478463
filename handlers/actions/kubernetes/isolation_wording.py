"""What people read about isolation: facts for the card, refusals, and outcomes that were read back."""

from __future__ import annotations

from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.isolation_ports import Isolation
from handlers.actions.kubernetes.objects import Autoscaler, Deployment

REPLICAS, NETWORK, AUTOSCALER, EVIDENCE = "Replicas", "Network", "Autoscaler", "Evidence"
"""Labels of facts on a card."""

ALREADY_ISOLATED = "{name} is isolated already. Nothing need be done."
NOT_ISOLATED = "{name} is not isolated. Nothing need be done."

CUT = "all traffic to and from its pods is denied"
STILL_ALLOWED = "; these policies still let some through, because policies only add up: {names}"
LET_BACK = "the bot's own policy goes"
NO_POLICY = "the bot's own policy is gone already"
EVIDENCE_FIRST = (
    "the pods' logs go with the pods: what must be kept, keep first (PF-51), with `preserve-logs {name}`"
)
BEFORE_REPAIR = (
    "before it is let back: is what the last 24 hours left, its logs first, kept as evidence (PF-51)?"
)
AUTOSCALER_OFF = "{scaler} does nothing while replicas is 0; it goes on when {name} is let back"
AUTOSCALER_ON = "{scaler} goes on then, between {least} and {most}"

IS_CUT = (
    "The network policy {policy} denies all traffic to and from pods of {name}, as far as the cluster's"
    " network plugin enforces policies."
)
POLICY_CHANGED = (
    "The network policy {policy} is there, but somebody has changed it: it does not deny all traffic to and"
    " from pods of {name}."
)
MADE_ANEW = " `un-isolate {name}` takes it away; then `isolate {name}` makes it anew."
POLICY_GONE = "The network policy of {name} is not there any more: something else has taken it away since."
IS_STOPPED = "spec.replicas of {name} is 0 (it was {before}); {progress}"
IS_ANOTHER = "spec.replicas of {name} was set to 0 and is {now} now: something else has changed it since."
IS_BACK = "spec.replicas of {name} is {now}, as before it was isolated; {progress}"
IS_NOT_BACK = (
    "spec.replicas of {name} was set to {wanted} and is {now} now: something else has changed it since."
)
IS_CONNECTED = "The bot's network policy is gone: traffic is as the other policies say."
NOT_STOPPED = "spec.replicas of {name} is {now}: it was not set to 0."
STILL_CUT = "{name} runs again and is still cut off: the network policy {policy} is there."


def network(found: Isolation) -> str:
    """What the emergency policy does, and what it cannot."""
    allowed = STILL_ALLOWED.format(names=", ".join(found.allowing)) if found.allowing else ""
    return f"{CUT}{allowed}"


def autoscaler_off(scaler: Autoscaler, name: str) -> str:
    return AUTOSCALER_OFF.format(scaler=scaler.name, name=name)


def stopped(now: Deployment, before: int) -> str:
    """What became of the replicas."""
    if now.replicas:
        return IS_ANOTHER.format(name=now.name, now=now.replicas)
    return IS_STOPPED.format(name=now.name, before=before, progress=wording.progress(now))


def back(now: Deployment, wanted: int) -> str:
    if now.replicas != wanted:
        return IS_NOT_BACK.format(name=now.name, wanted=wanted, now=now.replicas)
    return IS_BACK.format(name=now.name, now=now.replicas, progress=wording.progress(now))
