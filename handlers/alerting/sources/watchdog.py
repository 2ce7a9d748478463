"""The bot's own word that its due work is late, or no longer is. No route takes it from anybody else."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from handlers import texts
from handlers.alerting.signals import Signal, Stray, Told
from handlers.alerting.sources import wording as w
from handlers.alerting.sources.source import Json, Source
from handlers.foreign import understood
from policies.alert_rules import WATCHDOG
from policies.placing import NoPlace
from policies.schema import PolicyBook

SUBJECT = f"{WATCHDOG}:due-work"


class Lateness(BaseModel):
    """Since when due work is late; `late` is false once it was done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    late: bool


def home(book: PolicyBook) -> tuple[str, str] | None:
    """The system and the severity that policy gives it; None where it has no place."""
    for name, system in book.systems.items():
        for severity in system.alerts.get(WATCHDOG, {}):
            return name, severity
    return None


def told(book: PolicyBook, body: Json) -> Told:
    """One signal, of the same subject each time. Raises ValueError with what is wrong."""
    said = understood(Lateness, body)
    place = home(book)
    if place is None:
        return Told(strays=(Stray(NoPlace.NO_SYSTEM, w.NOT_TAKEN.format(source=WATCHDOG), w.LATE_NAME),))
    system, severity = place
    signal = Signal(
        source=WATCHDOG,
        system=system,
        severity=severity,
        name=w.LATE_NAME,
        subject=SUBJECT,
        title=w.LATE_TITLE,
        firing=said.late,
        claimed={w.DESCRIPTION: w.LATE_DESCRIPTION, texts.SENDERS_TIME: said.since.isoformat()},
    )
    return Told((signal,))


SOURCE = Source(WATCHDOG, told, routed=False)
