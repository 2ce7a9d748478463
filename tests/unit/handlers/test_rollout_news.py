"""What a rollout, or several at once, tell of how far they are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from handlers.actions import Order, Progress
from handlers.actions.kubernetes.objects import Deployment, Rollout, Template
from handlers.actions.kubernetes.watching import how_far, news_of_all


class Pods:
    """The part of a namespace that says what is wrong with pods."""

    def __init__(self, **reasons: tuple[str, ...]) -> None:
        self._reasons = reasons

    async def troubles(self, of: Deployment) -> tuple[str, ...]:
        return self._reasons.get(of.name, ())


def deployment(name: str, wanted: int, rollout: Rollout) -> Deployment:
    return Deployment(name, f"uid-{name}", "1", wanted, False, 1, Template("d", ()), rollout)


def rolling(updated: int, available: int, total: int, stuck: str = "") -> Rollout:
    return Rollout(seen=True, updated=updated, ready=available, available=available, total=total, stuck=stuck)


async def far(wanted: int, rollout: Rollout, *reasons: str) -> Progress | None:
    return await how_far(cast(Any, Pods(api=reasons)), deployment("api", wanted, rollout))


async def test_pods_that_are_not_available_are_counted_as_new_ones() -> None:
    """Of four, two are new and one is not there yet: it may be a new one."""
    assert Progress(1, 3, "pods ready") == await far(3, rolling(2, 3, 4))


async def test_before_the_cluster_has_begun_nothing_is_counted() -> None:
    assert await far(3, Rollout(seen=False, updated=3, ready=3, available=3, total=3)) is None


async def test_where_no_pod_is_to_be_there_is_no_bar() -> None:
    assert await far(0, rolling(0, 2, 2)) is None


async def test_what_is_wrong_with_most_pods_comes_first() -> None:
    told = await far(3, rolling(2, 1, 4, "ProgressDeadlineExceeded"), "Crash", "ImagePullBackOff", "Crash")
    assert told is not None
    assert "Crash (2), ImagePullBackOff, ProgressDeadlineExceeded" == told.note


async def test_several_rollouts_are_counted_together_once_each_has_begun() -> None:
    heard: list[Progress] = []

    async def tell(progress: Progress) -> None:
        heard.append(progress)

    order = Order("R-1", None, {}, "", "because", (), datetime(2026, 11, 21, tzinfo=UTC), tell=tell)
    news = news_of_all(cast(Any, Pods(b=("ImagePullBackOff",))), order, ["a", "b"])

    await news(deployment("a", 2, rolling(2, 2, 2)))
    assert [] == heard
    await news(deployment("b", 3, rolling(1, 3, 4)))

    assert [Progress(2, 5, "pods ready", "b: ImagePullBackOff")] == heard
