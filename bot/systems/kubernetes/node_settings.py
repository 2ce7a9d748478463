"""Which nodes a policy file lets be touched, and what a drain may lose."""

from __future__ import annotations

from collections.abc import Mapping

from bot.systems.kubernetes.nodes import NodeRules
from handlers.actions.kubernetes.node_ports import BARE_PODS, EMPTY_DIRS
from handlers.actions.kubernetes.vocabulary import NODES_LISTED_IN, is_object_name
from handlers.errors import DoNotRetry

LABELS, MAY_LOSE = "node_labels", "drain_may_lose"

NOT_A_NODE = "The setting nodes: {name} cannot be the name of a node."
NOT_A_LABEL = "The setting node_labels: write labels as key=value, with commas between them; {label} is none."
NOT_TO_LOSE = f"The setting drain_may_lose takes {EMPTY_DIRS} and {BARE_PODS}, with a comma between them."


def node_rules(settings: Mapping[str, str]) -> NodeRules:
    """What is written; nothing that is not. Raises DoNotRetry for what cannot be."""
    labels = [one.partition("=") for one in _written(settings, LABELS)]
    for key, equals, _ in labels:
        if not key or not equals:
            raise DoNotRetry(NOT_A_LABEL.format(label=key[:80]), "bad-setting")
    names = _written(settings, NODES_LISTED_IN)
    for name in names:
        if not is_object_name(name):
            raise DoNotRetry(NOT_A_NODE.format(name=name[:80]), "bad-setting")
    may_lose = _written(settings, MAY_LOSE)
    if not {EMPTY_DIRS, BARE_PODS}.issuperset(may_lose):
        raise DoNotRetry(NOT_TO_LOSE, "bad-setting")
    pairs = tuple((key.strip(), value.strip()) for key, _, value in labels)
    return NodeRules(names, pairs, frozenset(may_lose))


def _written(settings: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The parts of a setting, between commas."""
    return tuple(one.strip() for one in settings.get(name, "").split(",") if one.strip())
