"""`countersign manifest --rbac`: the account and the permissions that the loaded policies need, as YAML."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from bot.cli.people import who_may_ask
from bot.cli.policies import FAULTY, OK
from bot.clusters import clusters_of
from bot.policy_folder import read_book
from bot.settings import SettingsError
from bot.systems.kubernetes.access import Account, Document, Granted, documents, permissions_to_act
from handlers.actions.kubernetes.vocabulary import is_label
from handlers.errors import DoNotRetry, TryAgainLater
from policies.faults import PolicyFaults
from policies.schema import PolicyBook

_HEAD = """\
# What the policies with revision {revision} need in {cluster}, and nothing else.
# Written by `countersign manifest --rbac`; write it again when policies change, and apply it:
#   countersign manifest --rbac | kubectl apply -f -
"""
_NO_ACCOUNT = (
    "--account {given}: write NAMESPACE/NAME of the bot's service account, like `countersign/countersign`"
)
_NO_SYSTEM = "No system of kind kubernetes has {context}; the policies name {known}."
_NO_CLUSTER = "No system of kind kubernetes stands in these policies: nothing is needed."
_NO_PEOPLE = "Who may ask stands in Slack's user groups, and cannot be read: {why}"
_ELSEWHERE = (
    "Not written: what is needed in the context {context} ({systems}). Add --context {context} for it."
)


def rbac(folder: Path, account: str, context: str, environment: Mapping[str, str]) -> int:
    """Print the objects for one cluster: that of a context, or of the systems that name none.

    Exit status 2 when the folder has faults or no system is in that cluster.
    """
    namespace, _, name = account.partition("/")
    if not (is_label(namespace) and is_label(name)):
        return _say(_NO_ACCOUNT.format(given=account))
    try:
        book = read_book(folder)
        clusters = clusters_of(book, environment)
        systems = clusters.pop(context, ())
        if not systems:
            return _say(_no_system(context, clusters))
        people = asyncio.run(who_may_ask(book, systems, environment))
    except (PolicyFaults, DoNotRetry) as faults:
        return _say(str(faults))
    except (SettingsError, TryAgainLater) as away:
        return _say(_NO_PEOPLE.format(why=away))
    acting = permissions_to_act(book, systems, people)
    print(as_yaml(book, documents(Account(namespace, name), systems, acting), context, systems), end="")
    for other, found in sorted(clusters.items()):
        _say(_ELSEWHERE.format(context=other, systems=", ".join(one.system for one in found)))
    return OK


def as_yaml(book: PolicyBook, objects: Iterable[Document], context: str, systems: tuple[Granted, ...]) -> str:
    """The objects, each with what it is needed for."""
    cluster = f"the context {context}" if context else "the cluster"
    texts = [_HEAD.format(revision=book.revision[:12], cluster=cluster)]
    for document in objects:
        texts.append("---\n" + _reason(document["kind"], document["metadata"].get("namespace", ""), systems))
        texts.append(yaml.safe_dump(document, sort_keys=False, default_flow_style=None, width=10_000))
    return "".join(texts)


def _reason(kind: str, namespace: str, systems: tuple[Granted, ...]) -> str:
    if kind != "Role":
        return ""
    here = (one for one in systems if one.namespace == namespace)
    return "".join(f"# {one.system}: {', '.join(sorted(one.names))}\n" for one in here)


def _no_system(context: str, clusters: Mapping[str, object]) -> str:
    if not clusters:
        return _NO_CLUSTER
    wanted = f"the context {context}" if context else "no context of its own"
    return _NO_SYSTEM.format(
        context=wanted, known=", ".join(f"--context {one}" for one in sorted(clusters) if one) or "none"
    )


def _say(text: str) -> int:
    print(re.sub(r"\n+$", "", text), file=sys.stderr)
    return FAULTY
