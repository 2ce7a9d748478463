"""`countersign doctor`: what `serve` will need, asked for now, each with how to mend it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bot.cli.people import slack_client, who_may_ask
from bot.clusters import clusters_of, read_secret
from bot.manifest import BOT_SCOPES
from bot.policy_folder import read_book
from bot.settings import Settings, SettingsError, read_settings
from bot.slack.identity import identity_of
from bot.store.connect import connect
from bot.store.embedded import tried
from bot.store.errors import StoreConfigError
from bot.store.promises import durability
from bot.systems.kubernetes.access import Granted, permissions_of, permissions_to_act
from bot.systems.kubernetes.connection import Connection
from bot.systems.kubernetes.permissions import Permission, as_line, rules_of
from bot.systems.kubernetes.reviewing import missing
from handlers.errors import CountersignError, DoNotRetry, StoreUnavailable, TryAgainLater
from policies.faults import PolicyFaults
from policies.loading import resolve_settings
from policies.schema import PolicyBook

WELL = 0
SOMETHING_MISSING = 1

_SETTINGS_WELL = "everything that is needed is set"
_PREVIOUS_NAMED = (
    "{name} is set: what was marked with it still counts. Take it out once what was asked, or done for a"
    " time, before the renewal is over; at once if it has leaked"
)
_BOOK_WELL = "{folder}, revision {revision}"
_STORE_WELL = "{which} answers and keeps what it has acknowledged"
_STORE_AWAY = "{which} does not answer ({why}); look at REDIS_URL and at the server"
_SLACK_WELL = "the token is {user}'s in {team}, with all {count} scopes"
_OTHER_TEAM = "the token belongs to workspace {team}, roles.yaml says {workspace}; correct one"
_SLACK_REFUSES = "{why}; look at SLACK_BOT_TOKEN"
_SLACK_AWAY = "{why}; look at this machine's network and proxy, or at COUNTERSIGN_SLACK_API_URL"
_NO_SCOPE = "{scope}: print the app manifest anew (`countersign manifest`), and install the app again"
_RULE = "{what} {where}; add to the {kind}: {rule}"
_ALL_WELL = "Nothing is missing."
_MISSING = "Missing: {count}. Mend that, and ask the doctor again."
_TAKE_OUT = (
    "A system that you do not have is a file in {folder}/systems: take it out, then `countersign check`."
)
_ROLES_ADD = "What a cluster lacks, `countersign manifest --rbac | kubectl apply -f -` adds."


@dataclass(frozen=True)
class Finding:
    """One thing that was asked: of which part, whether it is well, and what there is to say."""

    part: str
    well: bool
    told: str
    in_roles: bool = False
    """Whether the roles that `manifest --rbac` prints would give it."""
    of_system: bool = False
    """Whether it is a setting of one system, which policies could do without."""


async def examined(environment: Mapping[str, str], folder: Path) -> tuple[Finding, ...]:
    """Everything that can be asked, even where a part before it is missing."""
    return tuple([finding async for finding in _findings(environment, folder)])


def doctor(environment: Mapping[str, str], folder: Path) -> int:
    """Print what was found, a line each; exit status 1 when something is missing."""
    findings = asyncio.run(examined(environment, folder))
    width = max(len(one.part) for one in findings)
    for one in findings:
        print(f"{'ok' if one.well else 'missing':<8} {one.part:<{width}}  {one.told}")
    count = sum(not one.well for one in findings)
    if any(one.in_roles for one in findings):
        print(_ROLES_ADD)
    if any(one.of_system for one in findings):
        print(_TAKE_OUT.format(folder=folder))
    print(_MISSING.format(count=count) if count else _ALL_WELL)
    return SOMETHING_MISSING if count else WELL


async def _findings(environment: Mapping[str, str], folder: Path) -> AsyncIterator[Finding]:
    settings = book = None
    try:
        settings = read_settings(environment)
        yield Finding("settings", True, _SETTINGS_WELL)
        for name in settings.secrets.previous.named:
            yield Finding("settings", True, _PREVIOUS_NAMED.format(name=name))
    except SettingsError as wrong:
        for line in str(wrong).splitlines():
            yield Finding("settings", False, line)
    try:
        if not environment.get("COUNTERSIGN_POLICIES"):
            return  # the settings said so, and nothing else can be looked at without
        book = read_book(folder)
        yield Finding("policies", True, _BOOK_WELL.format(folder=folder, revision=book.revision[:12]))
    except PolicyFaults as faults:
        for fault in faults.faults:
            yield Finding("policies", False, str(fault))
    if settings is not None:
        for finding in await _store(settings):
            yield finding
    if settings is not None and book is not None:
        for finding in await _slack(settings, book):
            yield finding
    if book is not None:
        for finding in (*_references(book, environment), *await _clusters(book, environment)):
            yield finding


async def _store(settings: Settings) -> tuple[Finding, ...]:
    """Whether it is there, and does not forget."""
    which = "REDIS_URL" if settings.redis_url else f"the embedded store in {settings.data}"
    try:
        async with AsyncExitStack() as stack:
            url = settings.redis_url or await stack.enter_async_context(tried(settings.data))
            client = connect(url)
            stack.push_async_callback(client.aclose)
            warnings = await durability(client)
    except StoreConfigError as wrong:
        return (Finding("store", False, str(wrong)),)
    except StoreUnavailable as away:
        return (Finding("store", False, _STORE_AWAY.format(which=which, why=away)),)
    weak = tuple(Finding("store", False, warning) for warning in warnings)
    return weak or (Finding("store", True, _STORE_WELL.format(which=which)),)


async def _slack(settings: Settings, book: PolicyBook) -> tuple[Finding, ...]:
    """Whether the token is of this workspace and has every scope."""
    async with slack_client(settings.secrets.bot_token, settings.api_url) as client:
        try:
            who = await identity_of(client)
        except CountersignError as no:
            look = _SLACK_AWAY if isinstance(no, TryAgainLater) else _SLACK_REFUSES
            return (Finding("slack", False, look.format(why=no)),)
    if who.team != book.workspace and (not book.enterprise or who.enterprise != book.enterprise):
        return (Finding("slack", False, _OTHER_TEAM.format(team=who.team, workspace=book.workspace)),)
    lacking = [scope for scope in BOT_SCOPES if scope not in who.scopes]
    faults = tuple(Finding("slack scope", False, _NO_SCOPE.format(scope=scope)) for scope in lacking)
    told = _SLACK_WELL.format(user=who.user, team=who.team, count=len(BOT_SCOPES))
    return faults or (Finding("slack", True, told),)


def _references(book: PolicyBook, environment: Mapping[str, str]) -> Iterator[Finding]:
    """What policies take from the environment and from files."""
    for name in book.systems:
        try:
            resolve_settings(book, name, environment, read_secret)
        except PolicyFaults as faults:
            yield from (Finding(name, False, str(fault), of_system=True) for fault in faults.faults)


async def _clusters(book: PolicyBook, environment: Mapping[str, str]) -> tuple[Finding, ...]:
    try:
        clusters = clusters_of(book, environment)
    except PolicyFaults:
        return ()  # told with the references
    except DoNotRetry as wrong:
        return (Finding("cluster", False, str(wrong)),)
    found = [await _cluster(book, environment, context, clusters[context]) for context in sorted(clusters)]
    return tuple(finding for findings in found for finding in findings)


async def _cluster(
    book: PolicyBook, environment: Mapping[str, str], context: str, systems: tuple[Granted, ...]
) -> tuple[Finding, ...]:
    """Every permission that the systems of one cluster need, asked of its API server."""
    connection = Connection(environment, context, seconds=max(one.patience for one in systems))
    try:
        people = await who_may_ask(book, systems, environment)
        wanted = permissions_of(systems) | permissions_to_act(book, systems, people)
        lacking = await missing(connection, wanted)
    except (CountersignError, SettingsError) as no:
        return (Finding(context or "cluster", False, str(no)),)
    finally:
        await connection.close()
    return tuple(_weighed(wanted, lacking))


def _weighed(wanted: frozenset[Permission], lacking: frozenset[Permission]) -> Iterator[Finding]:
    """A line for each verb on a resource in a namespace, all its names together."""
    for namespace, what in sorted({(one.namespace, one.what) for one in wanted}):
        here = [one for one in sorted(wanted) if (one.namespace, one.what) == (namespace, what)]
        part, where = namespace or "cluster", here[0].where
        absent = [one for one in here if one in lacking]
        if not absent:
            names = ", ".join(one.name for one in here if one.name)
            yield Finding(part, True, f"{what} {where}{f' ({names})' if names else ''}")
        for rule in rules_of(absent):
            kind = "Role" if namespace else "ClusterRole"
            yield Finding(
                part, False, _RULE.format(what=what, where=where, kind=kind, rule=as_line(rule)), True
            )
