"""Wiring: settings and policies in, one working replica out. No rule and no transition stands here."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import PracticeClock, SystemClock
from bot.clusters import read_secret
from bot.ending import end_tasks
from bot.giving_way import Ways
from bot.inbox import Inbox, Unreadable
from bot.manifest import first_words
from bot.metrics import count_commit
from bot.neighbours import open_neighbours
from bot.parts import Parts, Wrap, sealer_of
from bot.pictures.artist import ProcessArtist
from bot.policy_folder import read_book
from bot.redaction.redactor import Redactor, load
from bot.sender import Sender
from bot.serving import served
from bot.settings import Settings
from bot.slack.directory import SlackDirectory
from bot.slack.dispatch import make_dispatcher
from bot.slack.listeners import make_bolt
from bot.slack.messenger import SlackMessenger
from bot.slack.socket import make_socket
from bot.standing_by import Health, Heartbeat, who_am_i
from bot.starting import catch_up, first_look, renew_marks
from bot.store.along import Leases
from bot.store.connect import connect
from bot.store.embedded import embedded
from bot.store.promises import durability
from bot.store.redis_store import RedisStore
from bot.systems.adapters import ADAPTERS
from bot.tracing.carrying import carried
from bot.tracing.opening import tracing_for
from bot.tracing.working import bind_commit, traced
from bot.workers import OUTBOX, Bell, QueueWorker, Tuning
from handlers.alerting.together import Together
from handlers.errors import StoreUnavailable
from handlers.escalating.overdue import watch_due_work
from handlers.ports.clock import Clock
from handlers.sending import LEASE
from handlers.timers import is_effect, on_due
from handlers.work import Claimed, Commit, Queue
from handlers.world import World
from policies.loading import resolve_settings

log = structlog.get_logger(__name__)
_SLACK_TIMEOUT = 10


@dataclass(frozen=True, repr=False)
class Running:
    """A working replica."""

    url: str
    world: World
    health: Health
    loops: tuple[asyncio.Task[None], ...]

    async def until_a_loop_ends(self) -> None:
        """Loops work for ever: when one ends, what ended it is raised."""
        done, _ = await asyncio.wait(self.loops, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()


@asynccontextmanager
async def replica(
    settings: Settings,
    environment: Mapping[str, str],
    *,
    clock: Clock | None = None,
    tuning: Tuning | None = None,
    wrap: Wrap = lambda _, port: port,
    activate: bool = False,
) -> AsyncIterator[Running]:
    """Run one replica for as long as the context lasts.

    Raises PolicyFaults or StoreConfigError before anything is served, NotOurWorkspace once Slack has spoken.
    """
    clock, tuning = clock or _clock(settings), tuning or Tuning()
    book = read_book(settings.policies)
    load()
    name = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:6]}"
    async with AsyncExitStack() as stack:
        url = settings.redis_url or await stack.enter_async_context(embedded(settings.data))
        client = connect(url)
        stack.push_async_callback(client.aclose)
        sealer = sealer_of(settings)
        tracing = await stack.enter_async_context(tracing_for(environment, name))
        bell = Bell()

        def committed(commit: Commit) -> None:
            count_commit(commit)
            bind_commit(tracing, commit)
            if commit.arm:
                bell.ring(Queue.DUE)
            if commit.deliver:
                bell.ring(OUTBOX)

        made = RedisStore(
            client,
            book.workspace,
            book.revision,
            clock,
            patience=tuning.patience,
            sealer=sealer,
            leases=Leases(LEASE, tuning.lease),
            committed=committed,
            carried=lambda commit: carried(commit, tracing.parent()),
        )
        store = wrap("store", made)
        session = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SLACK_TIMEOUT))
        )
        # No retries inside the client: it would post again after a lost answer, without looking first.
        slack = AsyncWebClient(
            settings.secrets.bot_token,
            base_url=settings.api_url,
            session=session,
            timeout=_SLACK_TIMEOUT,
            retry_handlers=[],
        )

        def seen(name: str, port: Any) -> Any:
            return tracing.wrap(name, wrap(name, port))

        parts = Parts(settings, environment, book, store, clock, tuning, slack, session, seen, tracing, name)
        health = Health()
        await _warn_of_weak_store(client)
        yield await stack.enter_async_context(_at_work(parts, health, bell, activate=activate))


def _clock(settings: Settings) -> Clock:
    return PracticeClock(settings.practice_clock) if settings.practice_clock else SystemClock()


async def _warn_of_weak_store(client: Any) -> None:
    """What a store may forget is said at start, each with the mend."""
    with contextlib.suppress(StoreUnavailable):
        for warning in await durability(client):
            log.warning("store", warning=warning)


@asynccontextmanager
async def _at_work(parts: Parts, health: Health, bell: Bell, *, activate: bool) -> AsyncIterator[Running]:
    """Serve from the first moment (what comes is recorded); work once Slack has said who the bot is."""
    ways = Ways()
    late = _Late(health)
    inbox = Inbox(
        parts.store,
        parts.clock,
        bell.ring,
        late.respond,
        ways,
        parts.tracing,
        parts.tuning.inline,
        lambda: health.against().get("clock", ""),
    )
    heartbeat = Heartbeat(parts.name, parts.book, parts.store, parts.clock, health, parts.tuning)
    tasks = [asyncio.ensure_future(heartbeat.run(force=activate))]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(end_tasks, tasks)
        url = await stack.enter_async_context(served(parts, inbox, ways, health))
        identity = await who_am_i(parts.slack, parts.book, health)
        systems = await _open_systems(parts, stack)
        artist = stack.enter_context(ProcessArtist()) if parts.settings.pictures else None
        rosters, notifiers = await open_neighbours(parts.book, parts.environment, parts.clock, stack)
        world, directory = _world(parts, identity, systems, artist)
        world = replace(world, rosters=rosters, notifiers=notifiers)
        bolt = make_bolt(parts.slack, world, directory, identity, first_words(parts.book))
        late.dispatch = traced(parts.tracing, make_dispatcher(bolt, world, parts.tuning.tries))
        beside = [
            first_look(world),
            catch_up(world),
            renew_marks(world),
            watch_due_work(
                world,
                parts.tuning.late,
                parts.tuning.watch,
                knows_the_time=lambda: not health.against().get("clock"),
                may_work=health.may_claim,
            ),
        ]
        stack.push_async_callback(end_tasks, [asyncio.ensure_future(one) for one in beside])
        tasks += _workers(parts, world, bell, ways, late.dispatch, health)
        if parts.settings.secrets.app_token:
            connector = make_socket(parts.settings.secrets.app_token, parts.slack, inbox.take, Unreadable)
            stack.push_async_callback(connector.close)
            await connector.connect()  # type: ignore[no-untyped-call]
        yield Running(url, world, health, tuple(tasks))


class _Late:
    """Answers inline payloads through Bolt while this replica may work; otherwise a worker that may will."""

    dispatch: Callable[[Claimed], Awaitable[dict[str, Any]]] | None = None

    def __init__(self, health: Health) -> None:
        self._health = health

    async def respond(self, claimed: Claimed) -> dict[str, Any]:
        may = self.dispatch is not None and self._health.may_claim()
        return await self.dispatch(claimed) if self.dispatch and may else {}


async def _open_systems(parts: Parts, stack: AsyncExitStack) -> dict[str, dict[str, Any]]:
    """The adapters of every system in policy, by system and kind; closed with the stack."""
    opened: dict[str, dict[str, Any]] = {}
    for name, system in parts.book.systems.items():
        settings = resolve_settings(parts.book, name, parts.environment, read_secret)
        opened[name] = {}
        for kind in system.kinds:
            adapter = await stack.enter_async_context(
                ADAPTERS[kind].open(settings, parts.clock, parts.environment, system)
            )
            opened[name][kind] = parts.wrap(f"systems.{name}", adapter)
    return opened


def _world(
    parts: Parts,
    identity: Mapping[str, Any],
    systems: Mapping[str, Mapping[str, Any]],
    artist: ProcessArtist | None,
) -> tuple[World, SlackDirectory]:
    book, wrap = parts.book, parts.wrap
    directory = SlackDirectory(parts.slack, parts.clock, book.workspace, book.enterprise or "")
    messenger = wrap("messenger", SlackMessenger(parts.slack, parts.session, str(identity["user_id"])))
    world = World(
        book=book,
        store=parts.store,
        clock=parts.clock,
        directory=wrap("directory", directory),
        messenger=messenger,
        sealer=sealer_of(parts.settings),
        systems=systems,
        bot_user=str(identity["user_id"]),
        redactor=Redactor(),
        artist=artist,
    )
    return world, directory


def _workers(
    parts: Parts,
    world: World,
    bell: Bell,
    ways: Ways,
    dispatch: Callable[[Claimed], Awaitable[dict[str, Any]]],
    health: Health,
) -> list[asyncio.Task[None]]:
    async def due(claimed: Claimed) -> object:
        return await on_due(world, claimed)

    effect, rest = ways.effect(due), ways.after_effects(due)
    handlers: dict[Queue, Callable[[Claimed], Awaitable[object]]] = {
        Queue.PEOPLE: ways.first(dispatch),
        Queue.ALERTS: traced(parts.tracing, Together(world, ways.after_people).on_alert),
        Queue.DUE: traced(parts.tracing, lambda claimed: (effect if is_effect(claimed) else rest)(claimed)),
    }
    loops = [
        QueueWorker(queue, parts.store, parts.clock, bell, ways.turns(queue), handle, parts.tuning).run(
            health.may_claim
        )
        for queue, handle in handlers.items()
    ]
    sender = Sender(world, bell, ways.sending, parts.tuning, parts.tracing)
    loops.append(sender.run(health.may_claim))
    return [asyncio.ensure_future(loop) for loop in loops]
