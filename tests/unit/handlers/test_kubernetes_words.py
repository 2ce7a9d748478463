"""What people may type about deployments, and how the state of a rollout is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from handlers.actions import Params
from handlers.actions.kubernetes import wording
from handlers.actions.kubernetes.objects import Deployment, Rollout, Template
from handlers.actions.kubernetes.vocabulary import MOST_REPLICAS, RollbackParams, ScaleParams

P = TypeVar("P", bound=Params)
TYPED = st.one_of(st.text(max_size=80), st.integers().map(str), st.from_regex(r"[-+ 0-9eE._]{1,20}"))


def made(model: type[P], **typed: object) -> P | str:
    """The parameters, or the sentence about what is wrong with them."""
    try:
        return model.model_validate(typed)
    except ValidationError as faulty:
        (error,) = faulty.errors(include_url=False)
        return str(error["msg"])


@given(TYPED)
def test_a_number_of_replicas_is_whole_and_in_bounds_or_refused_in_our_words(typed: str) -> None:
    params = made(ScaleParams, deployment="api", replicas=typed)

    if isinstance(params, str):
        assert wording.NOT_REPLICAS == params
    else:
        assert int(typed) == params.replicas
        assert 0 <= params.replicas <= MOST_REPLICAS


@given(st.one_of(TYPED, st.from_regex(r"[a-z0-9-]{1,70}", fullmatch=True)))
def test_a_name_is_a_dns_label_or_refused_in_our_words(typed: str) -> None:
    params = made(ScaleParams, deployment=typed, replicas=1)

    if isinstance(params, str):
        assert wording.NOT_A_NAME == params
    else:
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", params.deployment)
        assert len(params.deployment) <= 63


@pytest.mark.parametrize("typed", ["0", "-3", "3.0", "three", "", "1" * 30])
def test_a_revision_that_cannot_be_is_refused_in_our_words(typed: str) -> None:
    assert wording.NOT_A_REVISION == made(RollbackParams, deployment="api", revision=typed)


def test_parameters_come_back_from_the_store_as_they_were() -> None:
    scaling, rollback = ScaleParams(deployment="api", replicas=5), RollbackParams(deployment="api")

    assert scaling == ScaleParams.model_validate_json(scaling.model_dump_json())
    assert rollback == RollbackParams.model_validate_json(rollback.model_dump_json())


def test_only_scaling_to_nothing_is_dangerous() -> None:
    assert "every pod of api" in ScaleParams(deployment="api", replicas=0).danger
    assert "" == ScaleParams(deployment="api", replicas=1).danger


def standing(replicas: int, **rollout: Any) -> Deployment:
    counts = {"seen": True, "updated": 0, "ready": 0, "available": 0, "total": 0, **rollout}
    return Deployment("api", "u", "1", replicas, False, 1, Template("0" * 64, ("api:1",)), Rollout(**counts))


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (standing(3, updated=3, ready=3, available=3, total=3), "3 of 3 ready."),
        (standing(0), "no pod is left."),
        (standing(3, seen=False, updated=3, ready=3, total=3), "the cluster has not begun with it yet."),
        (standing(5, updated=5, ready=3, total=5), "3 of 5 ready so far."),
        (standing(3, updated=1, ready=3, total=4), "1 of 3 replaced and 3 ready so far."),
        (
            standing(3, updated=1, ready=2, total=4, stuck="ProgressDeadlineExceeded"),
            "the rollout is stuck (ProgressDeadlineExceeded): 2 of 3 ready.",
        ),
    ],
)
def test_a_rollout_is_told_as_far_as_it_has_come(now: Deployment, told: str) -> None:
    assert told == wording.progress(now)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(-5, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (7200, "2h"), (200_000, "2d")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: int, told: str) -> None:
    assert told == wording.age(timedelta(seconds=seconds))
