"""Silences over Alertmanager's API v2, with the client of routed systems: bounded, and never sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from bot.systems.alertmanager import wording as w
from bot.systems.alertmanager.answers import as_posted, moment, read_alerts, read_silence, read_silences
from bot.systems.alertmanager.disclosing import Disclosure
from bot.systems.http.api import JsonApi
from handlers.actions.alertmanager.ports import Bounds, FiringAlert, NewSilence, Silence
from handlers.actions.http.ports import Call
from handlers.errors import DoNotRetry
from policies.matchers import Matcher

_SILENCES, _SILENCE, _ALERTS = "/api/v2/silences", "/api/v2/silence", "/api/v2/alerts"
_BAD, _MISSING = "http-400", "http-404"


class AlertmanagerApi:
    """One Alertmanager. Implements `handlers.actions.alertmanager.ports.Alertmanager`."""

    def __init__(self, api: JsonApi, bounds: Bounds, disclosure: Disclosure) -> None:
        self._api = api
        self._bounds = bounds
        self._disclosure = disclosure

    @property
    def identity(self) -> str:
        """See `Alertmanager.identity`."""
        return self._api.identity

    @property
    def bounds(self) -> Bounds:
        """See `Alertmanager.bounds`."""
        return self._bounds

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self._api.now()

    async def silences(self) -> tuple[Silence, ...]:
        """Asked for by the labels that each of them carries, so that other systems' many do not matter."""
        found = read_silences(await self._api.get(_filtered(_SILENCES, self._bounds.carried)))
        carried = set(self._bounds.carried)
        return await self._disclosure.silences([one for one in found if carried <= one.matchers])

    async def others(self) -> tuple[Silence, ...]:
        """See `Alertmanager.others`: all silences are read, for none of them says whom it does not hide."""
        found = read_silences(await self._api.get(_SILENCES))
        ours = {one.name: one.value for one in self._bounds.carried}
        carried = set(self._bounds.carried)
        return await self._disclosure.silences(
            [
                silence
                for silence in found
                if not silence.is_over
                and not carried <= silence.matchers
                and all(one.may_hold_for(ours[one.name]) for one in silence.matchers if one.name in ours)
            ]
        )

    async def silence(self, id: str) -> Silence | None:
        """See `Alertmanager.silence`."""
        try:
            found = read_silence(await self._api.get(f"{_SILENCE}/{quote(id, safe='')}"))
        except DoNotRetry as no:
            if no.code == _MISSING:
                return None
            raise
        return (await self._disclosure.silences([found]))[0]

    async def alerts(self, matchers: Sequence[Matcher]) -> tuple[FiringAlert, ...]:
        """See `Alertmanager.alerts`: what is inhibited or hidden by another silence fires as well."""
        try:
            found = read_alerts(await self._api.get(_filtered(_ALERTS, matchers)))
        except DoNotRetry as no:
            if no.code == _BAD:
                raise DoNotRetry(w.BAD_MATCHERS, "bad-matchers") from None
            raise
        return await self._disclosure.alerts(found)

    async def make(self, silence: NewSilence) -> None:
        """Sent once: Alertmanager knows no Idempotency-Key, so nobody may send it again unasked."""
        body: dict[str, Any] = {
            "matchers": [as_posted(one) for one in silence.matchers],
            "startsAt": moment(silence.starts),
            "endsAt": moment(silence.ends),
            "createdBy": silence.by,
            "comment": silence.comment,
        }
        await self._api.send(Call("POST", _SILENCES, body, key="", repeatable=False))

    async def expire(self, id: str) -> None:
        """See `Alertmanager.expire`. Sent again where the line fails: an end stays where it was."""
        await self._api.send(Call("DELETE", f"{_SILENCE}/{quote(id, safe='')}", {}, key="", repeatable=True))


def _filtered(path: str, matchers: Sequence[Matcher]) -> str:
    return f"{path}?{urlencode([('filter', str(one)) for one in matchers])}"
