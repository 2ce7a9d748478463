"""What people may type to say at what they want to look."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from handlers.actions import Params
from handlers.actions.kubernetes import view_wording as wording
from handlers.actions.kubernetes.view_ports import View
from handlers.actions.kubernetes.vocabulary import DeploymentName, is_label
from handlers.errors import DoNotRetry

_SELECTOR = re.compile(r"[A-Za-z0-9!][A-Za-z0-9._/=!,() -]{0,252}")
_OBJECT = re.compile(
    r"(?:(?P<kind>deployment|deploy|pod|po)/)?(?P<name>[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)"
)
_KINDS = {"deployment": "Deployment", "deploy": "Deployment", "pod": "Pod", "po": "Pod"}


def _valid(form: Callable[[str], bool], otherwise: str) -> AfterValidator:
    def check(text: str) -> str:
        if form(text):
            return text
        raise PydanticCustomError("form", otherwise)

    return AfterValidator(check)


Selector = Annotated[
    str,
    _valid(lambda text: _SELECTOR.fullmatch(text) is not None, wording.NOT_A_LABEL),
    Field(description=wording.HINT_LABEL),
]
NamespaceName = Annotated[
    str, _valid(is_label, "write a namespace's name"), Field(description=wording.HINT_NAMESPACE)
]
ObjectName = Annotated[
    str,
    _valid(lambda text: _OBJECT.fullmatch(text) is not None, wording.NOT_AN_OBJECT),
    Field(description=wording.HINT_OBJECT),
]

Measure = Annotated[Literal["cpu", "memory"], Field(description=wording.HINT_SORT)]


def kind_and_name(typed: str) -> tuple[str, str]:
    """`pod/a` is ("Pod", "a"), `a` is ("", "a")."""
    matched = _OBJECT.fullmatch(typed)
    if matched is None:
        raise ValueError(typed)
    return _KINDS.get(matched["kind"] or "", ""), matched["name"]


class LookParams(Params):
    """A look at a namespace: the system's own, which need not be named."""

    namespace: NamespaceName | None = None


class PodsParams(LookParams):
    deployment: DeploymentName | None = None
    label: Selector | None = None


class ObjectParams(LookParams):
    name: ObjectName


class MaybeObjectParams(LookParams):
    name: ObjectName | None = None


class SortedParams(LookParams):
    """Usage, the greatest first."""

    by: Measure = "cpu"


class NodesParams(Params):
    """Nodes are in no namespace: a look at them needs no value."""


class NodeUsageParams(NodesParams):
    by: Measure = "cpu"


def own(view: View, params: LookParams, everywhere: str = "") -> None:
    """Refuse a namespace that is not the system's; `everywhere` is the reading that would show it.

    Raises DoNotRetry (`outside`).
    """
    if params.namespace not in (None, view.namespace):
        told = [wording.OUTSIDE.format(own=view.namespace, namespace=params.namespace)]
        told += [wording.OR_EVERYWHERE.format(everywhere=everywhere)] if everywhere else []
        raise DoNotRetry(" ".join(told), "outside")


def within(namespace: str, params: LookParams) -> bool:
    """Whether a look at all namespaces includes this one."""
    return params.namespace in (None, namespace)
