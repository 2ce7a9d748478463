"""Label selectors: as a query, and judged here.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.systems.kubernetes.calls import Json

_OPERATORS = {"In": "{key} in ({values})", "NotIn": "{key} notin ({values})", "Exists": "{key}"}
_ABSENT = "!{key}"


def as_query(selector: Json) -> str:
    """As `kubectl -l` takes it; empty for a selector without terms."""
    return ",".join(
        _OPERATORS.get(operator, _ABSENT).format(key=key, values=",".join(values))
        for key, operator, values in _terms(selector)
    )


def matches(selector: Json | None, labels: Mapping[str, str]) -> bool:
    """Whether it selects an object with these labels. None selects nothing, one without terms everything."""
    return selector is not None and all(_holds(*term, labels) for term in _terms(selector))


def _terms(selector: Json) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Key, operator, values of everything that must hold."""
    for key, value in (selector.get("matchLabels") or {}).items():
        yield key, "In", (value,)
    for one in selector.get("matchExpressions") or ():
        yield one["key"], one["operator"], tuple(one.get("values") or ())


def _holds(key: str, operator: str, values: tuple[str, ...], labels: Mapping[str, Any]) -> bool:
    match operator:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
