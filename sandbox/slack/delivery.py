"""Deliveries to the app: events with retries; commands and interactions once, within three seconds."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sandbox.slack.app_config import AppConfig
from sandbox.slack.channel import Channel
from sandbox.slack.clock import Clock
from sandbox.slack.faults import Faults
from sandbox.slack.http_transport import HttpTransport
from sandbox.slack.log import EventLog
from sandbox.slack.people import APP_ID, BOT_USER, TEAM
from sandbox.slack.shapes import Json
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.transport import ANSWER_SECONDS, Answer, Kind, Parcel, Transport
from sandbox.slack.workspace import Happening, Workspace

RETRY_AFTER = (0.0, 60.0, 300.0)
"""Seconds before each retry: at once, after a minute, after five (docs.slack.dev/apis/events-api#retries)."""
HOUR = 3600.0
EVENTS_AN_HOUR = 30_000
SHUFFLE_SECONDS = 0.05

EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "user_change": "users:read",
}


@dataclass
class Health:
    """Whether Slack goes on sending: switched off under `least_ok` when enough was tried in an hour."""

    switched_off: bool = False
    enough: int = 1000
    least_ok: float = 0.05


class Delivery:
    """All that Slack sends to the app. `shuffle` mixes events that come close together, as Slack may.

    `patience` is how many seconds it waits for the app's answer.

    `on_change` hears that Slack has switched the events off.
    """

    def __init__(
        self,
        app: AppConfig,
        workspace: Workspace,
        faults: Faults,
        http: HttpTransport,
        sockets: SocketMode,
        on_change: Callable[[], None],
    ) -> None:
        self.app, self.workspace, self.faults = app, workspace, faults
        self.http, self.sockets = http, sockets
        self.shuffle: random.Random | None = None
        self.patience = ANSWER_SECONDS
        self.events_an_hour = EVENTS_AN_HOUR
        self.health = Health()
        self.last: Json | None = None
        self._on_change = on_change
        self._clock: Clock = workspace.clock
        self._log: EventLog = workspace.log
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._good = 0
        self._working = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._sent: deque[float] = deque()
        self._limited_minute = -1
        self._shuffling: list[Json] = []
        workspace.listeners.append(self.hear)

    @property
    def mode(self) -> str:
        """`socket` once the app has connected that way, else `http`."""
        return "socket" if self.sockets.ever_connected else "http"

    @property
    def connected(self) -> bool:
        return bool(self.sockets.connections) if self.mode == "socket" else self.http.request_url is not None

    def state(self) -> Json:
        return {
            "mode": self.mode,
            "connected": self.connected,
            "connections": len(self.sockets.connections),
            "request_url": self.http.request_url,
            "events_switched_off": self.health.switched_off,
            "last_delivery": self.last,
        }

    async def ask(self, kind: Kind, payload: Json, what: str) -> Answer:
        """Deliver a command or an interaction: once, no retry; `http_timeout` when its patience is over."""
        return await self._attempt(Parcel(kind, payload), what)

    def hear(self, happening: Happening) -> None:
        """Send an event to the app, if it is subscribed, has the scope, and sits in the channel."""
        if not self._may_hear(happening):
            return
        envelope = self._envelope(happening)
        if not self._within_hourly_limit():
            self._tell_rate_limited()
        elif self.shuffle is None:
            self._start(self._deliver(envelope))
        else:
            self._shuffling.append(envelope)
            if len(self._shuffling) == 1:
                self._start(self._deliver_shuffled(self.shuffle))

    async def settled(self) -> None:
        """Wait until no event is under way, retries and withheld ones included."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def busy(self) -> bool:
        """Whether something is in the air just now."""
        return self._working > 0

    async def idle(self) -> None:
        """Wait until nothing is in the air: what waits for a retry, or is withheld, goes on waiting."""
        await self._clock.woken()
        while self._working:
            await self._calm.wait()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _may_hear(self, happening: Happening) -> bool:
        scope = EVENT_SCOPES.get(happening.subscription)
        missing = self.faults.missing_scopes()
        return (
            happening.subscription in self.app.events
            and not self.health.switched_off
            and (scope is None or (scope in self.app.scopes and scope not in missing))
            and (happening.channel is None or BOT_USER in happening.channel.members)
        )

    def _envelope(self, happening: Happening) -> Json:
        channel: Channel | None = happening.channel
        return {
            "token": self.app.verification_token,
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": happening.event,
            "type": "event_callback",
            "event_id": self.workspace.new_id("Ev"),
            "event_time": int(self._clock.wall()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.is_shared),
            "event_context": f"4-{self.workspace.new_id('EC')}",
        }

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        self._count_working(+1)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._count_working(-1)

    async def _deliver_shuffled(self, chance: random.Random) -> None:
        await asyncio.sleep(SHUFFLE_SECONDS)
        batch, self._shuffling = self._shuffling, []
        chance.shuffle(batch)
        for envelope in batch:
            self._start(self._deliver(envelope))
            await asyncio.sleep(0)

    async def _deliver(self, envelope: Json) -> None:
        event = envelope["event"]
        what = f"event {event['type']}" + (f" ({event['subtype']})" if "subtype" in event else "")
        parcel = Parcel("events_api", envelope)
        for wait in (0.0, *RETRY_AFTER):
            with self._resting():
                await self._clock.sleep(wait)
                await self.faults.until_clear("no_events", "down")
            answer = await self._attempt(parcel, what)
            self._judge(ok=answer.ok)
            if answer.ok or answer.no_retry or self.health.switched_off:
                return
            parcel = replace(parcel, retry=parcel.retry + 1, reason=answer.failure or "unknown_error")

    @contextmanager
    def _resting(self) -> Iterator[None]:
        self._count_working(-1)
        try:
            yield
        finally:
            self._count_working(+1)

    def _count_working(self, change: int) -> None:
        self._working += change
        if self._working:
            self._calm.clear()
        else:
            self._calm.set()

    async def _attempt(self, parcel: Parcel, what: str) -> Answer:
        transport: Transport = self.sockets if self.mode == "socket" else self.http
        began = self._clock.elapsed()
        try:
            answer = await self._clock.within(self.patience, transport.send(parcel))
        except TimeoutError:
            answer = Answer(failure="http_timeout")
        self.last = {
            "what": what,
            "kind": parcel.kind,
            "attempt": parcel.retry + 1,
            "status": answer.status or answer.failure,
            "took_ms": round((self._clock.elapsed() - began) * 1000, 1),
        }
        if "event_id" in parcel.payload:
            self.last["event_id"] = parcel.payload["event_id"]
        if answer.body:
            self.last["text"] = answer.text[:300]
        self._log.append("delivery", **self.last)
        return answer

    def _judge(self, *, ok: bool) -> None:
        """Keep the hour's tally; too few successes switch the subscriptions off."""
        now = self._clock.elapsed()
        self._outcomes.append((now, ok))
        self._good += ok
        while self._outcomes[0][0] < now - HOUR:
            self._good -= self._outcomes.popleft()[1]
        tried = len(self._outcomes)
        if tried >= self.health.enough and self._good < tried * self.health.least_ok:
            self.health.switched_off = True
            self._on_change()

    def _within_hourly_limit(self) -> bool:
        now = self._clock.elapsed()
        while self._sent and self._sent[0] < now - HOUR:
            self._sent.popleft()
        if len(self._sent) >= self.events_an_hour:
            return False
        self._sent.append(now)
        return True

    def _tell_rate_limited(self) -> None:
        """`app_rate_limited` once a minute in place of the events that are dropped."""
        minute = int(self._clock.elapsed() // 60)
        if minute == self._limited_minute:
            return
        self._limited_minute = minute
        payload: Json = {
            "token": self.app.verification_token,
            "type": "app_rate_limited",
            "team_id": TEAM,
            "minute_rate_limited": int(self._clock.wall()) // 60 * 60,
            "api_app_id": APP_ID,
        }
        self._start(self._tell_once(payload))

    async def _tell_once(self, payload: Json) -> None:
        await self._attempt(Parcel("events_api", payload), f"event {payload['type']}")
