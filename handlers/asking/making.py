"""What a request is made of: an accepted wish, its parameters, and the target as it was looked at."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from handlers import texts
from handlers.actions import Action, Observation, Params
from handlers.alerts.model import Alert
from handlers.asking import wording as w
from handlers.asking.lengthening import look_at_end
from handlers.asking.spending import look_timeout
from handlers.changes import later
from handlers.errors import DoNotRetry, OutcomeUnknown, TryAgainLater
from handlers.requests.model import Request, Seal
from handlers.values import No
from handlers.work import Key
from handlers.world import World
from policies.decisions import approvals_needed


class AskDue(BaseModel):
    """A wish that Slack vouched for, on its way to the target. `mac` keeps others from putting one here."""

    model_config = ConfigDict(frozen=True)

    do: str = "ask"
    system: str
    action: str
    params: dict[str, Any]
    reason: str
    alert: str
    user: str
    channel: str
    thread_ts: str
    reply_url: str
    dry: bool = False
    undoes: str = ""
    lasts: int = 0
    extends: str = ""
    longer: int = 0
    mac: str = ""

    def covered(self) -> tuple[str, str]:
        """What the mark is made over."""
        # What is not set is left out, as the release before wrote it.
        unset = {name for name in ("undoes", "lasts", "extends", "longer") if not getattr(self, name)}
        return "ask", self.model_dump_json(exclude={"mac", *unset})


async def look(world: World, wish: AskDue, action: Action, params: Params) -> Observation | No:
    """The target as it is now, or why it cannot be looked at; for more time, the end that would move."""
    if wish.extends:
        return await look_at_end(world, wish.extends, wish.longer)
    try:
        async with asyncio.timeout(look_timeout(world, wish.system, wish.action)):
            return await action.look(world.target(wish.system, action), params)
    except (DoNotRetry, OutcomeUnknown) as no:
        return No((str(no),))
    except (TimeoutError, TryAgainLater) as later:
        why = str(later) or texts.TOO_SLOW
        return No(texts.say(w.TARGET_AWAY, system=wish.system, why=why), away=True)


@dataclass(frozen=True)
class Ready:
    """Everything a request is made of, checked. `earlier` is the request that it undoes or extends, `by_rule`
    names the rule by which nobody need approve it."""

    wish: AskDue
    params: Params
    observed: Observation
    alert: Alert | None
    earlier: Request | None = None
    by_rule: str = ""

    @property
    def same(self) -> Key:
        """Names the pointer to an open request for the very same."""
        parts = [self.wish.system, self.wish.action, json.loads(self.params.model_dump_json())]
        more = [self.wish.undoes, self.wish.lasts] if self.wish.undoes or self.wish.lasts else []
        text = json.dumps(
            [*parts, *more, *([self.wish.extends, self.wish.longer] if self.wish.extends else [])]
        )
        return Key("same", hashlib.sha256(text.encode()).hexdigest()[:32])


def new_request(world: World, named: str, requesters: tuple[str, ...], ready: Ready) -> Request:
    """A request in its first state, nobody having seen it yet."""
    now = world.clock.now()
    wish, alert, done = ready.wish, ready.alert, ready.earlier
    channel, thread_slot = world.book.systems[wish.system].channel, ""
    if alert is not None:
        channel, thread_slot = alert.channel, alert.slot
    if done is not None:
        channel, thread_slot = done.channel, done.root_slot
    rule = world.book.systems[wish.system].actions[wish.action]
    needed = approvals_needed(world.book, wish.system, wish.action) or 0
    return Request(
        id=named,
        system=wish.system,
        action=wish.action,
        params=json.loads(ready.params.model_dump_json()),
        target=ready.params.target,
        reason=wish.reason,
        requesters=requesters,
        approvals_needed=0 if ready.by_rule else needed,
        seal=Seal(
            revision=1,
            sealed=ready.observed.sealed,
            rule_digest=world.book.rule_digest(wish.system, wish.action),
            criteria=ready.observed.criteria,
        ),
        shown=ready.observed.shown,
        documents=ready.observed.documents,
        diffs=ready.observed.diffs,
        covered=ready.observed.covered,
        created_at=now,
        changed_at=now,
        expires_at=later(now, rule.expires_after.total_seconds()),
        channel=channel,
        thread_slot=thread_slot,
        alert_id=alert.id if alert else "",
        undoes=wish.undoes,
        lasts=wish.lasts,
        longer=wish.longer,
        extends=wish.extends,
        by_rule=ready.by_rule,
    )
