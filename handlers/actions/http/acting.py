"""Changing an HTTP system: what is sealed, what is sent, and what is read back before a word is said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers import texts
from handlers.actions import Observation, Order, Verified
from handlers.actions.http import wording as w
from handlers.actions.http.looking import Finding, Seen, rows_meant, see
from handlers.actions.http.ports import Call, HttpApi
from handlers.actions.http.values import RouteParams, Values, address, filled, typed, values_of
from handlers.actions.sealed_fields import what_differs
from handlers.errors import DoNotRetry, OutcomeUnknown, TargetChanged, TryAgainLater
from policies.routes import (
    REASON,
    REQUEST_ID,
    STAMPS,
    ActionRoute,
    Before,
    Expectation,
    ReadingRoute,
    reference,
)

PAUSES = (0.0, 0.25, 0.75, 1.5)
"""Seconds before each read-back: an API may answer before its effect shows."""
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Change:
    """An action route, the readings it relies on, and what each action of its system takes."""

    route: ActionRoute
    readings: Mapping[str, ReadingRoute]
    ways: Mapping[str, tuple[str, ...]]

    async def look(self, api: HttpApi, params: RouteParams) -> Observation:
        """What an approval will cover: what is sent and where to, and the fields that policy seals.

        What is so already is refused: the question of recovery could not tell it from what was done.
        """
        values = values_of(params, self.route.takes)
        sealed = self.request(api, values)
        ends = ((w.SENDS, sealed["request"]), (w.WAY_BACK, self.route.way_back or w.NO_WAY_BACK))
        before, seen = self.route.before, None
        if before is not None:
            seen = await self._seen(api, before, values)
            finding = seen.finding(before, values)
            if finding.met is not True:
                there = w.WHAT_IS_LISTED.format(reading=before.reading) if before.has else ""
                told = filter(None, (before.otherwise, finding.text, there))
                raise DoNotRetry(" ".join(told), "not-as-expected")
        await self._refuse_what_is_so(api, values, seen)
        if before is None or seen is None:
            return Observation(sealed=sealed, shown=ends, seen=sealed)
        names = rows_meant(before.has, values) if before.has else ()
        sealed |= _sealed_fields(before, seen, names)
        shown = (*seen.facts(names, before.seal), *ends)
        return Observation(sealed=sealed, shown=shown, documents=seen.documents(names), seen=sealed)

    def request(self, api: HttpApi, values: Values) -> dict[str, Any]:
        """The request as it will be sent, without its stamps, and which API it goes to."""
        method, target = address(self.route.send, values, api.now())
        sealed: dict[str, Any] = {"api": api.identity, "request": f"{method} {target}"}
        body = {key: part for key, part in self.route.body.items() if reference(part) not in STAMPS}
        unstamped = {**values, **{stamp: f"${stamp}" for stamp in STAMPS}}
        return sealed | ({"body": filled(body, unstamped)} if body else {})

    async def _refuse_what_is_so(self, api: HttpApi, values: Values, seen: Seen | None) -> None:
        after, before = self.route.after, self.route.before
        if after is None:
            return
        if seen is None or before is None or before.reading != after.reading:
            seen = await self._seen(api, after, values)
        finding = seen.finding(after, values)
        if finding.met:
            raise DoNotRetry(w.SO_ALREADY.format(found=finding.text), "so-already")

    async def _seen(self, api: HttpApi, expected: Expectation, values: Values) -> Seen:
        return await see(api, self.readings[expected.reading], values)

    async def run(self, api: HttpApi, order: Order) -> Verified:
        """Send the change once, then read back until it shows; say only what was read.

        Nothing is sent that is not what was sealed: policy may have changed since, while a replica was down.
        What was not looked at a moment ago is looked at once more. Where a replica stopped midway, no refusal
        says that nothing happened: then it is read back all the same.
        """
        values = values_of(order.params, self.route.takes)
        if any(order.sealed.get(key) != sealed for key, sealed in self.request(api, values).items()):
            raise OutcomeUnknown(w.NOT_WHAT_WAS_SEALED)
        try:
            if order.seen is None:
                await self._need_as_sealed(api, order, values)
            said = w.ANSWERED.format(status=await api.send(self._call(order, values, api)))
        except OutcomeUnknown as lost:
            said = str(lost)
        except (DoNotRetry, TargetChanged, TryAgainLater) as no:
            if order.resumed:
                said = w.NOT_SENT_AGAIN.format(why=no)
            elif isinstance(no, TryAgainLater):
                raise DoNotRetry(w.NOTHING_SENT.format(why=no), "nothing-sent") from no
            else:
                raise
        return self._verified(await self._read_back(api, values, said), values)

    async def _need_as_sealed(self, api: HttpApi, order: Order, values: Values) -> None:
        """Raises TargetChanged when what was looked at before is not what was sealed.

        Rows that the change itself takes out of the list may be gone: that is what an approval was for.
        """
        before, after = self.route.before, self.route.after
        if before is None:
            return
        seen = await self._seen(api, before, values)
        names = rows_meant(before.has, values) if before.has else ()
        if after and before.has and (after.reading, after.lacks) == (before.reading, before.has):
            names = tuple(name for name in names if name in seen.rows)
        elif (finding := seen.finding(before, values)).met is not True:
            raise TargetChanged(finding.text)
        now = _sealed_fields(before, seen, names)
        differs = what_differs({key: order.sealed.get(key) for key in now}, now)
        if differs:
            raise TargetChanged(texts.CHANGED_FIELDS.format(fields=differs))

    async def ask(self, api: HttpApi, order: Order) -> Verified | None:
        """Whether what was to be is there. What may not be sent twice is left to a person instead."""
        values = values_of(order.params, self.route.takes)
        finding = await self._found(api, values)
        if finding.met:
            return self._verified(finding, values)
        if finding.met is None:
            raise OutcomeUnknown(finding.text)
        if not self.route.repeatable:
            raise OutcomeUnknown(w.NOT_AGAIN.format(found=finding.text))
        return None

    async def _read_back(self, api: HttpApi, values: Values, said: str) -> Finding:
        """Look until it is as it should be, a few times. Raises OutcomeUnknown when it never is.

        `said` is what the API said or did not say; nothing of it counts.
        """
        finding = Finding(None, "")
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                finding = await self._found(api, values)
            except (DoNotRetry, TryAgainLater) as why:
                raise OutcomeUnknown(w.CANNOT_READ_BACK.format(said=said, why=why)) from why
            if finding.met:
                return finding
        words = w.CANNOT_READ_BACK if finding.met is None else w.UNSEEN
        raise OutcomeUnknown(words.format(said=said, why=finding.text))

    async def _found(self, api: HttpApi, values: Values) -> Finding:
        after = self.route.after
        if after is None:
            return Finding(None, w.NOTHING_TO_READ)
        return (await self._seen(api, after, values)).finding(after, values)

    def _verified(self, finding: Finding, values: Values) -> Verified:
        return Verified(lines=(finding.text,), way_back=self._way_back(values))

    def _way_back(self, values: Values) -> str:
        """The words that undo it, with the values that the way back takes too."""
        way = self.route.way_back or ""
        return " ".join((way, *(typed(values[name]) for name in self.ways.get(way, ()) if name in values)))

    def _call(self, order: Order, values: Values, api: HttpApi) -> Call:
        method, target = address(self.route.send, values, api.now())
        by = f"; approved by {' and '.join(order.approvers)}" if order.approvers else ""
        stamp = f" ({order.request_id}{by})"
        reason = f"{order.reason[: _LONGEST_REASON - len(stamp)]}{stamp}"
        body = filled(self.route.body, {**values, REASON: reason, REQUEST_ID: order.request_id})
        return Call(method, target, body, order.request_id, self.route.repeatable)


def _sealed_fields(before: Before, seen: Seen, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields that policy seals: of the object, or of each row."""
    if not before.has:
        return {f"{before.reading} {path}": seen.value(path) for path in before.seal}
    return {
        f"{before.reading} {name}": {path: seen.value(path, name) for path in before.seal} for name in names
    }
