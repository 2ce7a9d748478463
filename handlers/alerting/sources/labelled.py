"""Alerts with labels, as Prometheus' family tells them: found their system by policy, and made signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BeforeValidator, ValidationError

from handlers import texts
from handlers.alerting.signals import Signal, Stray, Told
from handlers.alerting.sources import wording as w
from handlers.alerts.model import Link
from handlers.foreign import on_one_line
from policies.alert_rules import PLACING, SignalRule
from policies.placing import Unplaced, place
from policies.schema import PolicyBook

MOST_LABELS = 64
"""Labels of one alert that are kept."""
_LONGEST_LABEL, _LONGEST_TEXT = 200, 2000


def _cut(longest: int) -> AfterValidator:
    """A sender's text that is too long loses its end: a long description is no reason to lose the alert."""
    return AfterValidator(lambda text: text if len(text) <= longest else f"{text[: longest - 1]}…")


def _few(value: Any) -> Any:
    return dict(sorted(value.items())[:MOST_LABELS]) if isinstance(value, dict) else value


LabelText = Annotated[str, AfterValidator(on_one_line), _cut(_LONGEST_LABEL)]
Text = Annotated[str, AfterValidator(on_one_line), _cut(_LONGEST_TEXT)]
Labels = Annotated[dict[LabelText, LabelText], BeforeValidator(_few)]
Annotations = Annotated[dict[LabelText, Text], BeforeValidator(_few)]


@dataclass(frozen=True)
class Labelled:
    """One alert as its sender tells it, before policy has a place for it.

    `id` is the sender's own for it; `links` go from what they are called to an address, which may be none.
    """

    id: str
    name: str
    firing: bool
    labels: Mapping[str, str]
    title: str = ""
    description: str = ""
    value: str = ""
    started_at: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    grouping: Mapping[str, str] = field(default_factory=dict)


def placed(book: PolicyBook, source: str, alerts: Iterable[Labelled], *, system: str = "") -> Told:
    """The signals of those that policy places, one for each id (the last), and the others as strays."""
    signals: dict[tuple[str, str], Signal] = {}
    strays: list[Stray] = []
    for alert in alerts:
        found = place(book, source, alert.name, alert.labels, system=system)
        if isinstance(found, Unplaced):
            named = {name: alert.labels[name] for name in PLACING if name in alert.labels}
            strays.append(Stray(found.why, found.sentence, alert.name, named, found.systems))
        else:
            signal = _signal(book, source, alert, found.system, found.severity)
            signals[signal.system, signal.subject] = signal
    return Told(tuple(signals.values()), tuple(strays))


def _signal(book: PolicyBook, source: str, alert: Labelled, system: str, severity: str) -> Signal:
    rule = book.signal_rule(system, alert.name)
    return Signal(
        source=source,
        system=system,
        severity=severity,
        name=alert.name,
        subject=f"{source}:{alert.id}",
        title=(rule.title if rule and rule.title else alert.title) or alert.name,
        firing=alert.firing,
        claimed=_claims(alert, rule),
        labels=dict(alert.labels),
        grouping=dict(alert.grouping),
        links=tuple(_links(alert, rule)),
        query=(rule.query if rule and rule.query else "") or alert.query,
    )


def _claims(alert: Labelled, rule: SignalRule | None) -> dict[str, str]:
    """What the sender says beside its labels, as names and short texts."""
    said = alert.title if rule and rule.title and alert.title not in ("", rule.title) else ""
    value = alert.value
    if value and rule and rule.threshold is not None:
        limit = f"{rule.threshold:g} {rule.unit or ''}".strip()
        value = w.AGAINST.format(value=value, threshold=limit)
    claims = {
        w.DESCRIPTION: " · ".join(one for one in (said, alert.description) if one),
        w.VALUE: value,
        texts.SENDERS_TIME: alert.started_at,
    }
    return {label: claim for label, claim in claims.items() if claim}


def _links(alert: Labelled, rule: SignalRule | None) -> Iterable[Link]:
    """Policy's runbook first, and no other passes for it; what is no address to be shown is left out."""
    wanted = [(w.RUNBOOK, rule.runbook or "")] if rule else []
    for label, url in (*wanted, *((_senders(label), url) for label, url in alert.links.items())):
        try:
            yield Link(label=label, url=url)
        except ValidationError:
            continue


def _senders(label: str) -> str:
    """What a sender calls a link, unless it would be taken for policy's."""
    return w.SENDERS_RUNBOOK if label.casefold().startswith(w.RUNBOOK.casefold()) else label


def expression_of(url: str) -> str:
    """The expression in the address of a Prometheus graph (`/graph?g0.expr=…`), empty when there is none."""
    try:
        found = parse_qs(urlsplit(url).query, max_num_fields=20).get("g0.expr", [""])[0]
    except ValueError:
        return ""
    return on_one_line(found)[:1000] if found else ""
