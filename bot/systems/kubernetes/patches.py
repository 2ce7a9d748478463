"""The writes: each names the very object that was read, so a stale one is refused, and leaves a stamp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.systems.kubernetes.calls import Json
from bot.systems.kubernetes.marks import (
    APPROVED_BY,
    CHANGE_CAUSE,
    EARLIER_REQUESTS,
    REQUEST,
    REQUESTED_BY,
    RESTARTED_AT,
    time_text,
)
from bot.systems.kubernetes.objects import bare_template
from handlers.actions.kubernetes.objects import Deployment, Stamp
from handlers.actions.kubernetes.ports import Stamped

_MOST_EARLIER = 9
"""Stamps kept beside the newest: enough for a replica that was away to find its own."""
_LONGEST_NAMES = 500


class _Unstamped:
    """An object that is not there yet."""

    uid = resource_version = ""
    requests: tuple[str, ...] = ()


UNSTAMPED: Stamped = _Unstamped()


def stamped(seen: Stamped, stamp: Stamp) -> dict[str, str]:
    """The annotations that a write leaves: its own request, those before it, who asked and who approved."""
    earlier = [one for one in seen.requests if one != stamp.request_id][:_MOST_EARLIER]
    return {
        REQUEST: stamp.request_id,
        EARLIER_REQUESTS: " ".join(earlier),
        APPROVED_BY: _names(stamp.approvers),
        REQUESTED_BY: _names(stamp.requesters),
    }


def _names(people: Sequence[str]) -> str:
    """As many as have room, each whole."""
    told, left = list[str](), _LONGEST_NAMES
    for one in people:
        left -= len(one) + 2
        if left < 0:
            return ", ".join((*told, f"{len(people) - len(told)} more"))
        told.append(one)
    return ", ".join(told)


def merged(seen: Stamped, stamp: Stamp, **parts: Any) -> Json:
    """A merge patch (RFC 7386) on the very object that was read, with its stamp."""
    meta = {
        "uid": seen.uid,
        "resourceVersion": seen.resource_version,
        "annotations": stamped(seen, stamp),
    }
    return {"metadata": meta, **parts}


def scaled(seen: Deployment, stamp: Stamp, replicas: int) -> Json:
    """A merge patch (RFC 7386) that sets spec.replicas."""
    return merged(seen, stamp, spec={"replicas": replicas})


def paused(seen: Deployment, stamp: Stamp, wanted: bool) -> Json:
    """A merge patch that sets spec.paused."""
    return merged(seen, stamp, spec={"paused": wanted})


def restarted(seen: Deployment, stamp: Stamp) -> Json:
    """A merge patch that changes the template as `kubectl rollout restart` does."""
    annotations = {RESTARTED_AT: time_text(stamp.at), REQUEST: stamp.request_id}
    return merged(seen, stamp, spec={"template": {"metadata": {"annotations": annotations}}})


def rolled_back(seen: Deployment, stamp: Stamp, template: Json, cause: str) -> list[Json]:
    """A JSON patch (RFC 6902) that replaces the whole template: merging would keep what was added since.

    As `kubectl rollout undo` does, the change cause goes with the template.
    """
    replaced = {"op": "replace", "path": "/spec/template", "value": bare_template(template)}
    return _tested(seen, stamp, cause, replaced)


def image_set(seen: Deployment, stamp: Stamp, container: str, image: str) -> list[Json]:
    """A JSON patch that gives one container another image; the cause of the change is the request."""
    at = f"/spec/template/spec/containers/{seen.template.containers.index(container)}"
    cause = f"set-image {container}={image} ({stamp.request_id})"
    return _tested(
        seen,
        stamp,
        cause,
        {"op": "test", "path": f"{at}/name", "value": container},
        {"op": "replace", "path": f"{at}/image", "value": image},
    )


def _tested(seen: Deployment, stamp: Stamp, cause: str, *changes: Json) -> list[Json]:
    """A JSON patch on the very object that was read, with its stamp and the cause of the change."""
    annotations: Mapping[str, Any] = {**stamped(seen, stamp), CHANGE_CAUSE: cause}
    return [
        {"op": "test", "path": "/metadata/uid", "value": seen.uid},
        {"op": "test", "path": "/metadata/resourceVersion", "value": seen.resource_version},
        *changes,
        # Every deployment has annotations: the controller writes its revision there.
        *(
            {"op": "add", "path": f"/metadata/annotations/{_escaped(name)}", "value": value}
            for name, value in annotations.items()
        ),
    ]


def _escaped(name: str) -> str:
    """A name in a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
