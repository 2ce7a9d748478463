"""Names of keys. All of a workspace share one hash tag, so that a script may touch them on a cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass

from handlers.work import Key, Lane, Queue

_WORKSPACE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class QueueKeys:
    """A queue: when each item becomes visible (ms), its body, and its claim `<attempt> <token>`."""

    visible: str
    bodies: str
    claims: str


class Keys:
    """The keys of one workspace."""

    def __init__(self, workspace: str) -> None:
        if not _WORKSPACE.fullmatch(workspace):
            raise ValueError("a workspace tag is 1 to 64 letters, digits, dots, dashes or underscores")
        prefix = f"{{cs:{workspace}}}:"
        self._prefix = prefix
        self.audit = prefix + "audit"
        self.parked = prefix + "parked"
        self.policy = prefix + "policy"
        self.replicas = prefix + "replicas"
        self.revisions = prefix + "revisions"
        self.outbox_deliveries = prefix + "outbox:deliveries"
        self.outbox_counter = prefix + "outbox:counter"
        self.outbox_dead = prefix + "outbox:dead"
        self.aside = prefix + "aside"
        """When parked items and dead messages were set aside."""
        self.written = prefix + "written"
        """When each object was last written."""
        self.threads = prefix + "threads"
        self.slots = prefix + "slots"
        self.places = prefix + "places"
        self.moved = prefix + "moved"
        self.lanes = tuple(f"{prefix}outbox:waiting{lane.value}" for lane in Lane)
        """The ids of what waits in each lane, by when it was queued."""
        self.outbox = (
            *(prefix + "outbox:" + part for part in ("gates", "ready", "later", "lines", "order")),
            self.outbox_deliveries,
            *(prefix + "outbox:" + part for part in ("attempts", "leases", "pending", "paces", "aliases")),
            *(self.slots, self.places, self.threads, prefix + "shown"),
            *self.lanes,
            self.moved,
        )
        """Everything that `scripts/outbox.lua` works on, in its order."""

    def queue(self, queue: Queue) -> QueueKeys:
        """The three keys of a queue."""
        base = f"{self._prefix}queue:{queue.value}"
        return QueueKeys(base, base + ":bodies", base + ":claims")

    def seen(self, name: str) -> str:
        """Present while a delivery with this name is known; expires as garbage collection only."""
        return f"{self._prefix}seen:{name}"

    def proof(self, nonce: str) -> str:
        """Present when the script run with this nonce has written; expires as garbage collection only."""
        return f"{self._prefix}proof:{nonce}"

    def object(self, key: Key) -> str:
        """A stored object: a hash of its version `v` and its document `doc`."""
        return f"{self._prefix}object:{key}"

    def links(self, name: str) -> str:
        """A named set of object keys, written `kind/id`."""
        return f"{self._prefix}links:{name}"

    def ranks(self, name: str) -> str:
        """A named list of object keys in order of a moment (ms)."""
        return f"{self._prefix}ranks:{name}"

    def once(self, name: str) -> str:
        """The causes that a named set remembers."""
        return f"{self._prefix}once:{name}"
