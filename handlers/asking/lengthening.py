"""The end of what was asked for a time, as a request for more of it sees it: read from the store.

An extension does nothing to the target. What it seals is which request, its end as it is and as it would be;
so of two that were asked for the same end only one is taken.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from handlers import texts
from handlers.actions import Observation, Verified
from handlers.asking import wording as w
from handlers.asking.lasting import LONGEST, in_words
from handlers.messages import Code
from handlers.requests.model import Request
from handlers.requests.transitions import is_genuine, read_request
from handlers.values import No
from handlers.world import World


async def look_at_end(world: World, request_id: str, seconds: int) -> Observation | No:
    """What would be sealed, or why there is no end that can be put off."""
    done = await read_request(world.store, request_id)
    against = against_more(world, done, request_id, seconds)
    if against is not None or done is None or done.ends_at is None:
        return against or No((texts.FORGED,), texts.RULE_VOUCHED)
    then = done.ends_at + timedelta(seconds=seconds)
    shown = (
        (w.MORE_LABEL, in_words(seconds)),
        (w.ENDS_LABEL, told_at(done.ends_at)),
        (w.THEN_LABEL, told_at(then)),
    )
    sealed = {"extends": done.id, "ends": done.ends_at.isoformat(), "then": then.isoformat()}
    return Observation(sealed, shown=shown, covered=tuple(label for label, _ in shown))


def against_more(world: World, done: Request | None, request_id: str, seconds: int) -> No | None:
    """Why a request cannot last so many seconds longer; None when it can."""
    named = Code(text=request_id)
    if done is None or not is_genuine(world, done):
        return No(texts.say(texts.NO_SUCH_REQUEST, id=named))
    if done.ends_at is None:
        return No(texts.say(w.NO_END, id=named), w.RULE_EXTEND)
    if done.ends_at <= world.clock.now():
        return No(texts.say(w.END_IS_PAST, id=named), w.RULE_EXTEND)
    if done.lasts + done.longer + seconds > LONGEST.total_seconds():
        return No(texts.say(w.TOO_LONG_IN_ALL, id=named, days=LONGEST.days), w.RULE_EXTEND)
    return None


def lengthened(extension: Request) -> Verified:
    """What an extension did: the commit that says so is the one that moves the end."""
    then = datetime.fromisoformat(str(extension.seal.sealed["then"]))
    line = w.LASTS_LONGER.format(id=extension.extends, when=told_at(then))
    return Verified(lines=(line,), over=True)


def told_at(moment: datetime) -> str:
    """A moment in words that read the same everywhere."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
