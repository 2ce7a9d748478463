"""A story that a victim lives through alone, until it dies or pauses at a point; a survivor finishes it."""

from __future__ import annotations

import contextlib
import re
import signal
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import aiohttp

from tests.chaos.once import Release, contained_once, digests, quiet, released_once, waiting_release
from tests.chaos.victim import Orders, Victim
from tests.scenarios.room import RUTH, Json, Room

LEASES = 60.0
"""Seconds that are skipped for every lease of the victim to have ended."""
RETRY = 61.0
"""Seconds after which Slack has delivered a second time."""
TURNS = 3
WORDS = "APPROVED - while the replica dies"


class Story(Protocol):
    """What is set off, how its item is known, and how it must end."""

    @property
    def fuse(self) -> str:
        """What only the body of its first item holds."""
        ...

    async def begin(self, room: Room) -> None:
        """Set it off; whoever serves `room.intake` may die meanwhile."""
        ...

    async def again(self, room: Room) -> None:
        """What its sender does when it got no answer."""
        ...

    async def ended_once(self, room: Room) -> None:
        """Assert that it ended well, once."""
        ...


class ReleaseStory:
    """Ruth approves a release by words."""

    fuse = WORDS

    def __init__(self, release: Release) -> None:
        self.release = release

    async def begin(self, room: Room) -> None:
        await room.say(RUTH, WORDS, self.release.thread)

    async def again(self, room: Room) -> None:
        """Slack delivers again by itself."""
        await delivered_again(room)

    async def ended_once(self, room: Room) -> None:
        await released_once(room, self.release)


async def delivered_again(room: Room) -> None:
    """Slack tries again what was not answered, once it has noticed."""
    await room.slack.delivery.idle()
    room.slack.clock.advance(RETRY)


class ContainmentStory:
    """The monitor tells of a SEV0 run, which is quarantined and gets its case."""

    def __init__(self, record: Json, files: dict[str, str]) -> None:
        self._record, self._files = record, files
        self._answered = False
        self.fuse = str(record["Run_ID"])

    async def begin(self, room: Room) -> None:
        with contextlib.suppress(aiohttp.ClientError):
            assert 202 == (await room.post_record(self._record))[0]
            self._answered = True

    async def again(self, room: Room) -> None:
        """The monitor tells again what was not answered."""
        if not self._answered:
            await self.begin(room)

    async def ended_once(self, room: Room) -> None:
        await contained_once(room, self._record, self._files)


Prepare = Callable[[Room], Awaitable[Story]]


async def a_release(room: Room) -> ReleaseStory:
    """A release that waits for Ruth."""
    return ReleaseStory(await waiting_release(room))


async def a_containment(room: Room) -> ContainmentStory:
    """A run that the monitor has written and not yet told of."""
    record = room.monitor.record("EMAIL_SEND_001", "SEV0", room.clock.now())
    room.monitor.write_run(record)
    return ContainmentStory(record, digests(room, record, "CREDIT_MONITORING"))


@contextlib.asynccontextmanager
async def victim_of(room: Room, story: Story, log: Path, point: str, by: int) -> AsyncIterator[Victim]:
    """A victim that everything is delivered to and that alone claims work."""
    survivor = room.replicas[0]
    # To start a victim takes this process seconds: a message under way would be cut off with its lease held.
    await room.until(lambda: quiet(room), "what came before to be told")
    skipped = (room.clock.now() - room.machine_now()).total_seconds()
    victim = Victim(Orders(room.environment, story.fuse, log, point, by), skipped)
    survivor.health.set("test", "it is the victim's turn")
    try:
        room.served_by(await room.until(lambda: victim.url, "the victim to serve"))
        yield victim
    finally:
        await victim.end()
        room.served_by(survivor.url)
        survivor.health.set("test", "")


def hand_over(room: Room, victim: Victim) -> None:
    """Time passes until the victim's leases have ended, and the survivor gets to work."""
    room.served_by(room.replicas[0].url)
    room.advance(seconds=LEASES)
    victim.skip(LEASES)
    room.replicas[0].health.set("test", "")


async def until_stopped(room: Room, victim: Victim) -> bool:
    """Wait until the victim died or paused, or has finished everything; whether it stopped."""

    def stopped() -> bool:
        return victim.dead or victim.paused

    def finished() -> bool:
        """With nothing on its way to it: what Slack is sending now is not in the store yet."""
        return bool(victim.points() and not room.slack.delivery.busy and quiet(room) and victim.idle)

    await room.until(lambda: stopped() or finished(), "a victim's end")
    return stopped()


async def points_of(room: Room, prepare: Prepare, log: Path) -> list[str]:
    """Every port call from the recorded payload to the last message, as an unharmed replica makes them."""
    story = await prepare(room)
    async with victim_of(room, story, log, "", signal.SIGKILL) as victim:
        await story.begin(room)
        assert not await until_stopped(room, victim)
        await story.ended_once(room)
    return worth_dying_at(victim)


def worth_dying_at(victim: Victim) -> list[str]:
    """The points that a victim has passed, without those that are others too."""
    return [point for point in victim.points() if not _WROTE_NOTHING.fullmatch(point)]


_LOOKS = (
    *(
        "look",
        "read",
        "get",
        "ready",
        "kept",
        "rehearse",
        "surroundings",
        "deployment",
        "autoscaler",
        "revisions",
    ),
    *(
        "node",
        "pods_on",
        "budgets",
        "elsewhere",
        "without_node",
        "containers",
        "of",
        "of_request",
        "of_version",
    ),
    *("silence", "silences", "alerts"),
)
"""What a system is only asked. A rehearsal is a dry run."""
_WROTE_NOTHING = re.compile(
    r"after (?:store\.(?:read|linked|ranked|slot|thread|unwritten|untouched)|directory\.\w+"
    rf"|messenger\.(?:permalink|find|read_back|root_slot)|systems\..*\.(?:{'|'.join(_LOOKS)}))#\d+"
)
"""Dying after a call that wrote nothing is dying before it, which is a point of its own."""


def share(points: list[str], shard: int, shards: int) -> list[str]:
    """A shard's points. By name, because two runs may list their points in another order."""
    return [point for point in points if zlib.crc32(point.encode()) % shards == shard]


async def visit(points: list[str], stop_at: Callable[[str, str], Awaitable[bool]]) -> list[str]:
    """Stop at every point, and again at each that did not come; returns those that never came.

    Where several messages wait, how many reads and posts they need depends on who is quicker.
    """
    missed = points
    for turn in range(TURNS):
        visited = [
            (point, await stop_at(point, f"{turn}-{number}.log")) for number, point in enumerate(missed)
        ]
        missed = [point for point, came in visited if not came]
    return missed
