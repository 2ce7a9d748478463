"""The types of single fields: names, Slack ids, durations, texts, and references that must exist.

A reference is checked against the names that the loader passes as validation context; without a context
(a snapshot read back from the store) it is only checked for its form.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo
from pydantic_core import PydanticCustomError

from policies.faults import unknown

FAULT = "policy_fault"
"""The type of the validation errors whose message is already written for the policy's author."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(0|[1-9][0-9]{0,8})([smhd])")
_LONGEST = timedelta(days=366)
_SETTING_VALUE = re.compile(r"\$\{[A-Z][A-Z0-9_]*\}|file:/[^\s$]+|(?!file:)[^$\n]{1,500}")
_USER_ID = r"[UW][A-Z0-9]{2,20}"


class Rules(BaseModel):
    """Base of every model of the book: frozen and strict, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def refuse(why: str) -> PydanticCustomError:
    """A validation error with `why` as its whole message."""
    return PydanticCustomError(FAULT, "{why}", {"why": why})


def shaped(pattern: str, write: str) -> AfterValidator:
    """A text of exactly this form; `write` is what its author is told otherwise."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text):
            return text
        raise refuse(f"`{text[:80]}` cannot stand here; {write}")

    return AfterValidator(check)


def _known(what: str) -> AfterValidator:
    def check(name: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get(what)
        if known is None or name in known:
            return name
        raise refuse(unknown(what, name, known))

    return AfterValidator(check)


def up_to(longest: int) -> AfterValidator:
    """A text that says something, in at most so many characters."""

    def check(text: str) -> str:
        if text.strip() and len(text) <= longest:
            return text
        raise refuse(f"write 1 to {longest} characters here, not {len(text)}")

    return AfterValidator(check)


def _channel(name: str) -> str:
    if re.fullmatch(r"#[\w-]{1,80}", name) and name == name.lower():
        return name
    raise refuse(f'`{name[:80]}` is no channel name; write it like "#ops-critical", with quotes')


def _setting_value(text: str) -> str:
    if _SETTING_VALUE.fullmatch(text):
        return text
    # The value is not repeated: it may be a secret in the wrong place.
    raise refuse("write `${NAME}` alone, `file:/path` alone, or a text of one line without `$`")


def parse_duration(text: object) -> object:
    """Read `15m` as a timedelta; other objects pass through for pydantic to judge."""
    if isinstance(text, int) and not isinstance(text, bool):
        raise refuse(f"a duration needs a unit; write `{abs(text)}m` for minutes (s, m, h and d are known)")
    if not isinstance(text, str):
        return text
    if text.startswith("-"):
        raise refuse(f"a duration is never negative; write `{text[1:] or '15m'}`")
    matched = _DURATION.fullmatch(text)
    if not matched:
        raise refuse(
            f"`{text[:80]}` is no duration; write a whole number and a unit, such as 30s, 15m, 4h or 1d"
        )
    length = timedelta(seconds=int(matched[1]) * _UNITS[matched[2]])
    if length > _LONGEST:
        raise refuse(f"`{text}` is longer than a year; write 366d at most")
    return length


def format_duration(length: timedelta) -> str:
    """Write a duration with the largest unit that divides it: `15m`, `4h`, `0s`."""
    seconds = int(length.total_seconds())
    unit = next((u for u in "dhm" if seconds and seconds % _UNITS[u] == 0), "s")
    return f"{seconds // _UNITS[unit]}{unit}"


def is_user_id(text: str) -> bool:
    """Whether a text has the form of a Slack member id."""
    return re.fullmatch(_USER_ID, text) is not None


def _positive(length: timedelta) -> timedelta:
    if length:
        return length
    raise refuse("a duration of zero would end before it began; write 1s or more")


def each_once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Refuse a list that names something twice."""
    twice = sorted({str(item) for item in items if items.count(item) > 1})
    if twice:
        raise refuse(f"`{twice[0]}` stands here twice; write it once")
    return items


def _at_least_one(items: Any) -> Any:
    if items:
        return items
    raise refuse("empty; name at least one")


def word_none(value: object) -> object:
    """Read the word `none` as None, and refuse any other word."""
    if isinstance(value, str) and value != "none":
        raise refuse(f"`{value[:80]}` cannot stand here; write `none`, or who approves: `{{roles: [o3]}}`")
    return None if value == "none" else value


Name = Annotated[
    str,
    shaped(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", "write a name like `open-case` (a-z, 0-9 and single hyphens)"),
]
RoleName = Annotated[Name, _known("role")]
ActionName = Annotated[Name, _known("action")]
ReadingName = Annotated[Name, _known("reading")]
GateName = Annotated[Name, _known("gate")]
KindName = Annotated[Name, _known("kind")]
CommandPrefix = Annotated[str, shaped(r"(?:[a-z0-9][a-z0-9_-]{0,15})?", "write a prefix like `cs-`")]
SourceName = Annotated[Name, _known("alert source")]
SettingName = Annotated[
    str, shaped(r"[a-z][a-z0-9_]*", "write a setting's name like `root`"), _known("setting")
]
NewSeverity = Annotated[
    str,
    shaped(
        r"(?!default$)[A-Za-z][A-Za-z0-9]{0,15}(-[A-Za-z0-9]{1,8})?",
        "write a severity's name like `SEV0`, `Sev-1` or `critical`",
    ),
]
SeverityName = Annotated[NewSeverity, _known("severity")]
AlertSeverity = Annotated[
    str,
    shaped(r"[A-Za-z][A-Za-z0-9]{0,15}(-[A-Za-z0-9]{1,8})?", "write `SEV0` or `default`"),
    _known("alert severity"),
]
HoursName = Annotated[Name, _known("hours")]
ScheduleName = Annotated[Name, _known("schedule")]
NotifierName = Annotated[Name, _known("notifier")]
LadderName = Annotated[Name, _known("waiting action")]

TeamId = Annotated[str, shaped(r"T[A-Z0-9]{2,20}", "write the workspace's id, which begins with T")]
EnterpriseId = Annotated[str, shaped(r"E[A-Z0-9]{2,20}", "write the Enterprise Grid id, which begins with E")]
GroupId = Annotated[
    str, shaped(r"S[A-Z0-9]{2,20}", "write the user group's id, which begins with S (never its name)")
]
UserId = Annotated[
    str,
    shaped(_USER_ID, "write the person's member id, which begins with U or W (never a name)"),
]
Channel = Annotated[str, AfterValidator(_channel)]
Row = Annotated[str, shaped(r"[A-Z]{2,4}-[0-9]{2,4}", "write a runbook row like `CM-51`")]
Title = Annotated[str, up_to(100)]
Words = Annotated[str, up_to(500)]
SettingValue = Annotated[str, AfterValidator(_setting_value)]

Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
]
PositiveDuration = Annotated[Duration, AfterValidator(_positive)]

Distinct = AfterValidator(each_once)
AtLeastOne = AfterValidator(_at_least_one)
"""Not `min_length`: that one also complains when the only item has a fault of its own."""
