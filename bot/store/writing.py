"""A unit of work as the keys and arguments of `scripts/commit.lua`, in the order in which it takes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.store.keys import Keys
from bot.store.moments import to_ms
from handlers.work import Commit, Key, Queue

PROOF_KEPT_MS = 600_000
"""How long a repeated call still learns that it has already written; far longer than any call lasts."""

NOTHING_ALONG = ("", "", "", "")

_KIND = re.compile(r"[^/\s]+")
_CHANNEL = re.compile(r"\S+")

Arguments = list[str | int]


def commit_call(
    names: Keys, commit: Commit, nonce: str, now: int, along: Iterable[str | int] = NOTHING_ALONG
) -> tuple[list[str], Arguments]:
    """Keys and arguments for one commit; `along` is what its replica takes with it.

    Raises ValueError for a name that no key could be made from.
    """
    _check(commit)
    due = names.queue(Queue.DUE)
    queue = names.queue(commit.consume.queue) if commit.consume else due
    objects = sorted(commit.expect.keys() | commit.put.keys() | set(commit.forget), key=str)
    ties = [("SADD", *tie) for tie in commit.link] + [("SREM", *tie) for tie in commit.unlink]
    keys = [
        *(names.proof(nonce), names.audit, due.visible, due.bodies, due.claims),
        *(queue.visible, queue.bodies, queue.claims),
        *(names.outbox_counter, names.written, names.policy, *names.outbox),
        *map(names.object, objects),
        *(names.links(name) for _, name, _ in ties),
        *(names.ranks(rank.name) for rank in commit.rank),
        *(names.ranks(name) for name, _ in commit.unrank),
        *([names.once(commit.once_in)] if commit.once_in else []),
    ]
    arguments: Arguments = [PROOF_KEPT_MS, now, *along]
    arguments += [commit.consume.id if commit.consume else "", commit.holding]
    arguments += _counted((item.id, token) for item, token in commit.also)
    arguments += _counted(
        (str(key), commit.expect.get(key, ""), _change(commit, key), commit.put.get(key, ""))
        for key in objects
    )
    arguments += _counted((command, str(key)) for command, _, key in ties)
    arguments += _counted((to_ms(rank.at), str(rank.key), rank.most) for rank in commit.rank)
    arguments += _counted((str(key),) for _, key in commit.unrank)
    arguments += [1, commit.once_in, commit.cause] if commit.once_in else [0]
    arguments += _counted((entry.model_dump_json(),) for entry in commit.audit)
    arguments += _counted(
        (f"{nonce}-{place}", delivery.lane.value, delivery.model_dump_json())
        for place, delivery in enumerate(commit.deliver)
    )
    arguments += _counted((timer,) for timer in commit.disarm)
    arguments += _counted((timer.id, to_ms(timer.at), timer.body) for timer in commit.arm)
    return keys, arguments


def _change(commit: Commit, key: Key) -> str:
    return "forget" if key in commit.forget else "put" if key in commit.put else "none"


def _counted(rows: Iterable[tuple[str | int, ...]]) -> Arguments:
    """How many rows, then their cells."""
    listed = list(rows)
    return [len(listed), *(cell for row in listed for cell in row)]


def _check(commit: Commit) -> None:
    tied: set[Key] = {key for _, key in commit.link + commit.unlink + commit.unrank}
    tied |= {rank.key for rank in commit.rank}
    for key in {*commit.expect, *commit.put, *commit.forget, *tied}:
        if not _KIND.fullmatch(key.kind):
            raise ValueError(f"the kind of a key has no slash or space: {key.kind!r}")
    for delivery in commit.deliver:
        if not _CHANNEL.fullmatch(delivery.channel):
            raise ValueError(f"a channel's name has no space: {delivery.channel!r}")
    if commit.consume is not None and not commit.consume.id:
        raise ValueError("an item has an id")
    if any(commit.consume is None or item.queue is not commit.consume.queue for item, _ in commit.also):
        raise ValueError("items that are consumed together are of one queue")
