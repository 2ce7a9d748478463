"""What people may type about silences: matchers, for how long, and the id of a silence."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from handlers.actions import Params
from handlers.actions.alertmanager import wording as w
from policies.fields import parse_duration, refuse
from policies.matchers import Matcher, parse_matcher

KIND = "alertmanager"
FOR = "for"
MOST_MATCHERS, LONGEST_MATCHERS = 10, 600
"""How many, and characters of all together: an approver reads every one."""
SHORTEST, LONGEST = 60, 30 * 86_400
"""Seconds of a silence."""
_LENGTH = re.compile(r"[0-9]+[smhd]", re.IGNORECASE)
_LINKED = re.compile(r"<[a-z]+:[^|<>\s]+\|([^<>]+)>")
"""Slack makes a link of what looks like a host in a message: its text is what was typed."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _typed(word: str) -> str:
    matcher = parse_matcher(_LINKED.sub(r"\1", word))
    if matcher is None:
        raise refuse(w.NO_MATCHER.format(word=word[:60]))
    return str(matcher)


def _some(matchers: tuple[str, ...]) -> tuple[str, ...]:
    if not matchers:
        raise refuse(w.NO_MATCHERS)
    if len(matchers) > MOST_MATCHERS or sum(map(len, matchers)) > LONGEST_MATCHERS:
        raise refuse(w.TOO_MANY.format(most=MOST_MATCHERS, longest=LONGEST_MATCHERS))
    return tuple(dict.fromkeys(matchers))


class SilenceParams(Params):
    """Matchers in their quoted form, and for how many seconds. Both are typed in one go, in any order."""

    matchers: Annotated[
        tuple[Annotated[str, AfterValidator(_typed)], ...],
        AfterValidator(_some),
        Field(title=w.MATCHERS_TITLE, description=w.HINT_MATCHERS),
    ]
    seconds: int = 0
    """Never left at this: what is typed without a length is refused."""

    @model_validator(mode="before")
    @classmethod
    def _length_apart(cls, given: Any) -> Any:
        """`alertname=HighLatency for 2h` as matchers and seconds; what is stored has the seconds already."""
        if not isinstance(given, dict) or "seconds" in given:
            return given
        words = [word for word in given.get("matchers", ()) if word.lower() != FOR]
        lengths = [word for word in words if _LENGTH.fullmatch(word)]
        if len(lengths) != 1:
            raise refuse(w.TWO_LENGTHS if lengths else w.NO_LENGTH)
        rest = tuple(word for word in words if word not in lengths)
        return {**given, "matchers": rest, "seconds": _seconds(lengths[0])}

    @property
    def wanted(self) -> tuple[Matcher, ...]:
        """The matchers, taken apart."""
        return tuple(found for found in map(parse_matcher, self.matchers) if found is not None)

    @property
    def target(self) -> str:
        return ", ".join(self.matchers)


def _seconds(typed: str) -> int:
    try:
        length = parse_duration(typed.lower())
    except PydanticCustomError:
        length = None
    seconds = int(getattr(length, "total_seconds", lambda: 0)())
    if not SHORTEST <= seconds <= LONGEST:
        raise refuse(w.BAD_LENGTH)
    return seconds


def _id(text: str) -> str:
    if not _ID.fullmatch(text.lower()):
        raise refuse(w.NO_ID.format(text=text[:60]))
    return text.lower()


class SilenceTarget(Params):
    """A silence, by the id that Alertmanager gave it."""

    silence: Annotated[str, AfterValidator(_id), Field(description=w.HINT_SILENCE)]

    @property
    def target(self) -> str:
        return self.silence


class OfThisSystem(Params):
    """Nothing is asked for: it is the system's own."""

    @property
    def target(self) -> str:
        return KIND
