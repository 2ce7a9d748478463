"""A command that was heard: the words, who said them and where, and what the place knows."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.alerts.model import Alert
from handlers.changes import Cause, Draft, Place
from handlers.identity.answers import Voice
from handlers.identity.proof import Proof
from handlers.messages import Card
from handlers.parsing import Command
from handlers.requests.model import Request
from handlers.work import Thread, Verdict
from handlers.world import World


@dataclass(frozen=True)
class Typed:
    """A command as it was typed. `thread_ts` is empty outside threads; slash commands never have one.

    `channel_name` is told by slash commands alone.
    """

    user: str
    place: Place
    text: str
    thread_ts: str = ""
    proof: Proof | None = None
    channel_name: str = ""


@dataclass(frozen=True)
class Heard:
    """A command that could be read, from somebody who counts."""

    command: Command
    voice: Voice
    thread: Thread | None = None
    alert: Alert | None = None
    channel_name: str = ""

    @property
    def second(self) -> str:
        """The word after the command's own name, empty when there is none."""
        return self.command.words[1] if len(self.command.words) > 1 else ""

    @property
    def system(self) -> str:
        """The system of the thread it was said in, empty when that is of none."""
        if self.alert is not None:
            return self.alert.system
        for stored in self.thread.objects if self.thread else ():
            if stored.key.kind == "request":
                return Request.model_validate_json(stored.body).system
        return ""


async def whisper(world: World, cause: Cause, voice: Voice, card: Card) -> Verdict:
    """Answer one person and change nothing."""
    draft = Draft(cause)
    draft.whisper(voice.place, voice.who.user, card)
    return await world.store.commit(draft.build())


async def confide(world: World, cause: Cause, voice: Voice, card: Card) -> Verdict:
    """Answer one person with what only they may read, whoever made the command."""
    draft = Draft(cause)
    draft.whisper(voice.place.confidential, voice.who.user, card)
    return await world.store.commit(draft.build())
