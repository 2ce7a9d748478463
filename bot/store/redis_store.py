"""The store of `handlers.ports`, on Redis or Valkey."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime
from secrets import token_hex

from pydantic import ValidationError

from bot.store import engine
from bot.store.along import Along, Leases
from bot.store.connect import Client
from bot.store.keys import Keys
from bot.store.marks import Marks
from bot.store.measuring import Measuring
from bot.store.moments import after, from_ms, to_ms
from bot.store.outbox import RECORDER, Outbox
from bot.store.retention import Retention
from bot.store.writing import PROOF_KEPT_MS, commit_call
from handlers.errors import StopClaiming
from handlers.ports.clock import Clock
from handlers.ports.sealing import Sealer
from handlers.ports.store import Enlisted
from handlers.work import Claimed, Commit, Entry, Item, Key, Queue, Ranked, Stored, Thread, Verdict

PATIENCE = 2.5
"""Seconds that one call may take, retries included: Slack waits for three."""
SEEN_KEPT_MS = 25 * 3_600_000
"""How long a delivery's name stays known; domain.md asks for a day at least."""


class RedisStore(Outbox, Retention, Measuring):
    """Implements `handlers.ports.store.Store`; what its docstrings ask for is not repeated here.

    `revision` is the policy revision that this replica was opened with, `clock` tells when a message was
    queued, `sealer` marks what is to be sent. `carried` adds the trace to what a commit leads to, `committed`
    hears of each that was written. With `leases`, `claim` and `next_sending` hand out first what its own
    commits have queued and could be done at once. The store does not own `client`: whoever made it closes it.
    """

    def __init__(
        self,
        client: Client,
        workspace: str,
        revision: str,
        clock: Clock,
        *,
        patience: float = PATIENCE,
        sealer: Sealer | None = None,
        committed: Callable[[Commit], None] = lambda _: None,
        carried: Callable[[Commit], Commit] = lambda commit: commit,
        leases: Leases | None = None,
    ) -> None:
        along = Along(leases, revision)
        super().__init__(engine.Engine(client, patience), Keys(workspace), Marks(sealer), along)
        self._revision = revision
        self._clock = clock
        self._committed = committed
        self._carried = carried
        self._commits: set[asyncio.Future[Verdict]] = set()

    async def enlist(
        self,
        replica: str,
        revision: str,
        now: datetime,
        lifetime: float,
        *,
        force: bool = False,
        drift: float | None = None,
        told: Item | None = None,
    ) -> Enlisted:
        due = self._keys.queue(Queue.DUE)
        keys = (self._keys.replicas, self._keys.revisions, self._keys.policy, *astuple(due))
        alive_until = to_ms(after(now, lifetime))
        most = "" if drift is None else round(drift * 1000)
        item = (told.id, told.body) if told else ("", "")
        arguments = (replica, revision, to_ms(now), alive_until, int(force), token_hex(16), most, *item)
        active, replaced, seconds, microseconds = await self._engine.run(engine.ENLIST, keys, arguments)
        server_now = from_ms(int(seconds) * 1000 + int(microseconds) // 1000)
        return Enlisted(active, server_now, replaced)

    async def resign(self, replica: str) -> None:
        await self._engine.run(engine.RESIGN, (self._keys.replicas, self._keys.revisions), (replica,))

    async def record(self, item: Item, seen: Sequence[str], at: datetime) -> bool:
        nonce = token_hex(16)
        queue = self._keys.queue(item.queue)
        names = [self._keys.seen(name) for name in seen] or [self._keys.proof(nonce)]
        arguments = (nonce, SEEN_KEPT_MS if seen else PROOF_KEPT_MS, to_ms(at), item.id, item.body)
        return bool(await self._engine.run(engine.RECORD, (queue.visible, queue.bodies, *names), arguments))

    async def claim(self, queue: Queue, now: datetime, lease: float, limit: int) -> Sequence[Claimed]:
        if queue is Queue.DUE and (own := self._along.works(now, limit)):
            return own
        names = self._keys.queue(queue)
        keys = (self._keys.policy, names.visible, names.bodies, names.claims)
        token, until = token_hex(16), after(now, lease)
        arguments = (self._revision, to_ms(now), to_ms(until), limit, token)
        outcome, *rest = await self._engine.run(engine.CLAIM, keys, arguments)
        if outcome == "stop":
            raise StopClaiming(f"policy revision {rest[0] or 'none'} is in force, not {self._revision}")
        rows = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
        return [Claimed(Item(queue, id_, body), int(attempt), token, until) for id_, body, attempt in rows]

    async def extend(self, claimed: Claimed, until: datetime) -> bool:
        names = self._keys.queue(claimed.item.queue)
        arguments = (claimed.item.id, claimed.token, to_ms(until))
        return bool(await self._engine.run(engine.EXTEND, (names.visible, names.claims), arguments))

    async def park(self, claimed: Claimed, why: str, at: datetime) -> None:
        item = claimed.item
        queue = self._keys.queue(item.queue)
        keys = (
            *(queue.visible, queue.bodies, queue.claims),
            *(self._keys.parked, self._keys.audit, self._keys.aside),
        )
        name = f"{item.queue.value}/{item.id}"
        detail = {"why": why, "attempt": claimed.attempt}
        entry = Entry(at=at, event="item-parked", subject=name, actor=RECORDER, detail=detail)
        kept = json.dumps({"body": item.body, "at": to_ms(at), **detail})
        arguments = (item.id, claimed.token, name, kept, entry.model_dump_json(), to_ms(at))
        await self._engine.run(engine.PARK, keys, arguments)

    async def read(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        if not keys:
            return {}
        answer = await self._engine.run(engine.READ, [self._keys.object(key) for key in keys], ())
        rows = zip(keys, answer[::2], answer[1::2], strict=True)
        return {key: Stored(key, int(version), body) for key, version, body in rows}

    async def recorded(self, above: int, limit: int) -> Sequence[tuple[int, Entry]]:
        rows = await self._engine.entries(self._keys.audit, above, limit)
        return [(number, _entry(text)) for number, text in rows]

    async def linked(self, name: str) -> Sequence[Stored]:
        members = await self._engine.members(self._keys.links(name))
        keys = [Key(*member.split("/", 1)) for member in sorted(members)]
        return [stored for stored in (await self.read(keys)).values() if stored.version]

    async def ranked(self, name: str, limit: int, *, latest: bool = False) -> Ranked:
        members, count = await self._engine.ordered(self._keys.ranks(name), limit, latest=latest)
        stored = await self.read([Key(*member.split("/", 1)) for member in members])
        return Ranked(tuple(one for one in stored.values() if one.version), count)

    async def counted(self, names: Sequence[str], since: datetime | None = None) -> Sequence[int]:
        low = "-inf" if since is None else str(to_ms(since))
        return await self._engine.counts([self._keys.ranks(name) for name in names], low) if names else []

    async def oldest(self, queue: Queue) -> datetime | None:
        score = await self._engine.first_score(self._keys.queue(queue).visible)
        return None if score is None else from_ms(score)

    async def thread(self, channel: str, ts: str) -> Thread | None:
        slot = await self._engine.hash_field(self._keys.places, f"{channel} {ts}")
        if slot is None:
            return None
        return Thread(slot, channel, ts, tuple(await self.linked(f"thread/{slot}")))

    async def commit(self, commit: Commit) -> Verdict:
        # A caller that gives up takes nothing back: what the script has leased must not wait for its lease.
        call = asyncio.ensure_future(self._commit(commit))
        self._commits.add(call)
        call.add_done_callback(self._commits.discard)
        return await asyncio.shield(call)

    async def _commit(self, commit: Commit) -> Verdict:
        now, nonce = self._clock.now(), token_hex(16)
        commit = self._carried(commit)
        marked = replace(commit, deliver=tuple(map(self._marks.on, commit.deliver)))
        along = self._along.arguments(marked, now, nonce)
        keys, arguments = commit_call(self._keys, marked, nonce, to_ms(now), along)
        answer = await self._engine.run(engine.COMMIT, keys, arguments)
        verdict, sendings, works = (answer, (), ()) if isinstance(answer, str) else answer
        if verdict == Verdict.COMMITTED:
            self._along.take(marked, now, nonce, sendings, works)
            self._committed(commit)
        return Verdict(verdict)


def _entry(text: str) -> Entry:
    """An entry of the record; what the bot did not write and cannot be read tells nothing."""
    try:
        return Entry.model_validate_json(text)
    except ValidationError:
        return Entry(at=datetime.fromtimestamp(0, UTC), event="unreadable", subject="", actor="")
