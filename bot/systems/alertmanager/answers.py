"""Answers of Alertmanager's API v2, read strictly in what they must have and no further.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.systems.alertmanager import wording as w
from handlers.actions.alertmanager.ports import Silence, SilenceState
from handlers.errors import DoNotRetry
from policies.matchers import Matcher

_OPERATORS = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
"""By `isRegex` and `isEqual`."""
_T = TypeVar("_T")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Matcher(_Model):
    name: str
    value: str
    isRegex: bool  # noqa: N815  Alertmanager's own word
    isEqual: bool = True  # noqa: N815

    @property
    def read(self) -> Matcher:
        return Matcher(self.name, _OPERATORS[self.isRegex, self.isEqual], self.value)


class _Status(_Model):
    state: SilenceState


class _Silence(_Model):
    id: str
    status: _Status
    matchers: tuple[_Matcher, ...]
    startsAt: AwareDatetime  # noqa: N815
    endsAt: AwareDatetime  # noqa: N815
    createdBy: str = ""  # noqa: N815
    comment: str = ""

    @property
    def read(self) -> Silence:
        return Silence(
            id=self.id,
            state=self.status.state,
            matchers=frozenset(one.read for one in self.matchers),
            starts=self.startsAt.astimezone(UTC),
            ends=self.endsAt.astimezone(UTC),
            hides=", ".join(sorted(str(one.read) for one in self.matchers)),
            by=self.createdBy,
            why=self.comment,
            comment=self.comment,
        )


class Alert(_Model):
    """An alert with its labels as they were sent."""

    labels: Mapping[str, str]
    startsAt: AwareDatetime  # noqa: N815


_SILENCES = TypeAdapter(tuple[_Silence, ...])
_SILENCE = TypeAdapter(_Silence)
_ALERTS = TypeAdapter(tuple[Alert, ...])


def read_silences(answer: Any) -> tuple[Silence, ...]:
    """The answer of `GET /api/v2/silences`. Raises DoNotRetry (`no-alertmanager`), as the others do."""
    return tuple(one.read for one in _valid(_SILENCES, answer))


def read_silence(answer: Any) -> Silence:
    """The answer of `GET /api/v2/silence/{id}`."""
    return _valid(_SILENCE, answer).read


def read_alerts(answer: Any) -> tuple[Alert, ...]:
    """The answer of `GET /api/v2/alerts`, the oldest first."""
    found: tuple[Alert, ...] = _valid(_ALERTS, answer)
    return tuple(sorted(found, key=lambda one: one.startsAt))


def _valid(form: TypeAdapter[_T], answer: Any) -> _T:
    try:
        return form.validate_python(answer)
    except ValidationError:
        raise DoNotRetry(w.ODD, "no-alertmanager") from None


def as_posted(matcher: Matcher) -> dict[str, Any]:
    """A matcher as `POST /api/v2/silences` takes it."""
    return {
        "name": matcher.name,
        "value": matcher.value,
        "isRegex": matcher.is_expression,
        "isEqual": matcher.is_positive,
    }


def moment(at: datetime) -> str:
    """A moment as RFC 3339 has it, to the millisecond, as Alertmanager keeps it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
