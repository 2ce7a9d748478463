"""What people read about deployments: refusals with the next step, and outcomes that were read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from handlers.actions.kubernetes.objects import Autoscaler, Deployment

NOT_A_NAME = (
    "write a deployment's name: lower-case letters, digits and hyphens, 63 at most, such as `auditron-api`"
)
NOT_A_LISTED = "write its name as policy lists it: lower-case letters, digits and hyphens, 63 at most"
NOT_A_NODE = (
    "write a node's name: lower-case letters, digits, hyphens and dots, 253 at most, such as `node-1`"
)
NOT_REPLICAS = "write a whole number from 0 to 1000"
NOT_A_REVISION = "write a revision's number, such as 3; the reading `history` lists them"

HINT_NAME = "One that policy lists for this system."
HINT_NODE = "Such as node-1; the reading `pods` shows which pod is where."
HINT_REPLICAS = "A whole number from 0 to 1000."
HINT_REVISION = "Leave it empty for the one before the present one."

STOPS = "This stops every pod of {name}: what it serves is away until it is scaled up again."
ISOLATES = "This cuts {name} off the network and stops every pod of it, until it is let back (`un-isolate`)."
ALREADY = "{name} already has spec.replicas {replicas}. Nothing need be done."
OUT_OF_BOUNDS = (
    "The autoscaler {scaler} keeps {name} between {least} and {most}, so {wanted} would not last."
    " Choose a number between them, or change the autoscaler."
)
PAUSED = "{name} is paused, so a rollout would not begin. Resume it first: `resume-rollout {name}`."
PAUSED_ALREADY = "{name} is paused already. Nothing need be done; `resume-rollout {name}` lets it go on."
NOT_PAUSED = "{name} is not paused. Nothing need be done."
PAUSED_OR_NOT = {True: "paused", False: "goes on"}
IS_PAUSED = "{name} is paused: no rollout begins or goes on until it is resumed;"
IS_RESUMED = "{name} is no longer paused;"
PAUSED_SINCE = "The rollout of {name} {now} now: something else has changed that since;"
NOT_AN_IMAGE = (
    "write an image, such as `ghcr.io/yourorg/api@sha256:…`, with `container=` before it if need be"
)
HINT_IMAGE = "Such as ghcr.io/yourorg/api@sha256:… with its digest, or api=ghcr.io/…"
ROUND_THE_PIPELINE = (
    "This goes round tests and release: for emergencies only. What {name} runs then is no release, and the"
    " next one replaces it."
)
NO_IMAGE_RULES = (
    "Policy names no registry from which an image may come here: list it under `cluster.images.registries`."
)
NO_REGISTRY = "{image} is under none of the registries that policy lists: {known}."
NO_LATEST = (
    "`latest` is no version: nobody knows what it is tomorrow. Name the image by its digest (`@sha256:…`)."
)
NO_DIGEST = (
    "Policy takes images by digest here: a tag may mean another image tomorrow. Your registry or"
    " `docker buildx imagetools inspect` tells the digest; write `…@sha256:<64 digits>`."
)
NO_SUCH_TAG = "The tag {tag} has not the form that policy takes here: {form}."
NO_CONTAINER = "{name} has no container {container}. It has: {known}."
WHICH_CONTAINER = "{name} has several containers ({known}): write which one, as `container={image}`."
SAME_IMAGE = "{name} already has the image {image}. Nothing need be done."
IMAGE, PIN = "Image of {container}", "Pinned"
PINNED = "by digest: {digest}… is the same image for ever"
NOT_PINNED = (
    "the tag only: the registry decides what it means when a pod starts; the bot cannot ask it, so an"
    " approval covers the name and not what is in it"
)
IMAGE_IS = "The container {container} of {name} has the image {image} (it had {before});"
IMAGE_WAS = (
    "The container {container} of {name} was given the image {image} and has {now} now: something else has"
    " changed it since;"
)
NO_EARLIER = "{name} has no earlier revision to go back to."
NO_SUCH_REVISION = "{name} has no revision {wanted}. It has: {known}."
SAME_TEMPLATE = "{name} already runs the template of revision {number}. Nothing need be done."
RESTLESS = "{name} was changed by others each time the write was tried; it gave up"
RESTLESS_LOOK = "{name} was changed by others at every look. Ask again when it is at rest."
MOVED_ON = "{name} is not as it was sealed and does not carry this request's stamp"

LOOK_AT_PODS = "The reading `pods` shows which pods do not come up."

PODS_READY = "pods ready"
REPLICAS, AUTOSCALER, TEMPLATE, FROM, TO = "Replicas", "Autoscaler", "Pod template", "From", "To"
ROLLOUT = "Rollout"
"""Labels of facts that are sealed."""
WOULD_CHANGE = "What the cluster says would change (dry run)"
READ_AT = "Looked at"
VERSION = "resourceVersion {version}"
AS_IT_IS, AS_IT_WOULD_BE = "as it is", "as it would be"
AT_THE_TOP = "at the top"
NOT_THERE, GONE = "is not there", "would be gone"
CHANGES_NOTHING = "The cluster says that nothing of {what} itself would change."
LINES_LEFT_OUT = "… {count} more lines do not fit on a card; the seal covers them."
TOO_LONG_TO_READ = (
    "What would change is too long for a card ({length} characters, {most} at most), so nobody could"
    " approve it knowing it. Take smaller steps."
)

AUTOSCALED = "keeps it between {least} and {most}; it may change the number again"
AUTOSCALED_AGAINST = (
    "keeps it between {least} and {most}; it may change the number again: it wants {wants} now"
)
AUTOSCALED_OFF = "does nothing at 0; once scaled up, it keeps it between {least} and {most} again"
SCALING_DISABLED = "ScalingDisabled"
"""An autoscaler's word for a deployment of 0 replicas: any other number ends that."""
AUTOSCALED_IDLE = "keeps it between {least} and {most}; it does not act now ({why})"
HEALTH, TOUCHES, BUDGETS, NONE = "Health", "Touches", "Disruption budgets", "none"
BUDGET = "{name} keeps {keeps} and would let {spare} go now"
MORE = "and {count} more"


def age(of: timedelta) -> str:
    """An age as kubectl tells it, in its largest unit: `42s`, `17m`, `5h`, `12d`."""
    seconds = max(0, int(of.total_seconds()))
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def autoscaled(scaler: Autoscaler, wanted: int) -> str:
    """What an autoscaler does to a deployment of so many replicas."""
    bounds = {"least": scaler.least, "most": scaler.most}
    if not wanted:
        return AUTOSCALED_OFF.format(**bounds)
    if scaler.idle and scaler.idle != SCALING_DISABLED:
        return AUTOSCALED_IDLE.format(**bounds, why=scaler.idle)
    if scaler.wants is not None and scaler.wants != wanted:
        return AUTOSCALED_AGAINST.format(**bounds, wants=scaler.wants)
    return AUTOSCALED.format(**bounds)


def counted(count: int, thing: str) -> str:
    """`1 pod`, `3 pods`."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """Names with commas between them; what more there is, is counted."""
    shown = ", ".join(names[:most])
    return f"{shown} {MORE.format(count=len(names) - most)}" if len(names) > most else shown


def health(now: Deployment) -> str:
    """Ready and desired, and what the rollout is at."""
    return f"revision {now.revision}, {progress(now)}"


def images(names: Sequence[str]) -> str:
    """The images of a template in one line."""
    return ", ".join(names) or "no image"


def ready(now: Deployment) -> str:
    """How many pods are ready, whatever the rollout is at."""
    return f"{now.rollout.ready} of {now.replicas} ready."


def progress(now: Deployment) -> str:
    """How far the rollout is, from the cluster's own counts."""
    rollout = now.rollout
    if now.settled and now.replicas == 0:
        return "no pod is left."
    if now.settled:
        return ready(now)
    if rollout.stuck:
        return f"the rollout is stuck ({rollout.stuck}): {rollout.ready} of {now.replicas} ready."
    if not rollout.seen:
        return "the cluster has not begun with it yet."
    if rollout.total > rollout.updated:
        return f"{rollout.updated} of {now.replicas} replaced and {rollout.ready} ready so far."
    return f"{rollout.ready} of {now.replicas} ready so far."
