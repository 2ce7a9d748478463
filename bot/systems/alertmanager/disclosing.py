"""What may be told of alerts and silences that others wrote: what the redactor lets pass, and where patients
are only what policy lists (ADR 29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from bot.systems.alertmanager import wording as w
from bot.systems.alertmanager.answers import Alert
from handlers.actions.alertmanager.ports import FiringAlert, Silence
from handlers.redaction import Redactor
from policies.alert_rules import ALERT_NAME
from policies.systems import System


class Disclosure:
    """The rules of one system, and the redactor."""

    def __init__(self, system: System, redactor: Redactor) -> None:
        self._system = system
        self._redactor = redactor

    async def alerts(self, found: Sequence[Alert]) -> tuple[FiringAlert, ...]:
        """The alerts with their names and labels as they may be told."""
        texts = [(self._called(one.labels), *self._labels(one.labels)) for one in found]
        told = await self._told(texts)
        return tuple(
            FiringAlert(called, tuple(labels), one.startsAt.astimezone(UTC))
            for one, (called, *labels) in zip(found, told, strict=True)
        )

    async def silences(self, found: Sequence[Silence]) -> tuple[Silence, ...]:
        """The silences with what people wrote as it may be told."""
        told = await self._told([(one.hides, one.by, one.why) for one in found])
        return tuple(
            replace(one, hides=hides, by=by, why=why)
            for one, (hides, by, why) in zip(found, told, strict=True)
        )

    def _called(self, labels: Mapping[str, str]) -> str:
        name, signals = labels.get(ALERT_NAME, "-"), self._system.signals
        known = signals is not None and name in signals.rules
        return name if self._system.tells is None or known else w.UNNAMED

    def _labels(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Name and value together: what is a secret by its name is found only with it."""
        tells = self._system.tells
        may = [name for name in sorted(labels) if tells is None or name in tells.labels]
        return tuple(f"{name}={labels[name]}" for name in may if name != ALERT_NAME)

    async def _told(self, texts: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        redacted = await self._redactor.each([text for each in texts for text in each])
        lines = iter(redacted.lines)
        return [tuple(next(lines) for _ in each) for each in texts]
