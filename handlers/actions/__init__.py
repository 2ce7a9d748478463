"""What the bot can do to systems: one file a kind of system, one decorated function an action.

An action is refused until a policy file grants it. Beside its code it declares the five things that make
it safe to run once: what is sealed, the precondition of the write, the stamp it leaves, the question that
recovery asks, and the way back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from handlers.messages import FormField
from handlers.redaction import Kind

_LONGEST_TITLE = 80


class Params(BaseModel):
    """Parameters of an action. A field `case_id` is filled from the thread when the thread has a case."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    listed_in: ClassVar[str] = ""
    """The setting that names every target there is, where policy has it; without one, any name may be."""

    @property
    def target(self) -> str:
        """The name of what the action is done to, as people know it."""
        raise TypeError(f"{type(self).__name__} must say what its target is")

    @property
    def danger(self) -> str:
        """Why these very values must be confirmed by typing the target's name; empty when they need not."""
        return ""


class Criterion(BaseModel):
    """One condition beside the approvals: what it says and whether it held when the target was looked at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    text: str
    met: bool


@dataclass(frozen=True)
class Observation:
    """The target as it was looked at: what an approval will cover, and what only informs.

    `precondition` guards the write and is no part of the seal, because unrelated changes move it.
    `shown` are short facts for the card, `documents` longer texts that the approver reads whole, `diffs` what
    the target itself says would change, in lines that begin with `+`, `-` or a space. `covered` are the
    labels among them that tell what is sealed: the card marks these. `seen` is what a write that follows at
    once may stand on; it never leaves the process.
    """

    sealed: dict[str, Any]
    criteria: tuple[Criterion, ...] = ()
    precondition: str = ""
    shown: tuple[tuple[str, str], ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    diffs: tuple[tuple[str, str], ...] = ()
    covered: tuple[str, ...] = ()
    seen: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Progress:
    """How far a long effect has come, for its thread: `done` of `total` things, named by `what` («pods»).

    `note` says what it waits for just now, empty when nothing holds it up.
    """

    done: int
    total: int
    what: str
    note: str = ""


async def _untold(progress: Progress) -> None:
    """Nobody is told how far it is."""


@dataclass(frozen=True)
class Signatory:
    """Somebody who asked for a request or approved it: their Slack id, role and name («O3 Ruth»), and the
    roles that they hold just now."""

    user: str
    title: str
    roles: tuple[str, ...] = ()

    @property
    def signed(self) -> str:
        """For a target's own record: the name that people know, and the id that does not change."""
        return f"{' '.join(self.title.split())[:_LONGEST_TITLE]} ({self.user})"


@dataclass(frozen=True)
class Order:
    """One approved request on its way to the target.

    `at` is the time of the claim, `since` the time from which on an effect of it may be there. `approvers`
    are roles and names for the target's own record, and `approved_because` are their words, in the same
    order. `tell` may be called as often as there is news: the thread shows the newest. `seconds` is what
    policy gives it: what takes longer is cut off, and the target asked. `requested_by` and `approved_by` are
    the people themselves, those who asked first before those who joined. `seen` is the observation's, None
    where too much time has gone by since: then the target is looked at once more before the write. `resumed`:
    a replica stopped midway, so a part of it may be done.
    """

    request_id: str
    params: Any
    sealed: Mapping[str, Any]
    precondition: str
    reason: str
    approvers: tuple[str, ...]
    at: datetime
    approved_because: tuple[str, ...] = ()
    since: datetime | None = None
    tell: Callable[[Progress], Awaitable[None]] = _untold
    seconds: float = 30.0
    requested_by: tuple[Signatory, ...] = ()
    approved_by: tuple[Signatory, ...] = ()
    seen: Any = field(default=None, compare=False, repr=False)
    resumed: bool = False


class Verified(BaseModel):
    """How an execution ended, in lines that say only what was read back from the target.

    `way_back` is the action that undoes it with its values (`scale auditron-api 3`), or its name alone
    when it takes the same target (`quarantine`); empty when there is none. `over` says that nothing more can
    come of it, so nobody need watch. `leaves` is how fields that the way back seals were left: it is refused
    when somebody has changed them since.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[str, ...] = ()
    way_back: str = ""
    over: bool = False
    leaves: dict[str, Any] = {}


@dataclass(frozen=True)
class Sheet:
    """How an action's parameters are asked for in a modal, and what is still missing in an answer.

    `missing` gets the typed values and what the thread knows, and returns a sentence a faulty field.
    """

    title: str
    fields: Callable[[Mapping[str, Any]], tuple[FormField, ...]]
    missing: Callable[[Mapping[str, str], Mapping[str, Any]], dict[str, str]]


@dataclass(frozen=True)
class Sighting:
    """What came of an action later on, in lines for its thread; without lines there is nothing to tell.

    When it is not `well`, those who asked and agreed are called. With `moot_once_undone` it is no news where
    the bot itself has taken the effect back.
    """

    lines: tuple[str, ...] = ()
    well: bool = True
    moot_once_undone: bool = False


@dataclass(frozen=True)
class Again:
    """Nothing to tell yet: look again at this moment, whatever the usual patience."""

    at: datetime


Look = Callable[[Any, Any], Awaitable[Observation]]
Run = Callable[[Any, Order], Awaitable[Verified]]
Ask = Callable[[Any, Order], Awaitable[Verified | None]]
Watch = Callable[[Any, Any, str], Awaitable[Sighting | Progress | Again | None]]


@dataclass(frozen=True)
class Action:
    """An action of a kind of system. `run` may be called again after `ask` said «not done».

    `ask` returns what was verified when the stamped effect is complete, None when it is provably not
    (or only partly, and `run` continues it), and raises OutcomeUnknown when the target does not tell. `run`
    raises StoppedMidway when it can neither end nor take back what it began.
    `again` is the same look without what only informs, for the moment at which an approval is spent.
    `takes` names the parameters that people type, in order; the others come from the thread or the sheet.
    `watch` gets the parameters and the request's id after a success, now and again, until it sees something;
    a `Progress` says how far it is meanwhile, an `Again` when to look next, however long it lasts.
    `fillers` are words between them that mean nothing (`rollback api to 3`). With `pairs`, a `name=value`
    that names none of them is a value itself (`patch-config egress-policies pii_threshold=0.8`).
    `listed_in` is the setting in which policy lists the first one's names, so that such a name finds its
    system. With `resolves_alert` a success ends the alert of its thread. What is `timed` may be asked
    for a time (`for 2h`), after which its way back is due. `recent_gates` are further gates,
    which ask for what was done within a time that policy says. `needs` are the permissions that the
    bot's account must have there, in the system's words (`patch deployments.apps`, `list pods everywhere`).
    Where the target keeps no stamp, `ask` tells what is so whoever did it: then not `tells_whose`.
    """

    name: str
    kind: str
    params: type[Params]
    look: Look
    run: Run
    ask: Ask
    sealed: str
    precondition: str
    stamp: str
    question: str
    way_back: str
    takes: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    recent_gates: tuple[str, ...] = ()
    sheet: Sheet | None = None
    fillers: tuple[str, ...] = ()
    pairs: bool = False
    listed_in: str = ""
    again: Look | None = None
    watch: Watch | None = None
    resolves_alert: bool = False
    timed: bool = False
    needs: tuple[str, ...] = ()
    tells_whose: bool = True


Links = tuple[tuple[str, str], ...]
"""Where there is more to see: an address that policy names, and what people read for it."""


@dataclass(frozen=True)
class Report:
    """What a reading found, for the one who asked: a short headline, some lines, a table or a machine's text.

    What is too long for a message is handed over as a file. `text` is shown as it is, line by line: whoever
    makes it has taken out what must not be seen.
    """

    headline: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    text: str = ""
    newest_last: bool = False
    """Whether the end matters most, where not all rows fit into a message."""
    links: Links = ()


Read = Callable[[Any, Any], Awaitable[Report]]


@dataclass(frozen=True)
class Glimpse:
    """What was new at one look of many: lines, and the `cursor` that the next look goes on from, never empty.

    `hidden` is how many values were taken out of them, `remarks` are sentences about what is missing.
    """

    lines: tuple[str, ...]
    cursor: str
    hidden: Mapping[Kind, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    links: Links = ()


@dataclass(frozen=True)
class Follow:
    """How a reading goes on. `look` gets the adapter, the parameters and the cursor, empty at first; `lasts`
    gets the parameters and says for how long."""

    look: Callable[[Any, Any, str], Awaitable[Glimpse]]
    lasts: Callable[[Any], timedelta]


@dataclass(frozen=True)
class Reading:
    """A look at a kind of system that changes nothing: whom policy lets look asks nobody (CM-01).

    `read` gets the adapter and the parameters; it raises what `Action.look` may raise. `needs` are
    permissions, as an action's are. With `follow` it goes on, in a message that the channel sees.
    """

    name: str
    kind: str
    title: str
    params: type[Params]
    read: Read
    takes: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    pairs: bool = False
    listed_in: str = ""
    needs: tuple[str, ...] = ()
    follow: Follow | None = None
