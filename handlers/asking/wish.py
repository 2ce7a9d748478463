"""From words to an accepted wish: who may ask, with which values, and whether Slack vouches for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handlers import texts
from handlers.actions import Action, Params
from handlers.alerts.model import Alert, AlertState
from handlers.alerts.stored import read_alert, subject_key
from handlers.asking import wording as w
from handlers.asking.filling import Wanted, ask_form, not_vouched, open_or_offer, receipt
from handlers.asking.lasting import WORD as FOR
from handlers.asking.lasting import seconds_of, taken_apart
from handlers.asking.making import AskDue
from handlers.asking.requesting import say_no
from handlers.cards import UNDO
from handlers.changes import Cause, Draft
from handlers.identity.answers import Voice
from handlers.identity.proof import Proof, Submitted, doubt
from handlers.lockdown import how_to_lift, in_force
from handlers.messages import Code, Line
from handlers.values import No, given_values, made_params, usage
from handlers.work import Verdict
from handlers.world import World
from policies.decisions import may_request

LONGEST_WORDS = 1500
"""Characters of a command that a button or a modal carries through Slack."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, in words: still to be checked.

    `filled` are values from a form, `confirmed` the name that was typed there for a dangerous target.
    `undoes` is the request whose way back this is, `lasts` for how long, as it was typed. `extends` is the
    request that is to last `longer` (seconds), `more` as it was typed.
    """

    system: str
    action: str
    values: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    filled: tuple[tuple[str, Any], ...] = ()
    confirmed: str = ""
    dry: bool = False
    undoes: str = ""
    lasts: str = ""
    extends: str = ""
    more: str = ""
    longer: int = 0

    @property
    def words(self) -> str:
        """The wish as one types it, the system named."""
        if self.undoes:
            return " ".join((UNDO, self.undoes, *(("because", self.reason) if self.reason else ())))
        if self.extends:
            return " ".join(("extend", self.extends, self.more, "because", self.reason))
        lasting = (FOR, self.lasts) if self.lasts else ()
        named = (f"{name}={value}" for name, value in self.named)
        because = ("because", self.reason) if self.reason else ()
        return " ".join((self.system, self.action, *self.values, *named, *lasting, *because))


async def ask(world: World, cause: Cause, voice: Voice, wish: Wish, alert: Alert | None) -> Verdict:
    """Turn a wish into a request with a card, join an equal one, or say privately why not.

    Cheap questions first; then Slack vouches that the wish is this person's, before the target is troubled.
    """
    decision = may_request(world.book, wish.system, wish.action, voice.who.roles)
    if not decision.allowed:
        return await say_no(world, cause, voice, No((decision.words,), decision.rule))
    lock = None if wish.dry else await in_force(world)
    if lock is not None:
        line = (*lock.line, "\n", *how_to_lift(world))
        return await say_no(world, cause, voice, No(line, texts.RULE_LOCKDOWN))
    action, address = world.action(wish.system, wish.action), world.book.address(wish.system)
    values, typed = taken_apart(action, wish.values)
    wish = replace(wish, values=values, lasts=wish.lasts or typed)
    lasts = seconds_of(action, wish.lasts)
    if isinstance(lasts, No):
        return await say_no(world, cause, voice, lasts)
    given = given_values(action, address, wish.values, wish.named)
    if isinstance(given, No):
        return await say_no(world, cause, voice, given)
    alert = await _alert_of(world, wish.system, {**given, **dict(wish.filled)}, alert)
    known = {**known_from(alert), **given, **dict(wish.filled)}
    params = made_params(action, address, known)
    gap = gap_in(action, address, wish, params)
    unlisted = not_listed(world, wish.system, action, params) if gap is not None else None
    if unlisted is not None:
        return await say_no(world, cause, voice, unlisted)
    if gap is not None and not wish.dry and len(wish.words) <= LONGEST_WORDS:
        made = None if isinstance(params, No) else params
        wanted = Wanted(
            wish.system, action, wish.words, known, wish.reason, made, lasts=wish.lasts, undoes=wish.undoes
        )
        form = ask_form(world, voice.who.user, voice.place, wanted, gap)
        return await open_or_offer(world, cause, voice, form, wish.words)
    if isinstance(params, No):
        return await say_no(world, cause, voice, params)
    wanted = Wanted(wish.system, action, wish.words, known, wish.reason, params)
    proof: Proof | None = Submitted() if wish.dry else voice.proof  # a dry run is nobody's deed
    doubted = await doubt(world, voice.who.user, proof, receipt(world, wanted))
    if doubted is not None:
        return await not_vouched(world, cause, voice, doubted, wish.words)
    return await _accept(world, cause, voice, wish, params, alert, lasts)


def gap_in(action: Action, address: str, wish: Wish, params: Params | No) -> Line | None:
    """What a modal should ask for before this can go on; None when nothing is missing."""
    if action.sheet is not None:
        return None
    if isinstance(params, No):
        if not params.missing or not set(params.missing) <= set(action.takes):
            return None
        names = ", ".join(name.replace("_", " ") for name in params.missing)
        return texts.say(w.FILL_MISSING, names=names, usage=Code(text=usage(action, address)))
    if not wish.reason:
        words = f"{UNDO} {wish.undoes} because <reason>" if wish.undoes else usage(action, address)
        return texts.say(w.FILL_WHY, usage=Code(text=words))
    return (params.danger,) if params.danger and wish.confirmed != params.target else None


def not_listed(world: World, system: str, action: Action, params: Params | No) -> No | None:
    """Why the target cannot be, as far as policy alone can tell: nobody confirms what is refused anyway."""
    listed = () if isinstance(params, No) else world.listed(system, params.listed_in)
    if isinstance(params, No) or not listed or params.target in listed:
        return None
    names = ", ".join(listed)
    line = texts.say(w.NOT_LISTED, name=Code(text=params.target), system=system, listed=names)
    return No(line, field=action.takes[0])


async def _alert_of(world: World, system: str, given: Mapping[str, str], here: Alert | None) -> Alert | None:
    """The alert that a named run belongs to; the thread's own when none is named."""
    subject = given.get("run_id", "")
    if not subject or (here is not None and here.subject == subject):
        return here
    pointer = subject_key(system, subject)
    found = (await world.store.read((pointer,)))[pointer].body
    if not found:
        return None
    return await read_alert(world.store, found)


def known_from(alert: Alert | None) -> dict[str, Any]:
    """What the thread of an alert knows for an action's parameters."""
    if alert is None:
        return {}
    acknowledged = alert.state in (AlertState.ACKNOWLEDGED, AlertState.RESOLVED)
    return {
        "run_id": alert.subject,
        "case_id": alert.case_id,
        "risk_flags": alert.risk_flags,
        "acknowledged": acknowledged,
    }


async def _accept(
    world: World, cause: Cause, voice: Voice, wish: Wish, params: Params, alert: Alert | None, lasts: int
) -> Verdict:
    """Record the wish; the target is looked at as due work, so that one that hangs delays nobody's words."""
    due = AskDue(
        system=wish.system,
        action=wish.action,
        params=json.loads(params.model_dump_json()),
        reason=wish.reason,
        alert=alert.id if alert else "",
        user=voice.who.user,
        channel=voice.place.channel,
        thread_ts=voice.place.whispers_in,
        reply_url=voice.place.reply_url,
        dry=wish.dry,
        undoes=wish.undoes,
        lasts=lasts,
        extends=wish.extends,
        longer=wish.longer,
    )
    due = due.model_copy(update={"mac": world.sealer.mac(*due.covered())})
    draft = Draft(cause)
    draft.record("command-accepted", f"{wish.system} {wish.action}", params=due.params, reason=wish.reason)
    draft.arm(f"ask/{cause.id}", world.clock.now(), due.model_dump_json())
    return await world.store.commit(draft.build())
