"""The story of a silence: whatever dies around the call that makes it, Alertmanager has one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from tests.chaos.approved import ApprovedStory, asked
from tests.scenarios.room import Room

_FRESH = itertools.count(1)


@dataclass
class SilenceStory(ApprovedStory):
    """A silence of one instance is asked for."""

    instance: str

    async def changed_once(self, room: Room) -> None:
        """One silence of this request hides the instance, and no other ever did."""
        stamp = f"[countersign {self.request}]"
        kept = [one for one in room.alertmanager.kept.values() if one.comment.endswith(stamp)]
        assert 1 == len(kept)
        assert kept[0].holds({"namespace": "auditron", "instance": self.instance, "severity": "warning"})
        assert 1 == len([call for call in room.alertmanager.calls if call[2].endswith(stamp)])


async def a_silence(room: Room) -> SilenceStory:
    """An instance that nobody has silenced yet is to be silenced."""
    instance = f"web-{next(_FRESH)}"
    words = f'auditron silence instance="{instance}" for 2h because it is being moved'
    return SilenceStory(*await asked(room, words), instance)
