"""The shipped policy folder as texts, and ways to break it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import policies
from policies.catalog import Catalog, Kind
from policies.faults import Fault, PolicyFaults
from policies.loading import load as load_with
from policies.on_call import NeighbourKind, Outside
from policies.schema import PolicyBook

FOLDER = Path(policies.__file__).parent / "rules"
ROLES = "roles.yaml"
SEVERITIES = "severities.yaml"
ON_CALL = "on_call.yaml"
SYSTEM = "systems/credit-monitoring.yaml"


CATALOG: Catalog = {
    "credit-monitoring": Kind(
        actions=frozenset(
            {"quarantine", "open-case", "classify-case", "resolve-case", "release", "rerun", "withdraw-rerun"}
        ),
        readings=frozenset({"run", "verify"}),
        gates=frozenset({"exposure-cleared", "case-resolved"}),
        sources=frozenset({"run-record", "alertmanager", "watchdog"}),
        labelled=frozenset({"alertmanager"}),
        settings=frozenset({"root"}),
    ),
    "prometheus": Kind(actions=frozenset(), settings=frozenset({"prometheus_url"}), measures=True),
}

OUTSIDE = Outside(
    notifiers={
        "pagerduty": NeighbourKind(frozenset({"routing_key"}), frozenset({"url", "ca_file"})),
        "email": NeighbourKind(
            frozenset({"host"}),
            frozenset({"port", "sender", "username", "password", "ca_file"}),
            addresses=True,
        ),
        "webhook": NeighbourKind(frozenset({"url", "secret"})),
    },
    feeds={"icalendar": NeighbourKind(frozenset({"url"}))},
)


def load(files: Mapping[str, str | bytes], catalog: Catalog = CATALOG) -> PolicyBook:
    """The book of a folder's texts, for code that can do what `CATALOG` says."""
    return load_with(files, catalog, OUTSIDE)


def shipped() -> dict[str, str]:
    """The shipped folder with one of its systems: the one that uses everything a policy can say."""
    return {file: (FOLDER / file).read_text() for file in (ROLES, SEVERITIES, ON_CALL, SYSTEM)}


def edited(file: str, old: str, new: str) -> dict[str, str]:
    """The shipped folder with the first `old` in a file replaced."""
    texts = shipped()
    assert old in texts[file]
    return texts | {file: texts[file].replace(old, new, 1)}


def line_of(file: str, text: str) -> int:
    """The line on which a text first stands in a shipped file."""
    whole = shipped()[file]
    return whole.count("\n", 0, whole.index(text)) + 1


def faults_of(files: Mapping[str, str | bytes]) -> tuple[Fault, ...]:
    """The faults of a folder that must not load."""
    with pytest.raises(PolicyFaults) as caught:
        load(files)
    return caught.value.faults
