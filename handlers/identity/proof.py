"""How it is known that this very person said, typed or pressed something.

Whoever holds the signing secret can forge any payload in anybody's name. What cannot be forged is what Slack
itself vouches for: a message that it shows when asked, a `trigger_id` that it honours, and a modal that
was opened with one and comes back with the mark that was made for the person (ADR 0004).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from handlers import texts
from handlers.errors import AskAgainWithNewTrigger, DoNotRetry
from handlers.identity import wording as w
from handlers.messages import Form
from handlers.requests.model import Words
from handlers.world import World

FORM_LASTS = timedelta(hours=2)
"""How long a form counts after it was opened: whoever saw its mark pass by must not keep it."""


@dataclass(frozen=True)
class Said:
    """A message: Slack is asked whether it stands there so."""

    words: Words


@dataclass(frozen=True)
class Pressed:
    """A slash command or a click: Slack honours its `trigger_id` once, within three seconds."""

    trigger_id: str


@dataclass(frozen=True)
class Submitted:
    """A modal that came back with the mark made for this person."""


Proof = Said | Pressed | Submitted


@dataclass(frozen=True)
class Doubt:
    """Why something does not count as this person's: a sentence. `stale` when a new click would settle it."""

    why: str
    stale: bool = False


async def doubt(world: World, user: str, proof: Proof | None, receipt: Form) -> Doubt | None:
    """Why this is not known to be `user`'s; None when Slack vouches for it.

    `receipt` is what a person with a trigger gets to see: Slack takes a trigger only together with a modal.
    Raises TryAgainLater when Slack does not say.
    """
    match proof:
        case Submitted():
            return None
        case Said(words):
            why = await words_differ(world, user, words)
            return Doubt(why) if why else None
        case Pressed(trigger_id):
            try:
                await world.messenger.open_form(trigger_id, receipt)
            except AskAgainWithNewTrigger:
                return Doubt(w.COMMAND_STALE, stale=True)
            except DoNotRetry as no:
                return Doubt(f"{no}.")
            return None
        case None:
            return Doubt(w.NOT_VOUCHED)


async def words_differ(world: World, user: str, words: Words) -> str:
    """Why words as they stand in Slack now are not the ones that reached the bot; empty when they are."""
    spoken = await world.messenger.read_back(words.channel, words.thread_ts, words.ts)
    if spoken is None:
        return w.READ_BACK_GONE
    if spoken.edited:
        return w.READ_BACK_EDITED
    if spoken.user != user or spoken.text != words.text or spoken.bot:
        return w.READ_BACK_DIFFERS
    return "" if spoken.plain else texts.FILE_SHARED


class Carried(BaseModel):
    """What a modal carries through Slack and back, marked for the one who opened it.

    `at` is when it was opened, in seconds since 1970; `lone` as in `Place`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Literal["approve", "deny", "sheet", "ask", "alert"]
    subject: str
    revision: int = 0
    channel: str = ""
    thread_ts: str = ""
    lone: bool = False
    at: int = 0
    mac: str = ""

    def marked(self, world: World, user: str) -> Carried:
        """The same with the mark for this person, from now on."""
        opened = self.model_copy(update={"at": int(world.clock.now().timestamp())})
        return opened.model_copy(update={"mac": world.sealer.mac(*opened._covered(user))})

    def against(self, world: World, user: str, received: datetime) -> str:
        """Why it does not count: no mark of the bot's for this person, or too old; empty when it does."""
        if not world.sealer.verify(self.mac, *self._covered(user)):
            return texts.FORM_FORGED
        old = received - datetime.fromtimestamp(self.at, UTC) > FORM_LASTS
        return w.FORM_OLD if old else ""

    def _covered(self, user: str) -> tuple[str, ...]:
        # A place that is not lone is marked as the release before marked it.
        where = (self.channel, self.thread_ts, *(("lone",) if self.lone else ()))
        return ("form", user, self.do, self.subject, str(self.revision), *where, str(self.at))


def read_carried(text: str) -> Carried | None:
    """What came back, None when it is nothing that the bot ever sent."""
    try:
        return Carried.model_validate_json(text)
    except ValidationError:
        return None
