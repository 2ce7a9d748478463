"""`set-image <deployment> [container=]<image>` (row CC-16): round the release pipeline, in emergencies."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from handlers.actions import Observation, Order, Verified
from handlers.actions.kubernetes import images, surroundings, wording
from handlers.actions.kubernetes.objects import REHEARSAL, Deployment
from handlers.actions.kubernetes.ports import KubernetesNamespace
from handlers.actions.kubernetes.previewing import rehearsed
from handlers.actions.kubernetes.vocabulary import KIND, LISTED_IN, DeploymentTarget
from handlers.actions.kubernetes.watching import news_for, verified, watch
from handlers.actions.kubernetes.writing import Seen, look_at_rest, stamp, stamped, write_as_sealed
from handlers.actions.registry import action
from handlers.errors import DoNotRetry


def _image(text: str) -> str:
    if images.image_in(text) is None:
        raise PydanticCustomError("image", wording.NOT_AN_IMAGE)
    return text


class ImageParams(DeploymentTarget):
    image: Annotated[str, AfterValidator(_image), Field(description=wording.HINT_IMAGE)]

    @property
    def wanted(self) -> images.Image:
        """The reference, taken apart."""
        found = images.image_in(self.image)
        assert found is not None  # noqa: S101  the validator has seen it
        return found

    @property
    def danger(self) -> str:
        """It goes round tests and release (CC-16)."""
        return wording.ROUND_THE_PIPELINE.format(name=self.deployment)


def _container(now: Deployment, wanted: images.Image) -> str:
    """The container that is meant: the named one, or the only one."""
    known = now.template.containers
    named = wanted.container or (known[0] if len(known) == 1 else "")
    if named in known:
        return named
    words = wording.NO_CONTAINER if named else wording.WHICH_CONTAINER
    raise DoNotRetry(
        words.format(name=now.name, container=named, known=", ".join(known), image=wanted.text), "container"
    )


def _image_of(now: Deployment, container: str) -> str:
    return dict(zip(now.template.containers, now.template.images, strict=True)).get(container, "")


async def _see(system: KubernetesNamespace, params: ImageParams) -> Seen:
    wanted = params.wanted
    images.check(wanted, system.rules.images)
    now = await system.deployment(params.deployment)
    if now.paused:
        raise DoNotRetry(wording.PAUSED.format(name=now.name), "paused")
    container = _container(now, wanted)
    before = _image_of(now, container)
    sealed: dict[str, Any] = {
        "uid": now.uid,
        "revision": now.revision,
        "template": now.template.sha256,
        "container": container,
        "before": before,
        "image": wanted.text,
    }
    shown = (
        (wording.IMAGE.format(container=container), f"{before} → {wanted.text}"),
        (wording.PIN, wanted.pinned),
    )
    covered = tuple(label for label, _ in shown)
    seen = Observation(sealed, precondition=now.resource_version, shown=shown, covered=covered)

    async def write(dry: KubernetesNamespace) -> Deployment:
        return await dry.set_image(now, REHEARSAL, container, wanted.text)

    return Seen(now, await rehearsed(system, seen, write))


async def _at_rest(system: KubernetesNamespace, params: ImageParams) -> Seen:
    seen = await look_at_rest(params.target, lambda: _see(system, params))
    sealed = seen.observation.sealed
    if sealed["before"] == sealed["image"]:
        runs = wording.SAME_IMAGE.format(name=params.deployment, image=sealed["image"])
        raise DoNotRetry(runs, "already-so")
    return seen


async def _ask(system: KubernetesNamespace, order: Order) -> Verified | None:
    container, image = order.sealed["container"], order.sealed["image"]
    now = await stamped(system, order, looks_done=lambda it: _image_of(it, container) == image)
    return _told(now, order) if now else None


def _told(now: Deployment, order: Order) -> Verified:
    container, image = order.sealed["container"], order.sealed["image"]
    found = _image_of(now, container)
    if found == image:
        line = wording.IMAGE_IS.format(
            container=container, name=now.name, image=image, before=order.sealed["before"]
        )
    else:
        line = wording.IMAGE_WAS.format(container=container, name=now.name, image=image, now=found or "-")
    lines = (f"{line} {wording.progress(now)}",)
    # The former image may be one that policy would not take today; its revision may always run again.
    return verified(now, lines, f"rollback {now.name} to {order.sealed['revision']}")


@action(
    "set-image",
    kind=KIND,
    params=ImageParams,
    look=surroundings.look(_at_rest),
    again=surroundings.again(_at_rest),
    ask=_ask,
    sealed="deployment uid, revision, template digest, container, its image before and after",
    precondition="resourceVersion",
    stamp="annotation on the deployment",
    question="does the deployment carry the stamp, and which image has the container?",
    way_back="rollback to the former revision",
    takes=("deployment", "image"),
    pairs=True,
    watch=watch,
    listed_in=LISTED_IN,
    needs=("patch deployments.apps", *surroundings.NEEDS),
)
async def set_image(system: KubernetesNamespace, order: Order) -> Verified:
    """Give one container another image, as `kubectl set image` does, and tell how far the pods have come."""
    params: ImageParams = order.params

    async def write(seen: Seen) -> Deployment:
        container = seen.observation.sealed["container"]
        return await system.set_image(seen.deployment, stamp(order), container, params.wanted.text)

    written = await write_as_sealed(order, lambda: _see(system, params), write)
    return _told(await system.settling(written, news_for(system, order)), order)
